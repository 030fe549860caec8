import { type Accumulator, combine } from '../accumulator.ts';
import type { Border } from '../evaluation.ts';
import { cellAt } from '../gather.ts';
import type { Window } from '../interval.ts';
import { FOREVER, NEVER } from '../meter/contract.ts';
import type { MeterSpec } from '../plan.ts';
import type { Ms } from '../sample.ts';
import { amountBefore } from '../segment.ts';
import type { MeterState } from '../state.ts';
import { endOf, markOf } from '../trace.ts';
import { enteredAt, withRow } from './amounts.ts';
import { add, addGathered, putGathered } from './gathered.ts';
import {
  BORDER_AT_ENDED,
  BORDER_AT_START,
  CROSSED_ROW,
  type CrossedPage,
  ENDED,
  ENDED_START,
  IS_FIRST,
  type LanePages,
  OUTER,
  OUTER_END,
  PUT,
  ROW,
  START,
  timeIn,
  turnOf,
  UNTIL,
  UP_TO,
  valueIn,
} from './page.ts';
import { WEIGHT } from './scale.ts';
import type { Lane } from './spec.ts';
import { amountTo, bendTo, goOn, type Row } from './take.ts';

/**
 * Where a meter in the lane passes the end of a window of the shortest kind, and of no other: what its cell has gathered
 * goes to that window and to the outer cell, and the cell begins anew; as gather.ts has it. It is numbers that are kept,
 * and made into what they stand for when the window is closed: an object of every meter, kept for as long as a window is
 * open, would cost a large plant more than all else.
 */

/** Whether the meter has gone from one cell into another since it entered the lane. */
export const hasCrossed = (crossed: CrossedPage, slot: number): boolean =>
  crossed[slot * CROSSED_ROW + START] !== NEVER;

export function beginUncrossed(crossed: CrossedPage, slot: number): void {
  crossed[slot * CROSSED_ROW + START] = NEVER;
  crossed[slot * CROSSED_ROW + ENDED_START] = NEVER;
}

/** Whether the reading that is next after `row` takes the meter from its cell into the `next` one, and it may stay in the lane. */
export function crosses(pages: LanePages, slot: number, lane: Lane, next: Window, row: Row): boolean {
  const { meters, behind, waiting, crossed } = pages;
  const own = slot * ROW;
  if (row.taken === waiting.rows[own + PUT] || crossed[slot * CROSSED_ROW + ENDED_START] !== NEVER) return false;
  const turn = turnOf(waiting, row.taken);
  const t = timeIn(turn, slot);
  const isIn =
    t >= next.start && t < next.end && t <= waiting.rows[own + UP_TO]! && next.start === waiting.rows[own + UNTIL];
  const isEcho = (behind[slot]?.[0]?.t ?? FOREVER) <= t;
  if (!isIn || isEcho || (lane.kind === 'scale' && valueIn(turn, slot) === WEIGHT)) return false;
  if (hasCrossed(crossed, slot)) return next.end <= crossed[slot * CROSSED_ROW + OUTER_END]!;
  return mayCrossFirst(meters.meters[slot]!, next);
}

function mayCrossFirst({ outer, cell, open }: MeterState, next: Window): boolean {
  if (!isOnly(open[0]!, cell!)) return false;
  if (!outer) return next.end <= (longerAt(open, cell!)?.end ?? NEVER);
  return outer.start <= cell!.start && next.end <= outer.end;
}

/** The stretch about a cell between the borders of all windows but the shortest; null where there are no others. */
const longerAt = ([, ...longer]: MeterState['open'], { start }: Accumulator): Accumulator | null =>
  longer.length > 0 ? cellAt(longer, start) : null;

const isOnly = ([first, ...more]: readonly Accumulator[], { start, end }: Accumulator): boolean =>
  first?.start === start && first.end === end && more.length === 0;

/**
 * Takes the reading that `crosses`; `crossed` may be written to. `row` is left as the next cell begins. The first time
 * since the meter entered the lane the outer cell is returned that it has from now on, to be gone on from with `crossed`;
 * null later on, when all that is asked for stands in the rows: the meter itself lies far away.
 */
export function cross(
  pages: LanePages,
  crossed: CrossedPage,
  slot: number,
  lane: Lane,
  meter: MeterSpec,
  row: Row,
): Accumulator | null {
  const border = pages.waiting.rows[slot * ROW + UNTIL]!;
  const turn = turnOf(pages.waiting, row.taken);
  const [t, value] = [timeIn(turn, slot), valueIn(turn, slot)];
  const [from, fromValue] = [row.at, row.value];
  const amount = amountTo(row, lane, t, value);
  const part = amountBefore({ start: from, end: t, amount, bend: bendTo(row, lane, t, value) }, border);
  add(row, part, border - from);
  goOn(row, lane, t, value);
  const outer = hasCrossed(crossed, slot)
    ? null
    : firstOuter(pages.meters.meters[slot]!, endOf(border, markOf(from, fromValue), markOf(t, value)), meter, row);
  if (outer) {
    beginOuter(crossed, slot, outer);
    putEnded(crossed, slot, pages.meters.meters[slot]!.cell!.start, row);
  } else {
    addGathered(crossed, slot * CROSSED_ROW + OUTER, row);
    putEnded(crossed, slot, crossed[slot * CROSSED_ROW + START]!, row);
  }
  const own = slot * CROSSED_ROW;
  crossed[own + IS_FIRST] = outer ? 1 : 0;
  crossed[own + START] = border;
  crossed[own + BORDER_AT_START] = from;
  crossed[own + BORDER_AT_START + 1] = fromValue;
  crossed[own + BORDER_AT_START + 2] = t;
  crossed[own + BORDER_AT_START + 3] = value;
  begin(row, t === border ? value : Math.min(fromValue, value), t === border ? value : Math.max(fromValue, value));
  add(row, amount - part, t - border);
  return outer;
}

/** The outer cell with the first cell, which ends `at` a border. */
const firstOuter = ({ mind, open, outer, cell }: MeterState, at: Border, meter: MeterSpec, row: Row): Accumulator =>
  combine(outer ?? longerAt(open, cell!)!, withRow(cell!, enteredAt(mind, cell!.start), at, meter, row));

function beginOuter(crossed: CrossedPage, slot: number, { end, sum, carry, trace }: Accumulator): void {
  const [least, most] = [trace.least ?? 0, trace.most ?? 0];
  crossed[slot * CROSSED_ROW + OUTER_END] = end;
  putGathered(crossed, slot * CROSSED_ROW + OUTER, { sum, carry, known: 0, readings: 0, least, most });
}

/** The cell has ended: what it has gathered is its window's, and its start the window's. */
function putEnded(crossed: CrossedPage, slot: number, start: Ms, row: Row): void {
  const own = slot * CROSSED_ROW;
  crossed[own + ENDED_START] = start;
  putGathered(crossed, own + ENDED, row);
  for (let nth = 0; nth < 4; nth++) crossed[own + BORDER_AT_ENDED + nth] = crossed[own + BORDER_AT_START + nth]!;
}

/** The next cell, with the reading that was made in it. */
function begin(row: Row, least: number, most: number): void {
  row.taken++;
  row.sum = 0;
  row.carry = 0;
  row.known = 0;
  row.readings = 1;
  row.least = least;
  row.most = most;
}
