import type { Beginnings } from '../accumulator.ts';
import { byTime } from '../gather.ts';
import { NO_READINGS, type Reading } from '../meter/contract.ts';
import type { MeterMind } from '../meter/meter.ts';
import type { MeterSpec } from '../plan.ts';
import type { Ms } from '../sample.ts';
import type { MeterState } from '../state.ts';
import { amountsAt, lastOf } from './amounts.ts';
import { type LanePages, MOST_TURNS, PUT, ROW, timeIn, turnOf, valueIn, withinIn } from './page.ts';
import { saidBehind } from './plain.ts';
import { eventAfter, IDENTITY, type Shown, shownBy, WEIGHT } from './scale.ts';
import type { Lane } from './spec.ts';
import { emptyRow, type Row, takenUpTo } from './take.ts';

/** Where meters enter the lane and leave it. */

/** With what a meter enters; null where it is not plain: something in doubt, or its last reading outside its cell. */
export interface Start {
  readonly row: Row;
  /** Its newest reading that was taken. */
  readonly newest: Ms;
  readonly until: Ms;
  readonly shown: Shown | null;
}

export function startOfLane({ mind, cell, settled }: MeterState, lane: Lane): Start | null {
  const shown = mind.kind === 'event' ? shownBy(mind.of) : null;
  const last = mind.kind === 'event' ? shown && { t: mind.of.t, value: 0 } : lastOf(mind);
  if (!last || !cell || last.t < cell.start || last.t >= cell.end) return null;
  const { t, value } = last;
  if (lane.kind === 'register' && (value < lane.from || value >= lane.below)) return null;
  const weighedAt = mind.kind === 'event' ? mind.of.weighedAt : t;
  const newest = Math.max(t, weighedAt);
  if (settled.some((at) => at > newest)) return null;
  const row: Row = {
    taken: firstTurn(newest, lane) + 1,
    at: t,
    before: t,
    beforeThat: t,
    weighedAt,
    value,
    sum: cell.sum,
    carry: cell.carry,
    known: 0,
    readings: 0,
    least: Math.min(cell.trace.least ?? value, value),
    most: Math.max(cell.trace.most ?? value, value),
  };
  return { row, newest, until: cell.end, shown };
}

/** Readings of one poll stand in one turn, whenever their meters entered: a step copies few of the turns then. */
const firstTurn = (newest: Ms, { periodMs }: Lane): number => Math.floor(newest / periodMs) % MOST_TURNS;

/** The meter as it is with the readings up to a time taken, of which `row` is left with what came. */
export function meterAt(
  pages: LanePages,
  slot: number,
  lane: Lane,
  upTo: Ms,
  meter: MeterSpec,
  beginnings: Beginnings,
  row: Row = emptyRow(),
): MeterState {
  const state = pages.meters.meters[slot]!;
  takenUpTo(pages, slot, lane, upTo, row);
  return {
    ...state,
    mind: mindAfter(state.mind, row),
    pending: pendingFrom(pages, slot, lane, row.taken),
    settled: settledAfter(state, row),
    ...amountsAt(pages, slot, meter, row, beginnings),
  };
}

function settledAfter({ mind, settled }: MeterState, { at, readings, weighedAt }: Row): MeterState['settled'] {
  const own = readings > 0 ? at : settled[0]!;
  if (mind.kind !== 'event') return [own];
  return [own, weighedAt > mind.of.weighedAt ? weighedAt : settled[1]!];
}

function mindAfter(mind: MeterMind, row: Row): MeterMind {
  if (mind.kind === 'event') return { kind: 'event', of: eventAfter(mind.of, row) };
  const { at: t, value } = row;
  if (mind.kind === 'counter')
    return { kind: 'counter', of: { ...mind.of, base: { t, count: value, statusCode: 'good' } } };
  return { kind: 'gauge', of: { last: { t, value, statusCode: 'good' }, bad: null } };
}

/** The readings that wait still: the plain ones from the nth on, and those behind them, with their echoes. */
function pendingFrom(pages: LanePages, slot: number, lane: Lane, first: number): readonly Reading[] {
  const { behind, waiting } = pages;
  const pending: Reading[] = [];
  for (let nth = first; nth < waiting.rows[slot * ROW + PUT]!; nth++) {
    const turn = turnOf(waiting, nth);
    const [t, value, within] = [timeIn(turn, slot), valueIn(turn, slot), withinIn(turn, slot)];
    if (lane.kind !== 'scale') pending.push(goodReading(t, 0, value, within));
    else {
      if (value & WEIGHT) pending.push(goodReading(t, 1, saidBehind(pages, slot, 1, t), within));
      if (value & IDENTITY) pending.push(goodReading(t, 0, saidBehind(pages, slot, 0, t), within));
    }
  }
  for (const reading of behind[slot] ?? NO_READINGS) {
    let place = pending.length;
    while (place > 0 && byTime(pending[place - 1]!, reading) > 0) place--;
    pending.splice(place, 0, reading);
  }
  return pending;
}

const goodReading = (t: Ms, input: number, value: Reading['value'], takenWithin: Ms): Reading =>
  takenWithin > 0 ? { t, input, value, statusCode: 'good', takenWithin } : { t, input, value, statusCode: 'good' };
