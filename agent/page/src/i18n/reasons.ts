import { causeText } from './causes.ts';
import type { Key, Translate } from './index.ts';

/** What `/readyz` says is amiss, and how an operator reads it; `cause` is what the device or the disk said. */
const REASONS: readonly [RegExp, Key][] = [
  [/^endpoint (?<name>\S+) is starting/, 'reasons.endpointStarting'],
  [/^endpoint (?<name>\S+) is down(: (?<cause>.*))?$/s, 'reasons.endpointDown'],
  [/^platform (?<name>\S+) is starting/, 'reasons.platformStarting'],
  [/^platform (?<name>\S+) is down(: (?<cause>.*))?$/s, 'reasons.platformDown'],
  [/^the store does not take records: (?<cause>.*)$/s, 'reasons.store'],
  [/^the log was damaged/, 'reasons.damagedLog'],
  [/^the checkpoint was damaged/, 'reasons.damagedCheckpoint'],
  [/^the end of the log was lost/, 'reasons.lostEnd'],
  [/^the log that was here before is gone/, 'reasons.missingLog'],
  [/^the log was restored/, 'reasons.restored'],
  [/^(?<count>\d+) values in the log are not as they were written/, 'reasons.damagedValues'],
];

/** A reason in the reader's language; one that is not known stays as the agent gave it. */
export function reasonText(reason: string, t: Translate): string {
  for (const [pattern, key] of REASONS) {
    const groups = pattern.exec(reason)?.groups;
    if (groups || pattern.test(reason)) {
      const { cause, ...values } = groups ?? {};
      return `${t(key, values)}${cause === undefined ? '' : ` — ${causeText(cause, t)}`}`;
    }
  }
  return reason;
}
