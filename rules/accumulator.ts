import type { Flag } from './evaluation.ts';
import type { Ms, StatusCode } from './sample.ts';
import { NO_FLAGS, type Segment, within } from './segment.ts';
import { combined, NO_TRACE, type Trace, traced } from './trace.ts';

/** What a meter has gathered for one window that is still open, for the cell that all of them share, or late for a closed one. */
export interface Accumulator {
  readonly start: Ms;
  readonly end: Ms;
  /** In the meter's unit; `carry` is what rounding left over (Neumaier), so that long sums stay exact. */
  readonly sum: number;
  readonly carry: number;
  /** Milliseconds of the window that are measured, and that are known at all. */
  readonly measured: Ms;
  readonly known: Ms;
  /** Milliseconds of it, and pieces in it, that rest on uncertain readings; what is withdrawn takes its doubt along. */
  readonly uncertain: Ms;
  readonly uncertainPieces: number;
  readonly flags: readonly Flag[];
  /** Milliseconds of the window whose estimate has given way to settled metal; only for metal from current. */
  readonly settled: Ms;
  /** The coarsest step of a float32 register that went into it; 0 for any other. */
  readonly resolution: number;
  readonly trace: Trace;
}

export const emptyAccumulator = (start: Ms, end: Ms): Accumulator => ({
  start,
  end,
  sum: 0,
  carry: 0,
  measured: 0,
  known: 0,
  uncertain: 0,
  uncertainPieces: 0,
  flags: NO_FLAGS,
  settled: 0,
  resolution: 0,
  trace: NO_TRACE,
});

/**
 * What a window opens with. Windows open for many meters at once: they share the list and what is in it, which nobody
 * writes to.
 */
export class Beginnings {
  /** The last one of each kind. */
  readonly #last: (readonly [Accumulator])[] = [];

  /** The list of a kind's accumulators of which there is one, for a window that begins. */
  of(kind: number, start: Ms, end: Ms): readonly [Accumulator] {
    const last = this.#last[kind];
    if (last && last[0].start === start && last[0].end === end) return last;
    const fresh = [emptyAccumulator(start, end)] as const;
    this.#last[kind] = fresh;
    return fresh;
  }
}

export const total = (acc: Accumulator): number => acc.sum + acc.carry;

export const statusCodeOf = ({ uncertain, uncertainPieces }: Doubt): StatusCode =>
  uncertain > 0 || uncertainPieces > 0 ? 'uncertain' : 'good';
export type Doubt = Pick<Accumulator, 'uncertain' | 'uncertainPieces'>;

export function mergeFlags(a: readonly Flag[], b: readonly Flag[]): readonly Flag[] {
  if (b.length === 0) return a;
  const fresh = b.filter((flag) => !a.includes(flag));
  return fresh.length === 0 ? a : [...a, ...fresh];
}

/** What rounding takes from a + b (Neumaier's compensated summation, ZAMM 54, 1974). */
export const lost = (a: number, b: number): number => (Math.abs(a) >= Math.abs(b) ? a - (a + b) + b : b - (a + b) + a);

export const addAmount = (acc: Accumulator, amount: number): Accumulator => ({
  ...acc,
  sum: acc.sum + amount,
  carry: acc.carry + lost(acc.sum, amount),
});

/** Adds the part of a segment that falls into the window. */
export function accumulate(acc: Accumulator, segment: Segment): Accumulator {
  const inside = Math.max(0, Math.min(segment.end, acc.end) - Math.max(segment.start, acc.start));
  const overlap = segment.withdrawn ? -inside : inside;
  const whole = segment.start >= acc.start && segment.end <= acc.end;
  const measured = segment.knowledge === 'measured' || (segment.knowledge === 'split' && whole);
  const amount = within(segment, acc.start, acc.end);
  const isDoubtful = segment.statusCode !== 'good';
  return {
    start: acc.start,
    end: acc.end,
    sum: acc.sum + amount,
    carry: acc.carry + lost(acc.sum, amount),
    measured: acc.measured + (measured ? overlap : 0),
    known: acc.known + (segment.knowledge === 'unknown' ? 0 : overlap),
    uncertain: acc.uncertain + (isDoubtful ? overlap : 0),
    uncertainPieces: acc.uncertainPieces + (isDoubtful ? (segment.seen?.pieces ?? 0) : 0),
    flags: mergeFlags(acc.flags, segment.flags),
    settled: acc.settled,
    resolution: Math.max(acc.resolution, segment.resolution ?? 0),
    trace: segment.seen ? traced(acc.trace, acc.start, acc.end, segment.seen, amount) : acc.trace,
  };
}

/** What was gathered for a window together with what came late for it. */
export function combine(acc: Accumulator, late: Accumulator): Accumulator {
  const sum = acc.sum + late.sum;
  const carry = acc.carry + lost(acc.sum, late.sum);
  return {
    start: acc.start,
    end: acc.end,
    sum: sum + late.carry,
    carry: carry + lost(sum, late.carry),
    measured: acc.measured + late.measured,
    known: acc.known + late.known,
    uncertain: acc.uncertain + late.uncertain,
    uncertainPieces: acc.uncertainPieces + late.uncertainPieces,
    flags: mergeFlags(acc.flags, late.flags),
    settled: acc.settled + late.settled,
    resolution: Math.max(acc.resolution, late.resolution),
    trace: combined(acc.trace, late.trace),
  };
}

/** The amount multiplied; its coverage is what it was. */
export const scaled = (acc: Accumulator, factor: number): Accumulator => ({
  ...acc,
  sum: acc.sum * factor,
  carry: acc.carry * factor,
});

/** Whether all of the segment lies in it. */
export const holds = ({ start, end }: Accumulator, segment: Segment): boolean =>
  segment.start >= start && segment.start < end && segment.end <= end;
