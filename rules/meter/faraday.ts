import type { CellsEntry } from '../entry.ts';
import type { FaradayOptions } from '../options.ts';
import type { Ms } from '../sample.ts';
import { cut, type Segment, times } from '../segment.ts';
import type { Longer, Period } from '../settlement.ts';
import type { Seen } from '../trace.ts';
import {
  type Cells,
  cellHours,
  MOST_KEPT,
  overdue,
  type Point,
  standing,
  withCells,
  withPoint,
  withTold,
} from './cells.ts';
import { type Charge, chargeBetween, chargeFrom, inCells, withCharge } from './charge.ts';
import {
  type Break,
  beyond,
  broken,
  FOREVER,
  type Known,
  knownOf,
  mended,
  NEVER,
  newest,
  nothing,
  type Outcome,
  type Reading,
} from './contract.ts';
import { follows, ramp } from './gauge.ts';

export interface FaradayState extends Break {
  /** The newest reading of the current, after older ones for which a change of cells may still come. */
  readonly points: readonly Point[];
  readonly cells: readonly Cells[];
  /** Up to when the cells are known. */
  readonly cellsHeardAt: Ms;
  /** Only where no tag tells the cells, but an operator may. */
  readonly charge?: Charge;
  readonly stock: Stock;
  /** Closed periods that may still be settled, or settled anew, oldest first. */
  readonly periods: readonly Period[];
  readonly longer: readonly Longer[];
  /** Current efficiency 0..1: the configured one until one is settled. */
  readonly efficiency: number;
}

/** Metal in the cells as far as the settlement of the open period [start, end) will ask for it. */
export interface Stock {
  readonly start: Ms;
  readonly end: Ms;
  /** As it stood at the period's start, as it stands in the period, and what was read after its end already. */
  readonly before: Known | null;
  readonly within: Known | null;
  readonly beyond: Known | null;
}

export const faradayStart = (options: FaradayOptions): FaradayState => ({
  points: [],
  bad: null,
  cells: typeof options.cells === 'number' ? [{ t: NEVER, value: options.cells, statusCode: 'good' }] : [],
  cellsHeardAt: typeof options.cells === 'number' ? FOREVER : NEVER,
  stock: { start: NEVER, end: FOREVER, before: null, within: null, beyond: null },
  periods: [],
  longer: [],
  efficiency: options.efficiency,
});

type Options = FaradayOptions & { readonly maxGap: Ms };

/**
 * Metal produced in the cells: constant × current × cells × hours × efficiency (Faraday; metering.md §5).
 * Input 0 is the line current, 1 the cells in operation, 2 the metal in the cells.
 */
export function readFaraday(options: Options, before: FaradayState, reading: Reading): Outcome<FaradayState> {
  const outcome = read(options, before, reading);
  const { points, cells } = outcome.state;
  const dropped = beyond(
    [points, MOST_KEPT, 'readings of the current since the cells were last read'],
    [cells, MOST_KEPT, 'changes of the cells since the current was last read'],
  );
  if (!dropped) return outcome;
  const state = { ...outcome.state, points: newest(points, MOST_KEPT), cells: newest(cells, MOST_KEPT) };
  return { ...outcome, state, dropped };
}

function read(options: Options, state: FaradayState, reading: Reading): Outcome<FaradayState> {
  const known = knownOf(reading);
  if (reading.input === 1) return cellsTold(options, state, known ?? { ...reading, value: null });
  if (reading.input === 2) return nothing(known ? withInventory(state, known) : state);
  const { unread: _, ...calm } = state;
  if (!known) return nothing({ ...calm, ...broken(state, reading) });
  const last = state.points.at(-1) ?? null;
  const joined = follows({ ...state, last }, known, options.maxGap);
  const points = withPoint(state.points, { ...known, joined }, state.cellsHeardAt);
  const segments = joined ? cellHours(last!, known, state.cells, perAmpereHour(options)) : [];
  const charge = isByHand(options) && {
    charge: joined ? withCharge(chargeOf(state), ramp(last!, known, 1)) : chargeOf(state),
  };
  return produced({ ...calm, points, ...charge, ...mended(state, known.t) }, segments);
}

/** Whether operators tell the cells when they are no longer those of the configuration. */
export const isByHand = ({ cells }: Pick<FaradayOptions, 'cells'>): boolean => typeof cells === 'number';

/** A checkpoint of before it was kept has none. */
const chargeOf = ({ charge, points }: FaradayState): Charge => charge ?? chargeFrom(points.at(-1)?.t ?? NEVER);

