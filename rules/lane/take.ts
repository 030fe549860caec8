import { lost } from '../accumulator.ts';
import { isPassing, NEVER, type Reading } from '../meter/contract.ts';
import { bendOf, rampAmount } from '../meter/gauge.ts';
import type { Ms } from '../sample.ts';
import {
  isInLane,
  type LanePages,
  PUT,
  ROW,
  TAKEN,
  type TakenPage,
  timeIn,
  turnOf,
  UNTIL,
  UP_TO,
  valueIn,
  type WaitingPage,
} from './page.ts';
import { WEIGHT } from './scale.ts';
import type { Lane } from './spec.ts';

/** What came of one meter's plain readings. */
export type Row = { -readonly [Column in keyof TakenPage]: number } & {
  /** How many of the readings put in, by the same count. */
  taken: number;
};

/** What came of the plain readings up to a time, those included that wait still; put into `row`. */
export function takenUpTo(pages: LanePages, slot: number, lane: Lane, upTo: Ms, row: Row): Row {
  const { waiting } = pages;
  getRow(pages, slot, row);
  const put = waiting.rows[slot * ROW + PUT]!;
  const until = waiting.rows[slot * ROW + UNTIL]!;
  while (row.taken < put) {
    const turn = turnOf(waiting, row.taken);
    const t = timeIn(turn, slot);
    if (t > upTo || t >= until) return row;
    if (lane.kind === 'scale') takeShown(row, t, valueIn(turn, slot));
    else takeAmount(row, lane, t, valueIn(turn, slot));
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

function getRow({ waiting, taken: page }: LanePages, slot: number, row: Row): void {
  row.taken = waiting.rows[slot * ROW + TAKEN]!;
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

/** Both pages may be written to. */
export function putRow({ rows }: WaitingPage, page: TakenPage, slot: number, row: Row): void {
  rows[slot * ROW + TAKEN] = row.taken;
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
export function isOverdue(pages: LanePages, slot: number): boolean {
  if (!isInLane(pages, slot)) return false;
  const { waiting, behind } = pages;
  const row = slot * ROW;
  const [upTo, until, put] = [waiting.rows[row + UP_TO]!, waiting.rows[row + UNTIL]!, waiting.rows[row + PUT]!];
  for (let nth = waiting.rows[row + TAKEN]!; upTo >= until && nth < put; nth++) {
    const t = timeIn(turnOf(waiting, nth), slot);
    if (t >= until && t <= upTo) return true;
  }
  const next = behind[slot]?.[0];
  return next !== undefined && next.t <= upTo;
}

/** When the reading was made with which the meter knows its quantity up to `end`; null while there is none. */
export function passedInLane({ behind, waiting, taken }: LanePages, slot: number, lane: Lane, end: Ms): Ms | null {
  if (taken.at[slot]! >= end) return end;
  const row = slot * ROW;
  for (let nth = waiting.rows[row + TAKEN]!; nth < waiting.rows[row + PUT]!; nth++) {
    const turn = turnOf(waiting, nth);
    const t = timeIn(turn, slot);
    if (t < end || (lane.kind === 'scale' && valueIn(turn, slot) === WEIGHT)) continue;
    return t <= waiting.rows[row + UP_TO]! && t < waiting.rows[row + UNTIL]! ? end : t;
  }
  return passing(behind[slot]!, end);
}

/** Of readings that wait, the time of the first with which the meter knows its quantity up to `end`. */
export const passing = (pending: readonly Reading[] | null, end: Ms): Ms | null =>
  pending?.find((reading) => reading.t >= end && isPassing(reading))?.t ?? null;
