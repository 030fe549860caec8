import { type Accumulator, lost } from './accumulator.ts';
import type { Reading } from './meter/contract.ts';
import { float32Step, plausible } from './meter/counter.ts';
import { rampAmount } from './meter/gauge.ts';
import type { MeterMind } from './meter/meter.ts';
import { PAGE } from './pages.ts';
import type { MeterSpec } from './plan.ts';
import type { Ms } from './sample.ts';
import type { MeterState } from './state.ts';
import { markOf, startOf, type Trace } from './trace.ts';

/**
 * The fast lane. Nearly every reading of a register or a rate is plain: good, in order, plausible, and with the one
 * before it inside the same windows. All that such a reading changes are a few numbers, which stand here in columns for
 * 64 meters. Anything else takes the meter out of the lane, to its rule proper (meter/, gather.ts), which says the same
 * of plain readings; and back in, once it is plain again.
 */
export interface MeterPage {
  /** In the lane: as the meter was when it entered, to be gone on from with the columns. */
  readonly meters: MeterState[];
  readonly inLane: boolean[];
  /** Time of the newest reading there is. */
  readonly newest: Ms[];
  /** The first border of any window after `newest`. */
  readonly border: Ms[];
  /** The last reading taken. */
  readonly at: Ms[];
  readonly value: number[];
  /** Readings that wait for `grace` to pass, in rings of `depth`, the oldest at `head`. */
  readonly depth: number;
  readonly head: number[];
  readonly queued: number[];
  readonly queuedAt: Ms[];
  readonly queuedValue: number[];
  readonly queuedWithin: Ms[];
  /** What the cell has gathered, and where it ends; of `known` only what has come in the lane. */
  readonly until: Ms[];
  readonly sum: number[];
  readonly carry: number[];
  readonly known: Ms[];
  /** What its working will ask for: readings taken in the lane, and the least and the most rate. */
  readonly readings: number[];
  readonly least: number[];
  readonly most: number[];
}

export function emptyPage(meters: MeterState[], depth: number): MeterPage {
  const column = <T>(value: T, length = PAGE): T[] => new Array<T>(length).fill(value);
  return {
    meters,
    inLane: column(false),
    newest: column(0),
    border: column(0),
    at: column(0),
    value: column(0),
    depth,
    head: column(0),
    queued: column(0),
    queuedAt: column(0, PAGE * depth),
    queuedValue: column(0, PAGE * depth),
    queuedWithin: column(0, PAGE * depth),
    until: column(0),
    sum: column(0),
    carry: column(0),
    known: column(0),
    readings: column(0),
    least: column(0),
    most: column(0),
  };
}

export const copyPage = (page: MeterPage): MeterPage => ({
  meters: page.meters.slice(),
  inLane: page.inLane.slice(),
  newest: page.newest.slice(),
  border: page.border.slice(),
  at: page.at.slice(),
  value: page.value.slice(),
  depth: page.depth,
  head: page.head.slice(),
  queued: page.queued.slice(),
  queuedAt: page.queuedAt.slice(),
  queuedValue: page.queuedValue.slice(),
  queuedWithin: page.queuedWithin.slice(),
  until: page.until.slice(),
  sum: page.sum.slice(),
  carry: page.carry.slice(),
  known: page.known.slice(),
  readings: page.readings.slice(),
  least: page.least.slice(),
  most: page.most.slice(),
});

/** Puts a good number behind the waiting readings; false where it does not come in order, or there are too many. */
export function queue(page: MeterPage, slot: number, t: Ms, value: number, within: Ms): boolean {
  const queued = page.queued[slot]!;
  if (t <= page.newest[slot]! || queued === page.depth) return false;
  const place = placeOf(page, slot, queued);
  page.queuedAt[place] = t;
  page.queuedValue[place] = value;
  page.queuedWithin[place] = within;
  page.queued[slot] = queued + 1;
  page.newest[slot] = t;
  return true;
}

const placeOf = ({ head, depth }: MeterPage, slot: number, nth: number): number =>
  slot * depth + ((head[slot]! + nth) & (depth - 1));

/** Takes waiting readings up to `horizon`; false when the next of them is not plain. */
export function glide(page: MeterPage, slot: number, meter: MeterSpec, horizon: Ms): boolean {
  while (page.queued[slot]! > 0) {
    const place = placeOf(page, slot, 0);
    const t = page.queuedAt[place]!;
    if (t > horizon) return true;
    const amount = plainAmount(page, slot, meter, place);
    if (Number.isNaN(amount)) return false;
    page.carry[slot]! += lost(page.sum[slot]!, amount);
    page.sum[slot]! += amount;
    page.known[slot]! += t - page.at[slot]!;
    page.at[slot] = t;
    followValue(page, slot, page.queuedValue[place]!);
    page.head[slot] = (page.head[slot]! + 1) & (page.depth - 1);
    page.queued[slot]! -= 1;
  }
  return true;
}

function followValue(page: MeterPage, slot: number, value: number): void {
  page.value[slot] = value;
  page.readings[slot]! += 1;
  if (value < page.least[slot]!) page.least[slot] = value;
  if (value > page.most[slot]!) page.most[slot] = value;
}

/** What a reading adds to the cell; not a number where it takes more to say. */
function plainAmount(page: MeterPage, slot: number, meter: MeterSpec, place: number): number {
  const t = page.queuedAt[place]!;
  const since = page.at[slot]!;
  if (t >= page.until[slot]! || t - since > meter.maxGap) return Number.NaN;
  const [before, now] = [page.value[slot]!, page.queuedValue[place]!];
  if (meter.kind === 'gauge') return rampAmount(before, meter.method === 'hold' ? before : now, t - since, meter.scale);
  if (meter.kind !== 'counter') return Number.NaN;
  const counts = now - before;
  const isPlain = counts >= 0 && counts <= plausible(meter, t - since + page.queuedWithin[place]!);
  return isPlain ? counts * meter.scale : Number.NaN;
}

