import {
  type Accumulator,
  accumulate,
  type Beginnings,
  combine,
  emptyAccumulator,
  holds,
  mergeFlags,
} from './accumulator.ts';
import { type CalendarWindow, WINDOW_LENGTH, type Window } from './interval.ts';
import { passing } from './lane/take.ts';
import { appended, isUsable, NEVER, type Note, type Reading } from './meter/contract.ts';
import { knownUpTo, type Minded, readMeter } from './meter/meter.ts';
import type { MeterSpec, Plan } from './plan.ts';
import { counted, refuseLate, said } from './refusal.ts';
import type { Ms } from './sample.ts';
import { isTally, NO_FLAGS, type Segment } from './segment.ts';
import type { MeterState } from './state.ts';

/** How a meter's readings become amounts of windows. */

/** What gathering needs to know of its surroundings. */
export interface Surroundings {
  readonly plan: Plan;
  readonly meter: MeterSpec;
  readonly now: Ms;
  /** The earliest open window by kind; earlier ones are closed. */
  readonly next: readonly CalendarWindow[];
  readonly beginnings: Beginnings;
  /** What the meter has counted, for what is made of it besides windows of the calendar. */
  taken(segments: readonly Segment[]): void;
  note(note: Note): void;
  /** Something for a window that is closed. */
  amend(window: Window, segment: Segment): void;
}

/** Most windows of a kind that one gap may fill which had no chance to close (50 hours of minutes); what is before them is refused. */
const MOST_OPEN = 3_000;

/** Puts readings in their place among the pending ones; those at or before what was taken already are late and not used. */
export function enqueue(around: Surroundings, state: MeterState, readings: readonly Reading[]): MeterState {
  const all = [...state.pending];
  const late: Reading[] = [];
  let { skewed } = state;
  for (const reading of readings) {
    if (reading.skewed) skewed++;
    if (reading.t <= state.settled[reading.input]!) late.push(reading);
    else all.push(baseline(around, state, reading));
  }
  const pending = withoutBelied(all, state.pending.length);
  const next = {
    ...state,
    skewed,
    pending: isOrdered(pending, pending === all ? state.pending.length : 0) ? pending : pending.sort(byTime),
  };
  return late.length > 0 ? refuseLate(around, next, late) : next;
}

/** That nobody answers is not true if the device hands over a reading from before that; those from place `from` on have come now. */
function withoutBelied(readings: Reading[], from: number): Reading[] {
  if (!readings.some(({ unread }) => unread)) return readings;
  const isBelied = ({ input, t }: Reading, place: number): boolean =>
    readings.slice(Math.max(from, place)).some((later) => !later.unread && later.input === input && later.t <= t);
  return readings.filter((one, place) => !one.unread || !isBelied(one, place));
}

/**
 * A register at rest may say that it has shown its count for months. What came before the first reading is nobody's
 * figure: it counts from now, or every window since then would be filled.
 */
function baseline({ now, plan }: Surroundings, { settled }: MeterState, reading: Reading): Reading {
  const isFirst = settled[reading.input] === NEVER && isUsable(reading);
  return isFirst && reading.t < now - plan.reviseWithin ? { ...reading, t: now } : reading;
}

/** By time; at the same time helpers first, so that a piece finds its weight. */
export const byTime = (a: Reading, b: Reading): number => a.t - b.t || b.input - a.input;
/** Whether the readings from place `from` on came in order, behind those that are in order. */
function isOrdered(list: readonly Reading[], from: number): boolean {
  for (let place = Math.max(1, from); place < list.length; place++)
    if (byTime(list[place - 1]!, list[place]!) > 0) return false;
  return true;
}

/** When the reading was made with which the meter knows its quantity up to `end`; null while there is none. */
export function passedAt(state: MeterState, end: Ms): Ms | null {
  if (knownUpTo(state.mind) >= end) return end;
  return passing(state.pending, end);
}

/** Takes pending readings up to `horizon`. */
export function settle(around: Surroundings, state: MeterState, horizon: Ms): MeterState {
  let current = state;
  let taken = 0;
  const settled = state.settled.slice();
  for (const reading of state.pending) {
    if (reading.t > horizon) break;
    current = take(around, current, reading);
    // A bad reading may be the agent's own word for a lost link, behind which the device hands over what it queued.
    if (isUsable(reading)) settled[reading.input] = reading.t;
    taken++;
  }
  return taken === 0 ? state : { ...current, settled, pending: state.pending.slice(taken) };
}

