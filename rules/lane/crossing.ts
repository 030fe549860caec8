import { type Accumulator, combine, emptyAccumulator, lost } from '../accumulator.ts';
import { cellAt } from '../gather.ts';
import type { Window } from '../interval.ts';
import { NEVER } from '../meter/contract.ts';
import type { MeterSpec } from '../plan.ts';
import type { Ms } from '../sample.ts';
import { amountBefore } from '../segment.ts';
import type { MeterState } from '../state.ts';
import { endOf, markOf, NO_TRACE } from '../trace.ts';
import { cellOf } from './amounts.ts';
import { type CrossedPage, type LanePages, PUT, ROW, timeIn, turnOf, UNTIL, UP_TO, valueIn } from './page.ts';
import type { Lane } from './spec.ts';
import { add, amountTo, bendTo, goOn, type Row } from './take.ts';

/**
 * Where a meter in the lane passes the end of a window of the shortest kind, and of no other: what its cell has gathered
 * goes to that window and to the outer cell, and the cell begins anew; as gather.ts has it.
 */

/** Whether the reading that is next after `row` takes the meter from its cell into the `next` one, and it may stay in the lane. */
export function crosses(pages: LanePages, slot: number, lane: Lane, next: Window, row: Row): boolean {
  const { meters, waiting, crossed } = pages;
  const own = slot * ROW;
  if (lane.kind === 'scale' || row.taken === waiting.rows[own + PUT] || crossed.ended[slot] !== null) return false;
  const t = timeIn(turnOf(waiting, row.taken), slot);
  const isIn = t >= next.start && t < next.end && t <= waiting.rows[own + UP_TO]!;
  return isIn && next.start === waiting.rows[own + UNTIL] && mayCross(meters.meters[slot]!, crossed.start[slot]!, next);
}

function mayCross({ outer, cell, open }: MeterState, start: Ms, next: Window): boolean {
  if (start !== NEVER) return next.end <= outer!.end;
  if (!isUndoubted(cell!) || !isOnly(open[0]!, cell!)) return false;
  if (!outer) return next.end <= (longerAt(open, cell!)?.end ?? NEVER);
  return outer.trace.start !== null && outer.start <= cell!.start && next.end <= outer.end;
}

/** The stretch about a cell between the borders of all windows but the shortest; null where there are no others. */
const longerAt = ([, ...longer]: MeterState['open'], { start }: Accumulator): Accumulator | null =>
  longer.length > 0 ? cellAt(longer, start) : null;

/** Whether it says nothing that the lane's pages do not. */
const isUndoubted = ({ measured, known, uncertain, uncertainPieces, flags, settled, trace }: Accumulator): boolean =>
  measured === known &&
  uncertain + uncertainPieces + settled + trace.bad + trace.glitches === 0 &&
  flags.length === 0 &&
  trace.scale === null;

const isOnly = ([first, ...more]: readonly Accumulator[], { start, end }: Accumulator): boolean =>
  first?.start === start && first.end === end && more.length === 0;

/**
 * Takes the reading that `crosses`; `crossed` may be written to. `row` is left as the next cell begins; the outer cell is
 * returned that the meter has from now on, to be gone on from with `crossed`.
 */
export function cross(
  pages: LanePages,
  crossed: CrossedPage,
  slot: number,
  lane: Lane,
  meter: MeterSpec,
  row: Row,
): Accumulator {
  const border = pages.waiting.rows[slot * ROW + UNTIL]!;
  const turn = turnOf(pages.waiting, row.taken);
  const [t, value] = [timeIn(turn, slot), valueIn(turn, slot)];
  const [from, fromValue] = [row.at, row.value];
  const amount = amountTo(row, lane, t, value);
  const part = amountBefore({ start: from, end: t, amount, bend: bendTo(row, lane, t, value) }, border);
  add(row, part, border - from);
  goOn(row, t, value);
  const cell = cellOf(pages, slot, meter, row, endOf(border, markOf(from, fromValue), markOf(t, value)));
  const outer = end(pages.meters.meters[slot]!, crossed, slot, cell);
  crossed.start[slot] = border;
  crossed.fromAt[slot] = from;
  crossed.fromValue[slot] = fromValue;
  crossed.toAt[slot] = t;
  crossed.toValue[slot] = value;
  begin(row, t === border ? value : Math.min(fromValue, value), t === border ? value : Math.max(fromValue, value));
  add(row, amount - part, t - border);
  return outer;
}

/** What a cell has gathered goes to its window, and to the outer cell, which is returned as it was before. */
function end({ open, outer: own }: MeterState, crossed: CrossedPage, slot: number, cell: Accumulator): Accumulator {
  const outer = own ?? { ...longerAt(open, cell)!, trace: { ...NO_TRACE, start: cell.trace.start } };
  const isFirst = crossed.start[slot] === NEVER;
  crossed.ended[slot] = combine(isFirst ? open[0]![0]! : emptyAccumulator(cell.start, cell.end), cell);
  if (isFirst) beginOuter(crossed, slot, outer, cell);
  const before = crossed.sum[slot]!;
  const sum = before + cell.sum;
  crossed.carry[slot] = crossed.carry[slot]! + lost(before, cell.sum) + lost(sum, cell.carry);
  crossed.sum[slot] = sum + cell.carry;
  crossed.known[slot]! += cell.known;
  crossed.readings[slot]! += cell.trace.readings;
  const { least, most } = cell.trace;
  if (least !== null && least < crossed.least[slot]!) crossed.least[slot] = least;
  if (most !== null && most > crossed.most[slot]!) crossed.most[slot] = most;
  return outer;
}

function beginOuter(crossed: CrossedPage, slot: number, { sum, carry, trace }: Accumulator, first: Accumulator): void {
  crossed.sum[slot] = sum;
  crossed.carry[slot] = carry;
  crossed.known[slot] = 0;
  crossed.readings[slot] = 0;
  crossed.least[slot] = trace.least ?? first.trace.least ?? 0;
  crossed.most[slot] = trace.most ?? first.trace.most ?? 0;
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