/** Cells in operation as an operator tells them, until what was told of a later time; a text says why they cannot be taken. */
export function tellCells(
  options: Options,
  state: FaradayState,
  { at: t, cells: value }: Pick<CellsEntry, 'at' | 'cells'>,
): Outcome<FaradayState> | string {
  if (!isByHand(options)) return `the tag ${options.cells} says how many cells are in operation`;
  const charge = chargeOf(state);
  if (t < charge.since) return 'the current of that time is no longer kept';
  const until = state.cells.find((change) => change.t > t)?.t ?? FOREVER;
  const more = value - standing(state.cells, t)!.value!;
  const cells = withTold(state.cells, { t, value, statusCode: 'good', manual: true }, charge.since);
  return produced({ ...state, cells }, inCells(chargeBetween(charge, t, until), more, perAmpereHour(options)));
}

/** Tonnes at full efficiency for one unit of the current tag in one cell during an hour. */
const perAmpereHour = ({ constant, scale }: Options): number => (constant / 1e6) * scale;

/** A reading handed over later belies that nobody answered after it: what it says stood then too. */
function cellsTold(options: Options, state: FaradayState, told: Cells): Outcome<FaradayState> {
  const first = readCells(options, state, told);
  const belied = told.unread ? [] : state.cells.filter(({ t, unread }) => unread && t >= told.t);
  return belied.reduce((before, { t }) => {
    const next = readCells(options, before.state, { ...told, t });
    return { ...next, segments: [...before.segments, ...next.segments] };
  }, first);
}

function readCells(options: Options, state: FaradayState, change: Cells): Outcome<FaradayState> {
  const { t, value, statusCode, unread } = change;
  const cells = withCells(state.cells, { t, value, statusCode, ...(unread && { unread }) });
  const cellsHeardAt = value === null ? state.cellsHeardAt : Math.max(state.cellsHeardAt, t);
  const segments = cells === state.cells ? [] : overdue(state.points, state.cells, change, perAmpereHour(options));
  const needed = Math.min(state.points.at(-1)?.t ?? NEVER, cellsHeardAt);
  const first = Math.max(
    0,
    cells.findLastIndex((other) => other.t <= needed),
  );
  return produced({ ...state, cells: cells.slice(first), cellsHeardAt }, segments);
}

/** With the efficiency of the period in which each part lies. */
function produced(state: FaradayState, theoretical: readonly Segment[]): Outcome<FaradayState> {
  const ends = state.periods.map(({ end }) => end);
  const segments = theoretical
    .flatMap((segment) => cut(segment, ends))
    .map((segment): Segment => {
      const efficiency = state.periods.find(({ end }) => segment.start < end)?.factor ?? state.efficiency;
      const seen: Seen = { perHour: segment.seen!.perHour! * efficiency, efficiency };
      return { ...times(segment, efficiency), flags: ['estimate', ...segment.flags], seen };
    });
  return { state, segments, notes: [] };
}

/** The newest reading not after a border is the metal in the cells there; late ones may concern closed periods. */
export function withInventory(state: FaradayState, known: Known): FaradayState {
  const periods = state.periods.map((period): Period => {
    const stockBefore = standingAt(period.start, period.stockBefore, known);
    const stockAfter = standingAt(period.end, period.stockAfter, known);
    const isSame = stockBefore?.value === period.stockBefore?.value && stockAfter?.value === period.stockAfter?.value;
    return isSame ? period : { ...period, stockBefore, stockAfter, isDue: true };
  });
  return { ...state, periods, stock: taken(state.stock, known) };
}

/** An inventory may be entered after a later one. */
const standingAt = (border: Ms, before: Known | null, known: Known): Known | null =>
  known.t > border || (before !== null && before.t > known.t) ? before : known;

function taken(stock: Stock, known: Known): Stock {
  if (known.t > stock.end) return { ...stock, beyond: standingAt(FOREVER, stock.beyond, known) };
  const within = standingAt(stock.end, stock.within, known);
  return { ...stock, before: standingAt(stock.start, stock.before, known), within };
}

/** The next period opens: what stood at its start is what stood at the end of the one before. */
export function turned(stock: Stock, start: Ms, end: Ms): Stock {
  const fresh: Stock = { start, end, before: null, within: null, beyond: null };
  return [stock.before, stock.within, stock.beyond].reduce((all, known) => (known ? taken(all, known) : all), fresh);
}