function take(around: Surroundings, state: MeterState, reading: Reading): MeterState {
  const read = readMeter(around.meter, state.mind, reading);
  const outcome =
    reading.input === 0 && !reading.unread ? { ...read, segments: appended(read.segments, tally(reading)) } : read;
  return takeOutcome(around, state, reading.skewed ? skewed(outcome) : outcome);
}

const skewed = (outcome: Minded): Minded => ({
  ...outcome,
  segments: outcome.segments.map((one) => ({ ...one, flags: mergeFlags(one.flags, ['clock-skew']) })),
});

/** Puts what a reading, or an operator's entry, has led to into the windows. */
export function takeOutcome(
  around: Surroundings,
  state: MeterState,
  { mind, segments, notes, dropped }: Minded,
): MeterState {
  for (const note of notes) around.note(note);
  if (segments.length > 0) around.taken(segments);
  const refused: Note[] = [];
  let amounts: Amounts = state;
  for (const segment of segments) amounts = placed(around, amounts, segment, refused);
  const next = counted(
    around,
    { ...state, mind, open: amounts.open, outer: amounts.outer, cell: amounts.cell },
    dropped,
  );
  return refused[0] ? said(around, { ...next, dropped: next.dropped + refused.length }, refused[0]) : next;
}

/** A reading counts in the windows in which it was made, whatever it says. */
const tally = (reading: Reading): Segment => ({
  start: reading.t,
  end: reading.t,
  amount: 0,
  bend: 0,
  knowledge: 'unknown',
  statusCode: 'good',
  flags: NO_FLAGS,
  seen: isUsable(reading) ? { readings: 1 } : { bad: 1 },
});

type Amounts = Pick<MeterState, 'open' | 'outer' | 'cell'>;

/**
 * Most segments lie within one cell: they are added to it alone, and it to the outer one and the shortest window when it is
 * left. One that passes its end is cut there. Only what has no parts, or is longer, goes to every open window.
 */
function placed(around: Surroundings, amounts: Amounts, segment: Segment, refused: Note[]): Amounts {
  const { cell } = amounts;
  if (cell && holds(cell, segment))
    return { open: amounts.open, outer: amounts.outer, cell: accumulate(cell, segment) };
  if (cell && segment.start >= cell.start && segment.start < cell.end && isDivisible(segment)) {
    const on = cellOpened(around, { ...amounts, cell: accumulate(cell, segment) }, cell.end);
    if (on.cell && segment.end <= on.cell.end) return { ...on, cell: accumulate(on.cell, segment) };
  }
  const next = cellOpened(around, amounts, segment.start);
  if (next.cell && holds(next.cell, segment)) return { ...next, cell: accumulate(next.cell, segment) };
  const spread = folded(amounts).open.map((accumulators, kind) =>
    inWindows(around, accumulators, around.next[kind]!, segment, refused),
  );
  return { open: spread, outer: null, cell: cellAt(spread, segment.end) };
}

/** Whether what of it is in each of two cells is all that is to be said of it: what was counted once has no parts. */
const isDivisible = ({ knowledge, withdrawn, seen }: Segment): boolean =>
  knowledge === 'measured' && !withdrawn && !seen?.glitches && !seen?.pieces;

/** With the cell about `t` in place of the one before it. */
function cellOpened(around: Surroundings, amounts: Amounts, t: Ms): Amounts {
  const { open, outer } = left(amounts);
  const opened = open.map((accumulators, kind) => openedAt(around, accumulators, kind, t));
  return { open: opened, outer, cell: cellAt(opened, t) };
}

/** The open windows of one kind with the one that contains `t`, unless that is closed. */
function openedAt(
  { plan, next, beginnings }: Surroundings,
  open: readonly Accumulator[],
  kind: number,
  t: Ms,
): readonly Accumulator[] {
  const last = open.at(-1);
  if (t < next[kind]!.start || (last && t < last.end)) return open;
  const { start, end } = plan.calendarWindows.at(next[kind]!.kind, t);
  const begun = beginnings.of(kind, start, end);
  return last ? open.concat(begun) : begun;
}

/** All that was gathered in the open windows themselves. */
export const folded = <A extends Amounts>(amounts: A): A => outerLeft(left(amounts));

