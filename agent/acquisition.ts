import type { Ms, Sample } from '../rules/sample.ts';

/** How well an endpoint is acquired, in values: one is due for each tag and each of its periods. */
export interface Acquisition {
  readonly due: number;
  /** Good values delivered; one that comes late or twice counts too. */
  readonly good: number;
  /** Periods of a tag that had a good value before they ended. */
  readonly inTime: number;
}

/** Tags of one period. Periods are numbered from the epoch. */
interface Group {
  readonly period: Ms;
  readonly tags: Set<string>;
  /** The period in which counting began. */
  readonly first: number;
  current: number;
  inCurrent: number;
}

interface Timed {
  readonly tag: string;
  readonly period: Ms;
}

/**
 * Counts what is acquired of an endpoint since `since`, in plant time and in whole periods: those spent without a
 * connection, held up or skipped by a clock set forward are due like any other, and those lived twice are due once.
 */
export class Acquired {
  #groups: Group[] = [];
  readonly #tags = new Map<string, { readonly group: Group; last: number }>();
  #due = 0;
  #good = 0;
  #inTime = 0;

  constructor(points: readonly Timed[], since: Ms) {
    this.become(points, since);
  }

  /** Counts for other tags from `now` on; those of the same period go on as if nothing were. */
  become(points: readonly Timed[], now: Ms): void {
    this.#settle(now);
    const wanted = new Map(points.map(({ tag, period }) => [tag, period]));
    for (const [tag, { group }] of this.#tags) {
      if (wanted.get(tag) === group.period) wanted.delete(tag);
      else this.#leave(tag, group);
    }
    for (const [period, tags] of Map.groupBy(wanted.keys(), (tag) => wanted.get(tag)!)) {
      const first = Math.floor(now / period);
      const group: Group = { period, tags: new Set(tags), first, current: first, inCurrent: 0 };
      for (const tag of tags) this.#tags.set(tag, { group, last: first });
      this.#groups.push(group);
    }
    this.#groups = this.#groups.filter(({ tags }) => tags.size > 0);
  }

  /** What a tag had in the period that has not ended goes with it. */
  #leave(tag: string, group: Group): void {
    if (this.#tags.get(tag)!.last === group.current && group.current > group.first) group.inCurrent--;
    group.tags.delete(tag);
    this.#tags.delete(tag);
  }

  take(samples: readonly Sample[]): void {
    for (const { tag, statusCode, receivedAt } of samples) {
      const one = this.#tags.get(tag);
      if (!one || statusCode !== 'good') continue;
      this.#good++;
      const { group } = one;
      this.#moveOn(group, receivedAt);
      if (Math.floor(receivedAt / group.period) !== group.current || one.last >= group.current) continue;
      one.last = group.current;
      group.inCurrent++;
    }
  }

  /** What the periods that have ended by `now` came to. */
  until(now: Ms): Acquisition {
    this.#settle(now);
    return { due: this.#due, good: this.#good, inTime: this.#inTime };
  }

  #settle(now: Ms): void {
    for (const group of this.#groups) this.#moveOn(group, now);
  }

  #moveOn(group: Group, now: Ms): void {
    const current = Math.floor(now / group.period);
    if (current <= group.current) return;
    // The period in which counting began was no whole one.
    const began = group.current === group.first ? 1 : 0;
    this.#due += group.tags.size * (current - group.current - began);
    this.#inTime += group.inCurrent;
    group.inCurrent = 0;
    group.current = current;
  }
}

/**
 * Values that were due while nobody counted: from the period in which the count was told last, at `from`, up to the one
 * in which it is begun again, at `to`; both are counted by neither.
 */
export const missedBetween = (points: readonly { readonly period: Ms }[], from: Ms, to: Ms): number =>
  points.reduce((sum, { period }) => sum + Math.max(0, Math.floor(to / period) - Math.floor(from / period) + 1), 0);
