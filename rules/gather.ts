import { type Accumulator, accumulate, emptyAccumulator } from './accumulator.ts';
import { type Window, windowAt } from './interval.ts';
import type { Reading } from './meter/contract.ts';
import { isUsable } from './meter/contract.ts';
import { knownUpTo, readMeter } from './meter/meter.ts';
import type { MeterSpec, Plan } from './plan.ts';
import type { Ms } from './sample.ts';
import type { Segment } from './segment.ts';
import type { MeterState, Output } from './state.ts';

/** How a meter's readings become amounts of windows. */

/** What gathering needs to know of its surroundings. */
export interface Surroundings {
  readonly plan: Plan;
  readonly meter: MeterSpec;
  readonly now: Ms;
  /** The earliest open window by kind; earlier ones are closed. */
  readonly next: readonly Window[];
  out(output: Output): void;
}

/** Puts a reading in its place among the pending ones; one at or before what was taken already is late and not used. */
export function enqueue(state: MeterState, reading: Reading): MeterState {
  if (reading.t <= state.settled[reading.input]!) return { ...state, late: state.late + 1 };
  const { pending } = state;
  let place = pending.length;
  while (place > 0 && comesBefore(reading, pending[place - 1]!)) place--;
  return { ...state, pending: pending.toSpliced(place, 0, reading) };
}

/** By time; at the same time helpers first, so that a piece finds its weight. */
const comesBefore = (a: Reading, b: Reading): boolean => a.t < b.t || (a.t === b.t && a.input > b.input);

/** Up to when the meter will know its quantity once all that is pending is taken. */
export function reach(state: MeterState): Ms {
  const newest = state.pending.findLast((reading) => reading.input === 0 && isUsable(reading));
  return Math.max(knownUpTo(state.mind), newest?.t ?? -Infinity);
}

/** Takes pending readings up to `horizon` or `end`, and on until the meter knows its quantity up to `end`. */
export function settle(around: Surroundings, state: MeterState, horizon: Ms, end: Ms = -Infinity): MeterState {
  let current = state;
  let taken = 0;
  for (const reading of state.pending) {
    if (reading.t > horizon && reading.t > end && knownUpTo(current.mind) >= end) break;
    current = take(around, current, reading);
    taken++;
  }
  return taken === 0 ? state : { ...current, pending: state.pending.slice(taken) };
}

function take(around: Surroundings, state: MeterState, reading: Reading): MeterState {
  const { mind, segments, notes } = readMeter(around.meter, state.mind, reading);
  for (const note of notes) around.out({ type: 'note', meter: around.meter.id, ...note });
  let open = state.open;
  for (const segment of segments) open = spread(around, open, segment);
  return { ...state, mind, settled: state.settled.with(reading.input, reading.t), open };
}

type Open = MeterState['open'];

/** Spreads a segment over the windows of every kind. */
function spread(around: Surroundings, open: Open, segment: Segment): Open {
  return open.map((accumulators, kind) => {
    const last = accumulators.at(-1);
    if (last && segment.start >= last.start && segment.start < last.end && segment.end <= last.end) {
      return accumulators.with(-1, accumulate(last, segment));
    }
    return spreadWide(around, accumulators, around.next[kind]!, segment);
  });
}

/** The segment reaches beyond the newest window, or before it: window by window, closed ones by amendment. */
function spreadWide(
  around: Surroundings,
  open: readonly Accumulator[],
  next: Window,
  segment: Segment,
): readonly Accumulator[] {
  const { calendar, reviseWithin } = around.plan;
  const result = [...open];
  const oldest = windowAt(calendar, next.kind, Math.max(segment.start, around.now - reviseWithin));
  if (oldest.start > segment.start) refuse(around, segment, oldest);
  let window = oldest;
  do {
    const place = result.findIndex((acc) => acc.start === window.start);
    if (window.end <= next.start) amend(around, window, segment);
    else if (place >= 0) result[place] = accumulate(result[place]!, segment);
    else result.push(accumulate(emptyAccumulator(window.start, window.end), segment));
    window = windowAt(calendar, next.kind, window.end);
  } while (window.start < segment.end);
  return result;
}

function amend(around: Surroundings, window: Window, segment: Segment): void {
  const late = accumulate(emptyAccumulator(window.start, window.end), segment);
  around.out({ type: 'amend', meter: around.meter.id, window, late });
}

function refuse(around: Surroundings, segment: Segment, oldest: Window): void {
  const detail = `${oldest.kind} windows before ${oldest.start} are too old to revise; the amount since ${segment.start} has no place in them`;
  around.out({ type: 'note', meter: around.meter.id, event: 'too-late', detail });
}
