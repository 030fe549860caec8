import { isPassing, NEVER, type Reading } from '../meter/contract.ts';
import { bendOf, rampAmount } from '../meter/gauge.ts';
import type { Ms } from '../sample.ts';
import { add, type Gathered, getGathered, putGathered } from './gathered.ts';
import {
  AT,
  BEFORE,
  BEFORE_THAT,
  isInLane,
  type LanePages,
  PUT,
  ROW,
  SCALE_ROW,
  TAKEN,
  TAKEN_ROW,
  type TakenPage,
  timeIn,
  turnOf,
  UNTIL,
  UP_TO,
  VALUE,
  valueIn,
  type WaitingPage,
  WEIGHED_AT,
} from './page.ts';
import { WEIGHT } from './scale.ts';
import type { Lane } from './spec.ts';

/** What came of one meter's plain readings. */
export interface Row extends Gathered {
  /** How many of the readings put in, by the same count. */
  taken: number;
  at: Ms;
  value: number;
  before: Ms;
  beforeThat: Ms;
  weighedAt: Ms;
}

/** What came of the plain readings up to a time, those included that wait still; put into `row`. */
export function takenUpTo(pages: LanePages, slot: number, lane: Lane, upTo: Ms, row: Row): Row {
  const { waiting } = pages;
  getRow(pages, slot, lane, row);
  const put = waiting.rows[slot * ROW + PUT]!;
  const until = plainUntil(pages, slot);
  while (row.taken < put) {
    const turn = turnOf(waiting, row.taken);
    const t = timeIn(turn, slot);
    if (t > upTo || t >= until) return row;
    takeOne(row, lane, t, valueIn(turn, slot));
    row.taken++;
  }
  return row;
}

/** Readings in the ring may be taken up to here: where the cell ends, or where something waits that is not plain. */
export function plainUntil({ behind, waiting }: LanePages, slot: number): Ms {
  const until = waiting.rows[slot * ROW + UNTIL]!;
  const first = behind[slot]?.[0];
  return first === undefined ? until : Math.min(until, first.t);
}

export const emptyRow = (): Row => ({
  taken: 0,
  at: NEVER,
  value: 0,
  before: NEVER,
  beforeThat: NEVER,
  weighedAt: NEVER,
  sum: 0,
  carry: 0,
  known: 0,
  readings: 0,
  least: 0,
  most: 0,
});

function getRow({ waiting, taken }: LanePages, slot: number, lane: Lane, row: Row): void {
  row.taken = waiting.rows[slot * ROW + TAKEN]!;
  const own = slot * TAKEN_ROW;
  getGathered(taken.rows, own, row);
  row.at = taken.rows[own + AT]!;
  row.value = taken.rows[own + VALUE]!;
  if (lane.kind !== 'scale') return;
  const ofScale = slot * SCALE_ROW;
  row.before = taken.scales[ofScale + BEFORE]!;
  row.beforeThat = taken.scales[ofScale + BEFORE_THAT]!;
  row.weighedAt = taken.scales[ofScale + WEIGHED_AT]!;
}

/** Both pages may be written to. */
export function putRow(waiting: WaitingPage, page: TakenPage, slot: number, lane: Lane, row: Row): void {
  waiting.rows[slot * ROW + TAKEN] = row.taken;
  const own = slot * TAKEN_ROW;
  putGathered(page.rows, own, row);
  page.rows[own + AT] = row.at;
  page.rows[own + VALUE] = row.value;
  if (lane.kind !== 'scale') return;
  const ofScale = slot * SCALE_ROW;
  page.scales[ofScale + BEFORE] = row.before;
  page.scales[ofScale + BEFORE_THAT] = row.beforeThat;
  page.scales[ofScale + WEIGHED_AT] = row.weighedAt;
}

function takeOne(row: Row, lane: Lane, t: Ms, value: number): void {
  if (lane.kind === 'scale' && value === WEIGHT) {
    row.weighedAt = t;
    return;
  }
  add(row, amountTo(row, lane, t, value), t - row.at);
  goOn(row, lane, t, value);
  row.readings++;
}

/** The amount since the last reading; none of a scale, while no piece comes. */
export function amountTo({ at, value: last }: Row, { kind, scale }: Lane, t: Ms, value: number): number {
  if (kind === 'scale') return 0;
  return kind === 'register' ? (value - last) * scale : rampAmount(last, kind === 'held' ? last : value, t - at, scale);
}

/** How uneven it is (segment.ts). */
export const bendTo = ({ at, value: last }: Row, { kind, scale }: Lane, t: Ms, value: number): number =>
  kind === 'rate' ? bendOf(last, value, t - at, scale) : 0;

/** With a new last reading. */
export function goOn(row: Row, { kind }: Lane, t: Ms, value: number): void {
  if (kind === 'scale') {
    if (value & WEIGHT) row.weighedAt = t;
    row.beforeThat = row.before;
    row.before = row.at;
  } else {
    row.value = value;
    if (value < row.least) row.least = value;
    if (value > row.most) row.most = value;
  }
  row.at = t;
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
export function passedInLane(pages: LanePages, slot: number, lane: Lane, end: Ms): Ms | null {
  const { behind, waiting, taken } = pages;
  if (taken.rows[slot * TAKEN_ROW + AT]! >= end) return end;
  const row = slot * ROW;
  const later = passing(behind[slot]!, end);
  for (let nth = waiting.rows[row + TAKEN]!; nth < waiting.rows[row + PUT]!; nth++) {
    const turn = turnOf(waiting, nth);
    const t = timeIn(turn, slot);
    if (t < end || (lane.kind === 'scale' && valueIn(turn, slot) === WEIGHT)) continue;
    if (later !== null && later < t) return later;
    return t <= waiting.rows[row + UP_TO]! && t < plainUntil(pages, slot) ? end : t;
  }
  return later;
}

/** Of readings that wait, the time of the first with which the meter knows its quantity up to `end`. */
export const passing = (pending: readonly Reading[] | null, end: Ms): Ms | null =>
  pending?.find((reading) => reading.t >= end && isPassing(reading))?.t ?? null;
