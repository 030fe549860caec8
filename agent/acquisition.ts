import type { Ms, Sample } from '../rules/sample.ts';

/** How well an endpoint is acquired, in values: one is due for each tag and each of its periods. */
export interface Acquisition {
  readonly due: number;
  /** Good values delivered; one that comes late or twice counts too. */
  readonly good: number;
  /** Periods of a tag that had a good value before they ended. */
  readonly inTime: number;
}

/** The tags of one period. Periods are numbered from the epoch. */
interface Group {
  readonly period: Ms;
  readonly tags: number;
  readonly first: number;
  current: number;
  inCurrent: number;
  inTime: number;
}

/**
 * Counts what is acquired of an endpoint since `since`, in plant time and in whole periods: those spent without a
 * connection, held up or skipped by a clock set forward are due like any other, and those lived twice are due once.
 */
export class Acquired {
  readonly #groups: readonly Group[];
  readonly #tags: ReadonlyMap<string, { readonly group: Group; last: number }>;
  #good = 0;

  constructor(points: readonly { readonly tag: string; readonly period: Ms }[], since: Ms) {
    const byPeriod = [...Map.groupBy(points, ({ period }) => period)];
    const groups = byPeriod.map(([period, { length: tags }]): Group => {
      const first = Math.floor(since / period);
      return { period, tags, first, current: first, inCurrent: 0, inTime: 0 };
    });
    this.#groups = groups;
    this.#tags = new Map(
      groups.flatMap((group, i) => byPeriod[i]![1].map(({ tag }) => [tag, { group, last: group.first }])),
    );
  }

  take(samples: readonly Sample[]): void {
    for (const { tag, statusCode, receivedAt } of samples) {
      const one = this.#tags.get(tag);
      if (!one || statusCode !== 'good') continue;
      this.#good++;
      const { group } = one;
      moveOn(group, receivedAt);
      if (Math.floor(receivedAt / group.period) !== group.current || one.last >= group.current) continue;
      one.last = group.current;
      group.inCurrent++;
    }
  }

  /** What the periods that have ended by `now` came to. */
  until(now: Ms): Acquisition {
    for (const group of this.#groups) moveOn(group, now);
    return {
      due: sum(this.#groups, ({ tags, first, current }) => tags * Math.max(0, current - first - 1)),
      good: this.#good,
      inTime: sum(this.#groups, ({ inTime }) => inTime),
    };
  }
}

/**
 * Values that were due while nobody counted: from the period in which the count was told last, at `from`, up to the one
 * in which it is begun again, at `to`; both are counted by neither.
 */
export const missedBetween = (points: readonly { readonly period: Ms }[], from: Ms, to: Ms): number =>
  points.reduce((sum, { period }) => sum + Math.max(0, Math.floor(to / period) - Math.floor(from / period) + 1), 0);

function moveOn(group: Group, now: Ms): void {
  const current = Math.floor(now / group.period);
  if (current <= group.current) return;
  group.inTime += group.inCurrent;
  group.inCurrent = 0;
  group.current = current;
}

const sum = (groups: readonly Group[], of: (group: Group) => number): number =>
  groups.reduce((all, group) => all + of(group), 0);
