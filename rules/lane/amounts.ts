import { type Accumulator, emptyAccumulator } from '../accumulator.ts';
import type { Border } from '../evaluation.ts';
import { NEVER } from '../meter/contract.ts';
import { float32Step } from '../meter/counter.ts';
import type { MeterMind } from '../meter/meter.ts';
import type { MeterSpec } from '../plan.ts';
import type { Ms } from '../sample.ts';
import type { MeterState } from '../state.ts';
import { endOf, markOf, startOf, type Trace } from '../trace.ts';
import { type CrossedPage, type LanePages, ROW, UNTIL } from './page.ts';
import type { Row } from './take.ts';

/** What a meter in the lane has gathered, as it would stand outside. */

type Amounts = Pick<MeterState, 'open' | 'outer' | 'cell'>;

export function amountsAt(pages: LanePages, slot: number, meter: MeterSpec, row: Row): Amounts {
  const { open, outer } = pages.meters.meters[slot]!;
  const { crossed } = pages;
  const cell = cellOf(pages, slot, meter, row, { before: markOf(row.at, row.value), after: null });
  if (crossed.start[slot] === NEVER) return { open, outer, cell };
  const shortest = emptyAccumulator(cell.start, cell.end);
  const ended = crossed.ended[slot]!;
  return {
    open: open.with(0, ended ? [ended, shortest] : [shortest]),
    outer: outer && outerAt(outer, crossed, slot, meter),
    cell,
  };
}

/** The cell with what came in the lane, up to `end`. */
export function cellOf(
  { meters, waiting, crossed }: LanePages,
  slot: number,
  meter: MeterSpec,
  row: Row,
  end: Border,
): Accumulator {
  const start = crossed.start[slot]!;
  const { mind, cell } = meters.meters[slot]!;
  const before = start === NEVER ? cell! : emptyAccumulator(start, waiting.rows[slot * ROW + UNTIL]!);
  return {
    ...before,
    sum: row.sum,
    carry: row.carry,
    measured: before.measured + row.known,
    known: before.known + row.known,
    resolution: row.known > 0 ? Math.max(before.resolution, stepOf(meter, row.value)) : before.resolution,
    trace: traceOf(
      before.trace,
      start === NEVER ? enteredAt(mind, before.start) : borderAt(crossed, slot),
      end,
      meter,
      row,
    ),
  };
}

/** The first stretch began at `start`. */
function traceOf(trace: Trace, start: Border | null, end: Border, { kind }: MeterSpec, row: Row): Trace {
  if (row.readings === 0 && row.known === 0) return trace;
  const readings = trace.readings + row.readings;
  if (row.known === 0 || !start) return { ...trace, readings };
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
function enteredAt(mind: MeterMind, start: Ms): Border | null {
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

function outerAt(outer: Accumulator, crossed: CrossedPage, slot: number, meter: MeterSpec): Accumulator {
  const known = crossed.known[slot]!;
  const isRate = meter.kind === 'gauge';
  return {
    ...outer,
    sum: crossed.sum[slot]!,
    carry: crossed.carry[slot]!,
    measured: outer.measured + known,
    known: outer.known + known,
    resolution: Math.max(outer.resolution, stepOf(meter, crossed.toValue[slot]!)),
    trace: {
      ...outer.trace,
      end: borderAt(crossed, slot),
      readings: outer.trace.readings + crossed.readings[slot]!,
      least: isRate ? crossed.least[slot]! : null,
      most: isRate ? crossed.most[slot]! : null,
    },
  };
}

/** The readings about the last border that was crossed. */
const borderAt = ({ start, fromAt, fromValue, toAt, toValue }: CrossedPage, slot: number): Border =>
  endOf(start[slot]!, markOf(fromAt[slot]!, fromValue[slot]!), markOf(toAt[slot]!, toValue[slot]!));

/** A float32 register only rises in the lane, from zero on, so its last step is its coarsest. */
const stepOf = (meter: MeterSpec, count: number): number =>
  meter.kind === 'counter' && meter.float32 ? float32Step(meter, count) : 0;
