import { type Accumulator, type Beginnings, combine, emptyAccumulator, lost } from '../accumulator.ts';
import type { Border } from '../evaluation.ts';
import { NEVER } from '../meter/contract.ts';
import { float32Step } from '../meter/counter.ts';
import type { MeterMind } from '../meter/meter.ts';
import type { MeterSpec } from '../plan.ts';
import type { Ms } from '../sample.ts';
import type { MeterState } from '../state.ts';
import { endOf, markOf, startOf, type Trace } from '../trace.ts';
import { type Gathered, getGathered } from './gathered.ts';
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
  ROW,
  START,
  UNTIL,
} from './page.ts';
import type { Row } from './take.ts';

/** What a meter in the lane has gathered, as it would stand outside. */

type Amounts = Pick<MeterState, 'open' | 'outer' | 'cell'>;

export function amountsAt(pages: LanePages, slot: number, meter: MeterSpec, row: Row, beginnings: Beginnings): Amounts {
  const { mind, open, outer, cell } = pages.meters.meters[slot]!;
  const start = pages.crossed[slot * CROSSED_ROW + START]!;
  const end: Border = { before: markOf(row.at, row.value), after: null };
  if (start === NEVER) return { open, outer, cell: withRow(cell!, enteredAt(mind, cell!.start), end, meter, row) };
  const shortest = beginnings.of(0, start, pages.waiting.rows[slot * ROW + UNTIL]!);
  const ended = endedAt(pages, slot, meter);
  const ofOuter = getPart(pages.crossed, slot, OUTER, emptyPart());
  return {
    open: open.with(0, ended ? [ended, ...shortest] : shortest),
    outer: withRow(outer!, null, borderAt(pages.crossed, slot, BORDER_AT_START), meter, ofOuter),
    cell: withRow(shortest[0], borderAt(pages.crossed, slot, BORDER_AT_START), end, meter, row),
  };
}

/** What was gathered for the window that has ended; null while there is none to be closed. `row` is written to. */
export function endedAt(
  { meters, crossed }: LanePages,
  slot: number,
  meter: MeterSpec,
  row: Part = emptyPart(),
): Accumulator | null {
  const start = crossed[slot * CROSSED_ROW + ENDED_START]!;
  if (start === NEVER) return null;
  getPart(crossed, slot, ENDED, row);
  const end = borderAt(crossed, slot, BORDER_AT_START);
  if (crossed[slot * CROSSED_ROW + IS_FIRST] === 1) {
    const { mind, open, cell } = meters.meters[slot]!;
    return combine(open[0]![0]!, withRow(cell!, enteredAt(mind, start), end, meter, row));
  }
  const empty = emptyAccumulator(start, crossed[slot * CROSSED_ROW + START]!);
  putToNothing(row);
  return withRow(empty, borderAt(crossed, slot, BORDER_AT_ENDED), end, meter, row);
}

/** As `combine` does. */
function putToNothing(row: Part): void {
  const { sum, carry } = row;
  row.sum = sum + carry;
  row.carry = lost(sum, carry);
}

type Part = Gathered & Pick<Row, 'value'>;

const emptyPart = (): Part => ({ sum: 0, carry: 0, known: 0, readings: 0, least: 0, most: 0, value: 0 });

/** The outer cell's and the ended window's were told up to the reading at the last border, or behind it. */
function getPart(crossed: CrossedPage, slot: number, place: number, into: Part): Part {
  const own = slot * CROSSED_ROW;
  getGathered(crossed, own + place, into);
  into.value = crossed[own + BORDER_AT_START + 3]!;
  return into;
}

/** What was gathered before, with what came in the lane between two borders. */
export function withRow(
  before: Accumulator,
  start: Border | null,
  end: Border,
  meter: MeterSpec,
  row: Part,
): Accumulator {
  return {
    start: before.start,
    end: before.end,
    sum: row.sum,
    carry: row.carry,
    measured: before.measured + row.known,
    known: before.known + row.known,
    uncertain: before.uncertain,
    uncertainPieces: before.uncertainPieces,
    flags: before.flags,
    settled: before.settled,
    resolution: row.known > 0 ? Math.max(before.resolution, stepOf(meter, row.value)) : before.resolution,
    trace: traceOf(before.trace, start, end, meter, row),
  };
}

/** The first stretch began at `start`; of a scale, which has no amounts between readings, nothing is told of stretches. */
function traceOf(trace: Trace, start: Border | null, end: Border, { kind }: MeterSpec, row: Gathered): Trace {
  if (row.readings === 0 && row.known === 0) return trace;
  const readings = trace.readings + row.readings;
  if (row.known === 0 || kind === 'event') return { ...trace, readings };
  const isRate = kind === 'gauge';
  return {
    ...trace,
    start: trace.start ?? start,
    end,
    readings,
    least: isRate ? row.least : null,
    most: isRate ? row.most : null,
  };
}

/** The reading with which the meter entered the lane; null of a scale. */
export function enteredAt(mind: MeterMind, start: Ms): Border | null {
  const entered = lastOf(mind);
  return entered && startOf(start, markOf(entered.t, entered.value), null);
}

/** The last reading of a mind that has no doubts. */
export function lastOf(mind: MeterMind): { readonly t: Ms; readonly value: number } | null {
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

/** The readings about the border at the end of the window that has ended, or at its start; `place` is where they stand. */
function borderAt(crossed: CrossedPage, slot: number, place: number): Border {
  const own = slot * CROSSED_ROW;
  const from = own + place;
  const border = crossed[own + (place === BORDER_AT_START ? START : ENDED_START)]!;
  return endOf(border, markOf(crossed[from]!, crossed[from + 1]!), markOf(crossed[from + 2]!, crossed[from + 3]!));
}

/** A float32 register only rises in the lane, from zero on, so its last step is its coarsest. */
const stepOf = (meter: MeterSpec, count: number): number =>
  meter.kind === 'counter' && meter.float32 ? float32Step(meter, count) : 0;
