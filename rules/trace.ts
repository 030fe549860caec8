import type { Border, Mark } from './evaluation.ts';
import { type Count, countText } from './meter/count.ts';
import type { Ms } from './sample.ts';

/** What a segment tells of the readings that it is made from. */
export interface Seen {
  /** The stretch is between these readings. */
  readonly from?: Mark;
  readonly to?: Mark;
  /** They are rates: the least and the most of them are kept. */
  readonly isRate?: true;
  /** Readings rejected between them as momentary errors. */
  readonly glitches?: number;
  readonly readings?: number;
  readonly bad?: number;
  /** Pieces that came to count; −1 for one taken back. */
  readonly pieces?: number;
  /** Metal from current: the amount for one unit of current in an hour, and how much of it is efficiency. */
  readonly perHour?: number;
  readonly efficiency?: number;
  /** What one count stands for, where an exchange has told another scale than the configuration's. */
  readonly scale?: number;
}

/** What an amount's working is made from, gathered beside the amount. */
export interface Trace {
  /** The readings about the earliest known stretch's start, and about the latest one's end. */
  readonly start: Border | null;
  readonly end: Border | null;
  readonly readings: number;
  readonly bad: number;
  readonly glitches: number;
  readonly least: number | null;
  readonly most: number | null;
  readonly pieces: number;
  /** Current × hours, and the metal that they make at full efficiency. */
  readonly charge: number;
  readonly theoretical: number;
  /** Of a totaliser, as its last exchange has it; null: as it is configured. */
  readonly scale: number | null;
}

export const NO_TRACE: Trace = {
  start: null,
  end: null,
  readings: 0,
  bad: 0,
  glitches: 0,
  least: null,
  most: null,
  pieces: 0,
  charge: 0,
  theoretical: 0,
  scale: null,
};

export const markOf = (at: Ms, value: Count): Mark => ({ at, value: countText(value) });

/** The trace of [start, end) with a segment of which `amount` falls into it. */
export function traced(trace: Trace, start: Ms, end: Ms, seen: Seen, amount: number): Trace {
  const { from, to, isRate } = seen;
  const metal = seen.perHour && seen.efficiency ? amount / seen.efficiency : 0;
  return {
    start: from && to ? earlier(trace.start, startOf(start, from, to)) : trace.start,
    end: from && to ? later(trace.end, endOf(end, from, to)) : trace.end,
    readings: trace.readings + (seen.readings ?? 0),
    bad: trace.bad + (seen.bad ?? 0),
    glitches: trace.glitches + (seen.glitches ?? 0),
    least: isRate && from && to ? least(trace.least, Math.min(Number(from.value), Number(to.value))) : trace.least,
    most: isRate && from && to ? most(trace.most, Math.max(Number(from.value), Number(to.value))) : trace.most,
    pieces: trace.pieces + (seen.pieces ?? 0),
    charge: trace.charge + (seen.perHour ? amount / seen.perHour : 0),
    theoretical: trace.theoretical + metal,
    scale: seen.scale ?? trace.scale,
  };
}

export const startOf = (start: Ms, from: Mark, to: Mark | null): Border => {
  if (from.at > start) return { before: null, after: from };
  return { before: from, after: from.at === start ? null : to };
};

export const endOf = (end: Ms, from: Mark, to: Mark): Border =>
  to.at > end ? { before: from, after: to } : { before: to, after: null };

export function combined(a: Trace, b: Trace): Trace {
  if (b === NO_TRACE) return a;
  // What goes to several windows that had nothing yet is kept once.
  if (a === NO_TRACE) return b;
  return {
    start: earlier(a.start, b.start),
    end: later(a.end, b.end),
    readings: a.readings + b.readings,
    bad: a.bad + b.bad,
    glitches: a.glitches + b.glitches,
    least: least(a.least, b.least),
    most: most(a.most, b.most),
    pieces: a.pieces + b.pieces,
    charge: a.charge + b.charge,
    theoretical: a.theoretical + b.theoretical,
    scale: b.scale ?? a.scale,
  };
}

/**
 * Of two borders at the start the one with the earlier reading; of two at the end the one with the later. Where a stretch
 * is cut, both of its parts have a border with the same one: the other reading of the outer border is farther out.
 */
export function earlier(a: Border | null, b: Border | null): Border | null {
  if (!a || !b) return a ?? b;
  return first(b) < first(a) || (first(b) === first(a) && last(b) < last(a)) ? b : a;
}
export function later(a: Border | null, b: Border | null): Border | null {
  if (!a || !b) return a ?? b;
  return last(b) > last(a) || (last(b) === last(a) && first(b) > first(a)) ? b : a;
}
const first = ({ before, after }: Border): Ms => (before ?? after)!.at;
const last = ({ before, after }: Border): Ms => (after ?? before)!.at;

export const least = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);
export const most = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.max(a, b);
