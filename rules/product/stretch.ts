import type { Accumulator } from '../accumulator.ts';
import { NEVER } from '../meter/contract.ts';
import type { Ms, StatusCode } from '../sample.ts';

/**
 * A line's time, divided without gaps: a piece is in the line, or none is, or nobody knows. Energy of every piece + idle
 * energy = the meter's change, because both are cut from the same amounts at the same borders (metering.md §6).
 */
export interface Stretch {
  readonly kind: 'piece' | 'idle' | 'unknown';
  readonly start: Ms;
  /** Null while it goes on. */
  readonly end: Ms | null;
  readonly statusCode: StatusCode;
  /** It may have ended from then on; null where its end was seen. */
  readonly doubtFrom: Ms | null;
  /** The pieces whose identity appeared for it, and when: mostly one. */
  readonly pieces: readonly { readonly id: string; readonly t: Ms }[];
  /** What meters gathered in it, until its window is closed. */
  readonly amounts: Readonly<Record<string, Accumulator>>;
  readonly isClosed: boolean;
}

/** Stretches kept: those that are open, and closed ones as long as something may still come for them. */
export const MOST_STRETCHES = 2_000;

export const stretchFrom = (kind: Stretch['kind'], start: Ms, statusCode: StatusCode = 'good'): Stretch => ({
  ...{ kind, start, end: null, statusCode, doubtFrom: null },
  ...{ pieces: [], amounts: {}, isClosed: kind !== 'piece' },
});

/** The present stretch ends at `t`, and one of `kind` begins; both are doubtful when it may have been from `doubtFrom` on. */
export function turn(stretches: readonly Stretch[], kind: Stretch['kind'], t: Ms, doubtFrom: Ms | null): Stretch[] {
  const isSeen = doubtFrom === null;
  const next = stretchFrom(kind, t, isSeen ? 'good' : 'uncertain');
  const last = stretches.at(-1);
  if (!last) return [next];
  const before = stretches.slice(0, -1);
  if (last.start >= t) return [...before, next];
  return [...before, { ...last, end: t, doubtFrom, statusCode: isSeen ? last.statusCode : 'uncertain' }, next];
}

/** The place of the stretch that holds `t`; −1 where time was not divided yet. */
export const placeAt = (stretches: readonly Stretch[], t: Ms): number =>
  stretches.findLastIndex(({ start }) => start <= t);

export const endOf = ({ end }: Stretch): Ms => end ?? Number.POSITIVE_INFINITY;

/** Without those that ended before `t`. */
export function since(stretches: readonly Stretch[], t: Ms): readonly Stretch[] {
  const first = stretches.findIndex((stretch) => endOf(stretch) > t);
  return first > 0 ? stretches.slice(first) : stretches;
}

/** Before all time, for a state that knows of none. */
export const NOWHERE: Ms = NEVER;