/** With the cell left: what it has gathered goes to the shortest window, and to the outer cell for all others. */
export function left<A extends Amounts>(amounts: A): A {
  const { outer, cell } = amounts;
  if (!cell) return amounts;
  const shortest = added(amounts.open[0]!, cell);
  if (outer && contains(outer, cell))
    return { ...amounts, open: amounts.open.with(0, shortest), outer: combine(outer, cell), cell: null };
  const [, ...longer] = outerLeft(amounts).open;
  const next = longer.length > 0 ? cellAt(longer, cell.start) : null;
  if (next) return { ...amounts, open: [shortest, ...longer], outer: combine(next, cell), cell: null };
  return { ...amounts, open: [shortest, ...longer.map((one) => added(one, cell))], outer: null, cell: null };
}

/** With the outer cell left too: what it has gathered goes to all windows but the shortest. */
export function outerLeft<A extends Amounts>(amounts: A): A {
  const { open, outer } = amounts;
  if (!outer) return amounts;
  return { ...amounts, open: open.map((one, kind) => (kind === 0 ? one : added(one, outer))), outer: null };
}

const contains = (acc: Accumulator, { start, end }: Accumulator): boolean => acc.start <= start && acc.end >= end;

/** The open windows of one kind, with a part of one of them. */
function added(open: readonly Accumulator[], part: Accumulator): readonly Accumulator[] {
  const place = open.findLastIndex((acc) => contains(acc, part));
  return open.with(place, combine(open[place]!, part));
}

/** The stretch about `t` between the nearest borders of the given windows; null where one of some kind is not open. */
export function cellAt(open: Amounts['open'], t: Ms): Accumulator | null {
  let [from, to] = [-Infinity, Infinity];
  for (const accumulators of open) {
    const last = accumulators.at(-1);
    if (!last || t < last.start || t >= last.end) return null;
    from = Math.max(from, last.start);
    to = Math.min(to, last.end);
  }
  return emptyAccumulator(from, to);
}

/** Puts a segment into the windows of one kind; what is too old for all of them is refused. */
function inWindows(
  around: Surroundings,
  open: readonly Accumulator[],
  next: CalendarWindow,
  segment: Segment,
  refused: Note[],
): readonly Accumulator[] {
  const last = open.at(-1);
  if (last && holds(last, segment)) return open.with(-1, accumulate(last, segment));
  if (segment.start < next.start && isTally(segment)) return talliedLate(around, open, next, segment);
  const from = reachBack(around, next, segment);
  if (from > segment.start) refused.push(tooOld(next, from, segment));
  return from > segment.start && from >= segment.end ? open : spread(around, open, next, segment, from);
}

/** Only beside an amount that is late too: readings alone change no figure. */
function talliedLate(
  { plan, amend }: Surroundings,
  open: readonly Accumulator[],
  { kind }: CalendarWindow,
  segment: Segment,
): readonly Accumulator[] {
  amend(plan.calendarWindows.at(kind, segment.start), segment);
  return open;
}

/** How far back a segment is used: to the start of the oldest window that may be revised, or was never closed. */
function reachBack(around: Surroundings, next: CalendarWindow, segment: Segment): Ms {
  const unclosed = Math.max(next.start, segment.end - MOST_OPEN * WINDOW_LENGTH[next.kind]);
  const oldest = Math.min(around.now - around.plan.reviseWithin, unclosed);
  return oldest <= segment.start ? segment.start : around.plan.calendarWindows.at(next.kind, oldest).start;
}

const tooOld = ({ kind }: CalendarWindow, from: Ms, { start }: Segment): Note => ({
  event: 'too-late',
  detail: `${kind} windows before ${from} are too old to revise; the amount since ${start} has no place in them`,
});

/** Spreads a segment over the windows of one kind from `from` on: closed ones by amendment. */
function spread(
  around: Surroundings,
  open: readonly Accumulator[],
  next: CalendarWindow,
  segment: Segment,
  from: Ms,
): readonly Accumulator[] {
  const { calendarWindows } = around.plan;
  const result = [...open];
  const start = Math.max(from, segment.start);
  let window = start >= next.start && start < next.end ? next : calendarWindows.at(next.kind, start);
  let place = result.findIndex((acc) => acc.end > window.start);
  if (place < 0) place = result.length;
  for (;;) {
    if (window.end <= next.start) around.amend(window, segment);
    else if (result[place]?.start === window.start) result[place] = accumulate(result[place]!, segment);
    else result.splice(place, 0, accumulate(emptyAccumulator(window.start, window.end), segment));
    if (window.end >= segment.end && window.end > segment.start) return result;
    window = calendarWindows.at(next.kind, window.end);
    while (place < result.length && result[place]!.start < window.start) place++;
  }
}
