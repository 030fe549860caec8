import type { Flag } from './evaluation.ts';
import type { Ms, StatusCode } from './sample.ts';
import { worst } from './sample.ts';
import { NO_FLAGS, type Segment, within } from './segment.ts';

/** What a meter has gathered for one window that is still open (or what has come late for a closed one). */
export interface Accumulator {
  readonly start: Ms;
  readonly end: Ms;
  /** In the meter's unit; `carry` is what rounding left over (Neumaier), so that long sums stay exact. */
  readonly sum: number;
  readonly carry: number;
  /** Milliseconds of the window that are measured, and that are known at all. */
  readonly measured: Ms;
  readonly known: Ms;
  readonly statusCode: StatusCode;
  readonly flags: readonly Flag[];
}

export const emptyAccumulator = (start: Ms, end: Ms): Accumulator => ({
  start,
  end,
  sum: 0,
  carry: 0,
  measured: 0,
  known: 0,
  statusCode: 'good',
  flags: NO_FLAGS,
});

export const total = (acc: Accumulator): number => acc.sum + acc.carry;

export function mergeFlags(a: readonly Flag[], b: readonly Flag[]): readonly Flag[] {
  const fresh = b.filter((flag) => !a.includes(flag));
  return fresh.length === 0 ? a : [...a, ...fresh];
}

/** Adds an amount with Neumaier's compensated summation (ZAMM 54, 1974). */
export function addAmount(acc: Accumulator, amount: number): Accumulator {
  const sum = acc.sum + amount;
  const lost = Math.abs(acc.sum) >= Math.abs(amount) ? acc.sum - sum + amount : amount - sum + acc.sum;
  return { ...acc, sum, carry: acc.carry + lost };
}

/** Adds the part of a segment that falls into the window. */
export function accumulate(acc: Accumulator, segment: Segment): Accumulator {
  const overlap = Math.max(0, Math.min(segment.end, acc.end) - Math.max(segment.start, acc.start));
  const whole = segment.start >= acc.start && segment.end <= acc.end;
  const measured = segment.knowledge === 'measured' || (segment.knowledge === 'split' && whole);
  const guessed = segment.knowledge === 'split' && !whole;
  const added = addAmount(acc, within(segment, acc.start, acc.end));
  return {
    ...added,
    measured: acc.measured + (measured ? overlap : 0),
    known: acc.known + (segment.knowledge === 'unknown' ? 0 : overlap),
    statusCode: worst(acc.statusCode, segment.statusCode),
    flags: mergeFlags(mergeFlags(acc.flags, segment.flags), guessed ? ['estimated'] : NO_FLAGS),
  };
}
