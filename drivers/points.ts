import { isDeepStrictEqual } from 'node:util';
import type { Ms } from '../rules/sample.ts';
import type { Point } from './driver.ts';

/** The points of an endpoint. They may become others while a driver reads them. */
export class Points<Address = unknown> {
  #now: readonly Point<Address>[];
  readonly #followers = new Set<() => void>();

  constructor(now: readonly Point<Address>[]) {
    this.#now = now;
  }

  /** Another list only when they have become others; those that are as they were are the same objects. */
  get now(): readonly Point<Address>[] {
    return this.#now;
  }

  become(points: readonly Point<Address>[]): void {
    const known = new Map(this.#now.map((point) => [point.tag, point]));
    const next = points.map((point) => {
      const before = known.get(point.tag);
      return before && isDeepStrictEqual(before, point) ? before : point;
    });
    if (isSame(this.#now, next)) return;
    this.#now = next;
    for (const changed of this.#followers) changed();
  }

  /** Calls `changed` whenever they have become others, until `signal`. */
  follow(changed: () => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#followers.add(changed);
    signal.addEventListener('abort', () => this.#followers.delete(changed), { once: true });
  }
}

/** A list that stays as it is, or one that may become another. */
export type GivenPoints<Address> = Points<Address> | readonly Point<Address>[];

export const pointsOf = <Address>(given: GivenPoints<Address>): Points<Address> =>
  given instanceof Points ? given : new Points(given);

export const isSame = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.length === others.length && some.every((one, index) => one === others[index]);

export const groupsOf = <P extends { readonly period: Ms }>(points: readonly P[]): Map<Ms, P[]> =>
  Map.groupBy(points, ({ period }) => period);
