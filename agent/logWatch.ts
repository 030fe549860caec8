import type { Logger } from 'pino';
import type { GapBody } from './stream/protocol.ts';

/** Troubles of the log since the start that are told again to whoever asks; of more the oldest are no longer told, but counted. */
const MOST_TOLD = 20;
/** Damaged records that are told apart, so that one that is read often is logged once. */
const MOST_KNOWN = 10_000;

const WORDS: Readonly<Record<string, string>> = {
  'damaged-log': 'the log was damaged: it was set aside, and a new one begun',
  'damaged-checkpoint': 'the checkpoint was damaged: figures begin anew',
  'lost-end': 'the end of the log was lost: readers are told',
  'missing-log': 'the log that was here before is gone: readers are told',
  restored: 'the log was restored from a backup: readers are told',
};
const REMEDY = 'look after the disk; what was set aside is never deleted: keep it, or remove it when it is not needed';

/** What is known of the log's troubles: in the agent's own log at once, and for health and metrics. */
export class LogWatch {
  readonly #log: Logger;
  readonly #gaps: GapBody[] = [];
  readonly #damaged = new Set<string>();
  gaps = 0;
  damagedValues = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Something is missing from the log. */
  missing = (gap: GapBody): void => {
    this.gaps++;
    this.#gaps.push(gap);
    if (this.#gaps.length > MOST_TOLD) this.#gaps.shift();
    this.#log.error({ event: 'log-gap', ...gap, todo: REMEDY }, WORDS[gap.reason]);
  };

  /** A record, a minute of history, an entry or a reader's place is not as it was written. */
  damaged = (what: string): void => {
    if (this.#damaged.has(what)) return;
    this.damagedValues++;
    if (this.#damaged.size < MOST_KNOWN) this.#damaged.add(what);
    this.#log.error({ event: 'log-damaged', what, todo: REMEDY }, `${what} is not as it was written, and is not used`);
  };

  /** In words, for people. */
  reasons(): string[] {
    const told = this.#gaps.map(({ reason, keptIn, detail }) =>
      [WORDS[reason] ?? reason, keptIn && `kept in ${keptIn}`, detail].filter(Boolean).join('; '),
    );
    if (this.damagedValues > 0)
      told.push(`${this.damagedValues} values in the log are not as they were written, and are not used`);
    return told;
  }
}
