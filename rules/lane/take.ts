import { lost } from '../accumulator.ts';
import { isPassing, NEVER, type Reading } from '../meter/contract.ts';
import { bendOf, rampAmount } from '../meter/gauge.ts';
import type { Ms } from '../sample.ts';
import { type LanePages, type TakenPage, turnOf } from './page.ts';
import { WEIGHT } from './scale.ts';
import type { Lane } from './spec.ts';

/** What came of one meter's plain readings. */
export type Row = { -readonly [Column in keyof TakenPage]: number };

/** What came of the plain readings up to a time, those included that wait still; put into `row`. */
export function takenUpTo(pages: LanePages, slot: number, lane: Lane, upTo: Ms, row: Row): Row {
  const { meters, waiting, taken } = pages;
  getRow(taken, slot, row);
  const put = waiting.put[slot]!;
  const until = meters.until[slot]!;
  while (row.taken < put) {
    const turn = turnOf(waiting, row.taken);
    const t = turn.at[slot]!;
    if (t > upTo || t >= until) return row;
    if (lane.kind === 'scale') takeShown(row, t, turn.value[slot]!);
    else takeAmount(row, lane, t, turn.value[slot]!);
    row.taken++;
  }
  return row;
}

export const emptyRow = (): Row => ({
  taken: 0,
  at: NEVER,
  before: NEVER,
  beforeThat: NEVER,
  weighedAt: NEVER,
  value: 0,
  sum: 0,
  carry: 0,
  known: 0,
  readings: 0,
  least: 0,
  most: 0,
});

function getRow(page: TakenPage, slot: number, row: Row): void {
  row.taken = page.taken[slot]!;
  row.at = page.at[slot]!;
  row.before = page.before[slot]!;
  row.beforeThat = page.beforeThat[slot]!;
  row.weighedAt = page.weighedAt[slot]!;
  row.value = page.value[slot]!;
  row.sum = page.sum[slot]!;
  row.carry = page.carry[slot]!;
  row.known = page.known[slot]!;
  row.readings = page.readings[slot]!;
  row.least = page.least[slot]!;
  row.most = page.most[slot]!;
}

export function putRow(page: TakenPage, slot: number, row: Row): void {
  page.taken[slot] = row.taken;
  page.at[slot] = row.at;
  page.before[slot] = row.before;
  page.beforeThat[slot] = row.beforeThat;
  page.weighedAt[slot] = row.weighedAt;
  page.value[slot] = row.value;
  page.sum[slot] = row.sum;
  page.carry[slot] = row.carry;
  page.known[slot] = row.known;
  page.readings[slot] = row.readings;
  page.least[slot] = row.least;
  page.most[slot] = row.most;
}

function takeAmount(row: Row, lane: Lane, t: Ms, value: number): void {
  add(row, amountTo(row, lane, t, value), t - row.at);
  goOn(row, t, value);
  row.readings++;
}

/** The amount since the last reading. */
export const amountTo = ({ at, value: last }: Row, { kind, scale }: Lane, t: Ms, value: number): number =>
  kind === 'register' ? (value - last) * scale : rampAmount(last, kind === 'held' ? last : value, t - at, scale);

/** How uneven it is (segment.ts). */
export const bendTo = ({ at, value: last }: Row, { kind, scale }: Lane, t: Ms, value: number): number =>
  kind === 'rate' ? bendOf(last, value, t - at, scale) : 0;

export function add(row: Row, amount: number, duration: Ms): void {
  row.carry += lost(row.sum, amount);
  row.sum += amount;
  row.known += duration;
}

/** With a new last reading. */
export function goOn(row: Row, t: Ms, value: number): void {
  row.at = t;
  row.value = value;
  if (value < row.least) row.least = value;
  if (value > row.most) row.most = value;
}

function takeShown(row: Row, t: Ms, tags: number): void {
  if (tags & WEIGHT) row.weighedAt = t;
  if (tags === WEIGHT) return;
  row.known += t - row.at;
  row.beforeThat = row.before;
  row.before = row.at;
  row.at = t;
  row.readings++;
}

/** Whether a reading is to be taken that lies beyond the cell, or is not plain. */
export function isOverdue({ meters, behind, waiting, taken }: LanePages, slot: number): boolean {
  if (!meters.inLane[slot]) return false;
  const upTo = waiting.upTo[slot]!;
  const until = meters.until[slot]!;
  for (let nth = taken.taken[slot]!; upTo >= until && nth < waiting.put[slot]!; nth++) {
    const t = turnOf(waiting, nth).at[slot]!;
    if (t >= until && t <= upTo) return true;
  }
  const next = behind[slot]?.[0];
  return next !== undefined && next.t <= upTo;
}

/** When the reading was made with which the meter knows its quantity up to `end`; null while there is none. */
export function passedInLane(
  { meters, behind, waiting, taken }: LanePages,
  slot: number,
  lane: Lane,
  end: Ms,
): Ms | null {
  if (taken.at[slot]! >= end) return end;
  for (let nth = taken.taken[slot]!; nth < waiting.put[slot]!; nth++) {
    const turn = turnOf(waiting, nth);
    const t = turn.at[slot]!;
    if (t < end || (lane.kind === 'scale' && turn.value[slot] === WEIGHT)) continue;
    return t <= waiting.upTo[slot]! && t < meters.until[slot]! ? end : t;
  }
  return passing(behind[slot]!, end);
}

/** Of readings that wait, the time of the first with which the meter knows its quantity up to `end`. */
export const passing = (pending: readonly Reading[] | null, end: Ms): Ms | null =>
  pending?.find((reading) => reading.t >= end && isPassing(reading))?.t ?? null;
