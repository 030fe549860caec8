import type { Flag } from './evaluation.ts';
import type { Ms, StatusCode } from './sample.ts';
import type { Seen } from './trace.ts';

/**
 * How well an amount's place in time is known. `split`: the total is measured, only its spread over a long gap is an
 * estimate, so a window that holds the whole gap is fully measured. `estimated`: a part of such a gap, cut at a border that
 * is none of a window. `unknown`: nothing says what happened.
 */
export type Knowledge = 'measured' | 'split' | 'estimated' | 'unknown';

/** An amount over [start, end), or a piece at the instant `start` when both are equal. All meters speak in segments. */
export interface Segment {
  readonly start: Ms;
  readonly end: Ms;
  /** In the meter's unit. */
  readonly amount: number;
  /** Half the difference between the last and first rate times the duration, in the meter's unit: 0 for an even spread. */
  readonly bend: number;
  readonly knowledge: Knowledge;
  readonly statusCode: StatusCode;
  readonly flags: readonly Flag[];
  /** Takes back what was taken to be known, before something delayed said otherwise; the amount is negative then. */
  readonly withdrawn?: true;
  /** The readings that it is made from. */
  readonly seen?: Seen;
  /** The smallest step that the register can show, in the meter's unit; only for a float32, whose step grows. */
  readonly resolution?: number;
}

export const NO_FLAGS: readonly Flag[] = [];

/** Whether it says nothing but that a reading was made. */
export const isTally = ({ seen }: Segment): boolean => seen?.readings !== undefined || seen?.bad !== undefined;

/** The part of the amount that falls before `at`; pieces cut at common borders add up to the whole. */
export function amountBefore(segment: Pick<Segment, 'start' | 'end' | 'amount' | 'bend'>, at: Ms): number {
  if (at <= segment.start) return 0;
  if (at >= segment.end) return segment.amount;
  const x = (at - segment.start) / (segment.end - segment.start);
  return segment.amount * x + segment.bend * (x * x - x);
}

/** The part of the amount that falls into [start, end). */
export const within = (segment: Segment, start: Ms, end: Ms): number =>
  segment.start === segment.end ? segment.amount : amountBefore(segment, end) - amountBefore(segment, start);

/** The segment cut at those of the times (ascending) that lie inside it. */
export function cut(segment: Segment, times: readonly Ms[]): Segment[] {
  const borders = [segment.start, ...times.filter((t) => t > segment.start && t < segment.end), segment.end];
  if (borders.length === 2) return [segment];
  return borders.slice(1).map((end, index) => {
    const start = borders[index]!;
    const share = (end - start) / (segment.end - segment.start);
    return { ...segment, start, end, amount: within(segment, start, end), bend: segment.bend * share * share };
  });
}

export const times = (segment: Segment, factor: number): Segment => ({
  ...segment,
  amount: segment.amount * factor,
  bend: segment.bend * factor,
});