/** When the reading was made with which the meter knows its quantity up to `end`; null while there is none. */
export function passedInLane(page: MeterPage, slot: number, end: Ms): Ms | null {
  if (page.at[slot]! >= end) return end;
  for (let nth = 0; nth < page.queued[slot]!; nth++) {
    const t = page.queuedAt[placeOf(page, slot, nth)]!;
    if (t >= end) return t;
  }
  return null;
}

/** Whether a meter of this sort can be plain at all: its readings are of one tag, and concern nothing but its amount. */
export const hasLane = (meter: MeterSpec): boolean =>
  meter.kind === 'gauge' || (meter.kind === 'counter' && !meter.frozen);

/** A meter enters the lane if it is plain: nothing in doubt, its readings in order, its last one inside the cell. */
export function enter(page: MeterPage, slot: number, border: (t: Ms) => Ms): void {
  const state = page.meters[slot]!;
  const { cell, pending } = state;
  const last = lastOf(state.mind);
  if (!last || !cell || last.t < cell.start || last.t >= cell.end || pending.length > page.depth) return;
  let newest = last.t;
  for (const { t, value, statusCode, skewed } of pending) {
    if (t <= newest || typeof value !== 'number' || statusCode !== 'good' || skewed) return;
    newest = t;
  }
  page.inLane[slot] = true;
  page.newest[slot] = newest;
  page.border[slot] = border(newest);
  page.at[slot] = last.t;
  page.value[slot] = last.value;
  page.head[slot] = 0;
  page.queued[slot] = 0;
  page.newest[slot] = last.t;
  for (const { t, value, takenWithin } of pending) queue(page, slot, t, value as number, takenWithin ?? 0);
  page.until[slot] = cell.end;
  page.sum[slot] = cell.sum;
  page.carry[slot] = cell.carry;
  page.known[slot] = 0;
  page.readings[slot] = 0;
  page.least[slot] = Math.min(cell.trace.least ?? last.value, last.value);
  page.most[slot] = Math.max(cell.trace.most ?? last.value, last.value);
}

/** The last reading of a mind that has no doubts. */
function lastOf(mind: MeterMind): { readonly t: Ms; readonly value: number } | null {
  if (mind.kind === 'counter') {
    const { base, suspect, backTo, swaps } = mind.of;
    if (swaps?.due || swaps?.fitted) return null;
    if (!base || suspect || backTo !== null || base.statusCode !== 'good' || typeof base.count !== 'number')
      return null;
    return { t: base.t, value: base.count };
  }
  if (mind.kind !== 'gauge') return null;
  const { last, bad, unread } = mind.of;
  return last && !bad && unread === undefined && last.statusCode === 'good' ? last : null;
}

/** The meter as it is now. */
export function meterIn(page: MeterPage, slot: number, meter: MeterSpec): MeterState {
  const state = page.meters[slot]!;
  if (!page.inLane[slot]) return state;
  const known = page.known[slot]!;
  const { cell } = state;
  return {
    ...state,
    mind: mindIn(page, slot, state.mind),
    pending: pendingIn(page, slot),
    settled: [page.at[slot]!],
    cell: cell && {
      ...cell,
      sum: page.sum[slot]!,
      carry: page.carry[slot]!,
      measured: cell.measured + known,
      known: cell.known + known,
      resolution: known > 0 ? Math.max(cell.resolution, stepOf(meter, page.value[slot]!)) : cell.resolution,
      trace: traceIn(page, slot, cell, meter),
    },
  };
}

/** The cell's trace with the readings taken in the lane: the first stretch began at the reading with which it was entered. */
function traceIn(page: MeterPage, slot: number, { start, trace }: Accumulator, meter: MeterSpec): Trace {
  const readings = page.readings[slot]!;
  if (readings === 0) return trace;
  const { t, value } = lastOf(page.meters[slot]!.mind)!;
  const isRate = meter.kind === 'gauge';
  return {
    ...trace,
    start: trace.start ?? startOf(start, markOf(t, value), null),
    end: { before: markOf(page.at[slot]!, page.value[slot]!), after: null },
    readings: trace.readings + readings,
    least: isRate ? page.least[slot]! : null,
    most: isRate ? page.most[slot]! : null,
  };
}

/** A float32 register only rises in the lane, so its last step is its coarsest. */
const stepOf = (meter: MeterSpec, count: number): number =>
  meter.kind === 'counter' && meter.float32 ? float32Step(meter, count) : 0;

function mindIn(page: MeterPage, slot: number, mind: MeterMind): MeterMind {
  const t = page.at[slot]!;
  const value = page.value[slot]!;
  if (mind.kind === 'counter')
    return { kind: 'counter', of: { ...mind.of, base: { t, count: value, statusCode: 'good' } } };
  return { kind: 'gauge', of: { last: { t, value, statusCode: 'good' }, bad: null } };
}

const pendingIn = (page: MeterPage, slot: number): Reading[] =>
  Array.from({ length: page.queued[slot]! }, (_, nth): Reading => {
    const place = placeOf(page, slot, nth);
    const reading: Reading = {
      t: page.queuedAt[place]!,
      input: 0,
      value: page.queuedValue[place]!,
      statusCode: 'good',
    };
    const takenWithin = page.queuedWithin[place]!;
    return takenWithin > 0 ? { ...reading, takenWithin } : reading;
  });
