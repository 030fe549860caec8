import type { AlarmAction, Transition } from '../rules/alarm.ts';
import type { Evaluation } from '../rules/evaluation.ts';
import { type Draft, type Entered, enter, take } from '../rules/ledger.ts';
import type { Ms } from '../rules/sample.ts';
import type { Output } from '../rules/state.ts';
import type { Lost } from './backlog.ts';
import { fingerprintAt, type InForce } from './configured.ts';
import { type AuditEvent, evaluationKey, type MinuteRow, type NewRecord } from './store/contract.ts';
import type { ConfigBody, GapBody } from './stream/protocol.ts';
import type { Submitted } from './submissions.ts';
import { alarmBody, entryBody, evaluationBody, type WireTime } from './wire.ts';

/** What waits for a commit; `by`: it came of an operator's entry; `under`: the configuration that was in force. */
export type Entry = (Output | EndpointChange | Acting | Reconfigured) & {
  readonly at: Ms;
  readonly by?: Submitted;
  readonly under?: InForce;
};

/** Another configuration is in force from here on; `cause`: what gave occasion to it. */
export interface Reconfigured {
  readonly type: 'config';
  readonly body: ConfigBody;
  readonly cause: string;
}

/** An operator's action on an alarm; `answer` settles with the commit that holds it, or with the one that failed. */
export interface Acting {
  readonly type: 'action';
  readonly action: AlarmAction;
  readonly from: string;
  readonly answer: PromiseWithResolvers<void>;
}

export interface EndpointChange {
  readonly type: 'endpoint';
  readonly endpoint: string;
  readonly state: 'up' | 'down';
  readonly reason: string | null;
}

/** An entry in words, for people; null: an alarm that was shelved for a time that is over, or whose limit is gone. */
export function wordsFor(entry: Entry | null): string {
  if (!entry) return 'the end of a shelf or of a limit';
  switch (entry.type) {
    case 'figure':
      return `the figure of ${entry.figure.metric}`;
    case 'amend':
    case 'settle':
      return `a revision of ${entry.meter}`;
    case 'note':
      return `what happened to ${entry.meter}`;
    case 'entry':
      return `the entry ${entry.entry.key}`;
    case 'action':
      return `the action on the alarm of ${entry.action.metric}`;
    case 'endpoint':
      return `the state of ${entry.endpoint}`;
    case 'config':
      return 'another configuration';
    case 'minute':
      return `a minute of ${entry.tag}`;
  }
}

/** What no record could be made of, by no fault of the store: it is dropped, since it would fail for ever. */
export interface Unmade {
  /** Null of an alarm that was shelved for a time that is over, or whose limit is gone. */
  readonly entry: Entry | null;
  readonly cause: unknown;
}

/** What records are made with. */
export interface Making extends Pick<InForce, 'plan' | 'fingerprint' | 'former'> {
  readonly time: WireTime;
}

/** The records of what is no revision; `ledger` goes on with them. */
export function recordsOf(entry: Entry, ledger: Draft, making: Making): NewRecord[] {
  const { at } = entry;
  switch (entry.type) {
    case 'figure': {
      const fingerprint = fingerprintAt(making, entry.figure.window.end);
      return recordsOfEntered(enter(making.plan, ledger, entry.figure, at), at, { ...making, fingerprint });
    }
    case 'action':
      return take(making.plan, ledger, entry.action, at).map((transition) => alarmRecord(transition, at, making));
    case 'note': {
      const { meter, event, detail } = entry;
      return [{ kind: 'meter', at, key: null, body: { meter, event, detail } }];
    }
    case 'entry':
      return [{ kind: 'entry', at: entry.at, key: null, body: entryBody(entry, making.time) }];
    case 'endpoint': {
      const { endpoint, state, reason } = entry;
      return [{ kind: 'endpoint', at, key: null, body: { endpoint, state, reason } }];
    }
    case 'config':
      return [{ kind: 'config', at, key: null, body: entry.body }];
    default:
      return [];
  }
}

/** What people did stands in the audit trail too. */
export function auditEvent(entry: Entry, { time }: Making): AuditEvent | null {
  const { at } = entry;
  if (entry.type === 'action')
    return {
      at,
      who: entry.action.who,
      from: entry.from,
      action: `alarm-${entry.action.action}`,
      detail: entry.action,
    };
  if (entry.type === 'config')
    return { at, who: null, from: null, action: 'config', detail: { cause: entry.cause, ...entry.body } };
  if (entry.type !== 'entry') return null;
  const detail = entryBody(entry, time);
  return { at, who: detail.by, from: entry.by?.from ?? null, action: 'entry', detail };
}

export const recordsOfEntered = ({ evaluations, transitions }: Entered, at: Ms, making: Making): NewRecord[] => [
  ...evaluations.map((evaluation) => evaluationRecord(evaluation, at, making)),
  ...transitions.map((transition) => alarmRecord(transition, at, making)),
];

/** What the store did not take in time, and was dropped. */
export function lostRecord({ records, minutes, since, until }: Lost, at: Ms, { time }: Making): NewRecord {
  const body: GapBody = { reason: 'not-stored', records, minutes, since: time(since), until: time(until) };
  return { kind: 'gap', at, key: null, body };
}

/** What no record could be made of. */
export function unmadeRecord(unmade: readonly Unmade[], at: Ms): NewRecord {
  const [{ entry, cause }] = unmade as [Unmade];
  const body: GapBody = { reason: 'not-made', records: unmade.length, detail: `${wordsFor(entry)}: ${cause}` };
  return { kind: 'gap', at, key: null, body };
}

const evaluationRecord = (evaluation: Evaluation, at: Ms, { time, fingerprint }: Making): NewRecord => ({
  kind: 'evaluation',
  at,
  key: evaluationKey(evaluation.metric, evaluation.window),
  body: evaluationBody(evaluation, time, fingerprint),
});

export const alarmRecord = (transition: Transition, at: Ms, { time }: Making): NewRecord => ({
  kind: 'alarm',
  at,
  key: null,
  body: alarmBody(transition, time),
});

export function minuteRow({ tag, summary }: Extract<Output, { type: 'minute' }>): MinuteRow {
  const { minute, samples, good, usable, min, max, sum, last } = summary;
  return { tag, minute, min, max, last, mean: usable > 0 ? sum / usable : null, goodShare: good / samples };
}
