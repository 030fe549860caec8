import type { Ms } from '../rules/sample.ts';
import type { Entry } from './records.ts';

/** What waits while the log takes nothing: the newest records and minutes of history. */
export const MOST_RECORDS = 50_000;
export const MOST_MINUTES = 200_000;
/** Share that is dropped at once when there are too many, so that dropping is rare. */
const AT_ONCE = 0.01;

export interface Dropped {
  readonly records: number;
  readonly minutes: number;
}

/** What had to be dropped since the log took something last. */
export interface Lost extends Dropped {
  /** When the first and the last of it happened. */
  readonly since: Ms;
  readonly until: Ms;
}

/** What waits for a commit, and what was lost before it. */
export interface Taken {
  readonly entries: readonly Entry[];
  readonly lost: Lost | null;
}

export interface BacklogBounds {
  readonly records: number;
  readonly minutes: number;
}

const isMinute = (entry: Entry): boolean => entry.type === 'minute';

/** What waits for a commit, in order. Bounded: beyond it the oldest are dropped and counted. */
export class Backlog {
  readonly #bounds: BacklogBounds;
  #waiting: Entry[] = [];
  #minutes = 0;
  #lost: Lost | null = null;
  /** Since the start. */
  dropped: Dropped = { records: 0, minutes: 0 };

  constructor(bounds: BacklogBounds = { records: MOST_RECORDS, minutes: MOST_MINUTES }) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Whether something waits that is not only history. */
  get isUrgent(): boolean {
    return this.#waiting.length > this.#minutes;
  }

  push(...entries: readonly Entry[]): void {
    for (const entry of entries) this.#waiting.push(entry);
    this.#minutes += entries.filter(isMinute).length;
    this.#trim();
  }

  /** Hands over everything. */
  take(): Taken {
    const taken = { entries: this.#waiting, lost: this.#lost };
    this.#waiting = [];
    this.#minutes = 0;
    this.#lost = null;
    return taken;
  }

  /** What was taken could not be committed: it waits again, before what came since. */
  putBack({ entries, lost }: Taken): void {
    const since = this.#waiting;
    this.#waiting = [...entries];
    this.#minutes = 0;
    this.#lost = together(lost, this.#lost);
    this.#minutes = this.#waiting.filter(isMinute).length;
    this.push(...since);
  }

  #trim(): void {
    const { records, minutes } = this.#bounds;
    const tooMany = { records: this.#waiting.length - this.#minutes - records, minutes: this.#minutes - minutes };
    if (tooMany.records <= 0 && tooMany.minutes <= 0) return;
    let recordsLeft = tooMany.records > 0 ? Math.ceil(tooMany.records + records * AT_ONCE) : 0;
    let minutesLeft = tooMany.minutes > 0 ? Math.ceil(tooMany.minutes + minutes * AT_ONCE) : 0;
    const dropped: Entry[] = [];
    this.#waiting = this.#waiting.filter((entry) => {
      const isDropped = isMinute(entry) ? minutesLeft-- > 0 : recordsLeft-- > 0;
      if (isDropped) dropped.push(entry);
      return !isDropped;
    });
    const lostMinutes = dropped.filter(isMinute).length;
    const gone = { records: dropped.length - lostMinutes, minutes: lostMinutes };
    this.#minutes -= gone.minutes;
    this.#lost = together(this.#lost, { ...gone, since: dropped[0]!.at, until: dropped.at(-1)!.at });
    this.dropped = { records: this.dropped.records + gone.records, minutes: this.dropped.minutes + gone.minutes };
  }
}

function together(a: Lost | null, b: Lost | null): Lost | null {
  if (!a || !b) return a ?? b;
  return {
    records: a.records + b.records,
    minutes: a.minutes + b.minutes,
    since: Math.min(a.since, b.since),
    until: Math.max(a.until, b.until),
  };
}
