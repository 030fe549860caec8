import type { Accumulator } from '../accumulator.ts';
import type { Reading } from '../meter/contract.ts';
import { float32Step } from '../meter/counter.ts';
import type { MeterMind } from '../meter/meter.ts';
import type { MeterSpec } from '../plan.ts';
import type { Ms } from '../sample.ts';
import type { MeterState } from '../state.ts';
import { markOf, startOf, type Trace } from '../trace.ts';
import { type LanePages, MOST_TURNS, turnOf } from './page.ts';
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
  const shown = mind.kind === 'event' ? shownBy(mind.of, lane.scale) : null;
  const last = mind.kind === 'event' ? (shown ? { t: mind.of.t, value: 0 } : null) : lastOf(mind);
  if (!last || !cell || last.t < cell.start || last.t >= cell.end) return null;
  const { t, value } = last;
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

/** The meter as it is with the readings up to a time taken, of which `row` is left with what came. */
export function meterAt(
  pages: LanePages,
  slot: number,
  lane: Lane,
  upTo: Ms,
  meter: MeterSpec,
  row: Row = emptyRow(),
): MeterState {
  const state = pages.meters.meters[slot]!;
  takenUpTo(pages, slot, lane, upTo, row);
  const { cell } = state;
  return {
    ...state,
    mind: mindAfter(state.mind, row),
    pending: pendingFrom(pages, slot, lane, row.taken),
    settled: settledAfter(state, row),
    cell: cell && {
      ...cell,
      sum: row.sum,
      carry: row.carry,
      measured: cell.measured + row.known,
      known: cell.known + row.known,
      resolution: row.known > 0 ? Math.max(cell.resolution, stepOf(meter, row.value)) : cell.resolution,
      trace: traceAfter(state, cell, row),
    },
  };
}

function settledAfter({ mind, settled }: MeterState, { at, readings, weighedAt }: Row): MeterState['settled'] {
  const own = readings > 0 ? at : settled[0]!;
  if (mind.kind !== 'event') return [own];
  return [own, weighedAt > mind.of.weighedAt ? weighedAt : settled[1]!];
}

/** The cell's trace with the readings taken in the lane: the first stretch began at the reading with which it was entered. */
function traceAfter({ mind }: MeterState, { start, trace }: Accumulator, row: Row): Trace {
  if (row.readings === 0) return trace;
  const readings = trace.readings + row.readings;
  const entered = lastOf(mind);
  if (!entered) return { ...trace, readings };
  const isRate = mind.kind === 'gauge';
  return {
    ...trace,
    start: trace.start ?? startOf(start, markOf(entered.t, entered.value), null),
    end: { before: markOf(row.at, row.value), after: null },
    readings,
    least: isRate ? row.least : null,
    most: isRate ? row.most : null,
  };
}

/** A float32 register only rises in the lane, so its last step is its coarsest. */
const stepOf = (meter: MeterSpec, count: number): number =>
  meter.kind === 'counter' && meter.float32 ? float32Step(meter, count) : 0;

function mindAfter(mind: MeterMind, row: Row): MeterMind {
  if (mind.kind === 'event') return { kind: 'event', of: eventAfter(mind.of, row) };
  const { at: t, value } = row;
  if (mind.kind === 'counter')
    return { kind: 'counter', of: { ...mind.of, base: { t, count: value, statusCode: 'good' } } };
  return { kind: 'gauge', of: { last: { t, value, statusCode: 'good' }, bad: null } };
}

/** The readings that wait still: the plain ones from the nth on, and those behind them. */
function pendingFrom(
  { meters, behind, waiting }: LanePages,
  slot: number,
  lane: Lane,
  first: number,
): readonly Reading[] {
  const pending: Reading[] = [];
  for (let nth = first; nth < waiting.put[slot]!; nth++) {
    const turn = turnOf(waiting, nth);
    const [t, value, within] = [turn.at[slot]!, turn.value[slot]!, turn.within[slot]!];
    if (lane.kind !== 'scale') pending.push(goodReading(t, 0, value, within));
    else {
      if (value & WEIGHT) pending.push(goodReading(t, 1, meters.weight[slot]!, within));
      if (value & IDENTITY) pending.push(goodReading(t, 0, meters.identity[slot]!, within));
    }
  }
  const later = behind[slot];
  return later ? [...pending, ...later] : pending;
}

const goodReading = (t: Ms, input: number, value: Reading['value'], takenWithin: Ms): Reading =>
  takenWithin > 0 ? { t, input, value, statusCode: 'good', takenWithin } : { t, input, value, statusCode: 'good' };
