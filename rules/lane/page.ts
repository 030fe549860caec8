import type { Accumulator } from '../accumulator.ts';
import { NEVER, type Reading } from '../meter/contract.ts';
import { column } from '../pages.ts';
import type { Ms, RawValue } from '../sample.ts';
import type { MeterState } from '../state.ts';

/**
 * The fast lane. Nearly every reading is plain: good, in order, plausible, of the piece that was there before, and with
 * the reading before it inside the same windows. All that such a reading changes are a few numbers, which stand here in
 * columns for a page of meters: those that every reading writes in one page, what is written once for many readings in a
 * second, and what hardly ever changes in a third. Anything else takes the meter out of the lane, to its rule proper
 * (meter/, gather.ts), which says the same of plain readings; and back in, once it is plain again.
 */
export interface MeterPage {
  /** In the lane: as the meter was when it entered, to be gone on from with the columns. */
  readonly meters: MeterState[];
  readonly inLane: boolean[];
  /** The first border of any window after the newest reading with which the meter knows its quantity so far. */
  readonly border: Ms[];
  /** Where the cell ends. */
  readonly until: Ms[];
  /** What a scale shows as long as no piece comes: an identity, and a weight. */
  readonly identity: (RawValue | null)[];
  readonly weight: (number | null)[];
}

/**
 * Readings behind the plain ones, in order, of which the first is not plain: the meter leaves the lane when it is taken.
 * Where scales stand, some meter of a page has a piece at any time: what pieces write is kept apart from the page above.
 */
export type BehindColumn = (readonly Reading[] | null)[];

/** Readings of the last `grace` and some before, in rings: the nth one is in turn n modulo the number of turns. */
export interface WaitingPage {
  /** How many readings were put in; counted from anywhere. */
  readonly put: number[];
  /** Those up to this time count as taken, done or not: the work is the less the more of it is done at once. */
  readonly upTo: Ms[];
  readonly turns: Turn[];
}

export interface Turn {
  readonly at: Ms[];
  /** Of a scale, which tags were read. */
  readonly value: number[];
  readonly within: Ms[];
}

/** What came of the readings taken since the meter entered the lane, with what was before. */
export interface TakenPage {
  /** How many of those put in, by the same count. */
  readonly taken: number[];
  /** The last reading; of a scale the last of its identity, the two before that, and the last of its weight. */
  readonly at: Ms[];
  readonly before: Ms[];
  readonly beforeThat: Ms[];
  readonly weighedAt: Ms[];
  readonly value: number[];
  /** What the cell has gathered; of `known` only what came in the lane. */
  readonly sum: number[];
  readonly carry: number[];
  readonly known: Ms[];
  /** What its working will ask for: readings, and the least and the most rate. */
  readonly readings: number[];
  readonly least: number[];
  readonly most: number[];
}

/** What is written once in a window of the shortest kind: by meters that go on in the lane where one has ended (crossing.ts). */
export interface CrossedPage {
  /** Where the cell began; `NEVER` of a meter that has not gone from one cell into another since it entered the lane. */
  readonly start: Ms[];
  /** The reading before that border, and the one at it or behind it. */
  readonly fromAt: Ms[];
  readonly fromValue: number[];
  readonly toAt: Ms[];
  readonly toValue: number[];
  /** What was gathered for the window that has ended, until it is closed. */
  readonly ended: (Accumulator | null)[];
  /** What the outer cell has gathered; of `known` and `readings` only what came since the meter entered the lane. */
  readonly sum: number[];
  readonly carry: number[];
  readonly known: Ms[];
  readonly readings: number[];
  readonly least: number[];
  readonly most: number[];
}

/** The pages of the same meters. */
export interface LanePages {
  readonly meters: MeterPage;
  readonly behind: BehindColumn;
  readonly waiting: WaitingPage;
  readonly taken: TakenPage;
  readonly crossed: CrossedPage;
}

export const turnOf = ({ turns }: WaitingPage, nth: number): Turn => turns[nth & (turns.length - 1)]!;

/** None of `meters` is in the lane; `depth` is how many readings of each have room in it. */
export const lanePages = (meters: MeterState[], depth: number): LanePages => ({
  meters: meterPage(meters),
  behind: column<BehindColumn[number]>(meters.length, null),
  waiting: waitingPage(meters.length, depth),
  taken: takenPage(meters.length),
  crossed: crossedPage(meters.length),
});

const meterPage = (meters: MeterState[]): MeterPage => ({
  meters,
  inLane: column(meters.length, false),
  border: column(meters.length, NEVER),
  until: column(meters.length, NEVER),
  identity: column<RawValue | null>(meters.length, null),
  weight: column<number | null>(meters.length, null),
});

/** A power of two. */
export const MOST_TURNS = 32;

const emptyTurn = (rows: number): Turn => ({
  at: column(rows, NEVER),
  value: column(rows, 0),
  within: column(rows, 0),
});

const waitingPage = (rows: number, depth: number): WaitingPage => ({
  put: column(rows, 0),
  upTo: column(rows, NEVER),
  turns: Array.from({ length: depth }, () => emptyTurn(rows)),
});

const takenPage = (rows: number): TakenPage => ({
  taken: column(rows, 0),
  at: column(rows, NEVER),
  before: column(rows, NEVER),
  beforeThat: column(rows, NEVER),
  weighedAt: column(rows, NEVER),
  value: column(rows, 0),
  sum: column(rows, 0),
  carry: column(rows, 0),
  known: column(rows, 0),
  readings: column(rows, 0),
  least: column(rows, 0),
  most: column(rows, 0),
});

const crossedPage = (rows: number): CrossedPage => ({
  start: column(rows, NEVER),
  fromAt: column(rows, NEVER),
  fromValue: column(rows, 0),
  toAt: column(rows, NEVER),
  toValue: column(rows, 0),
  ended: column<Accumulator | null>(rows, null),
  sum: column(rows, 0),
  carry: column(rows, 0),
  known: column(rows, 0),
  readings: column(rows, 0),
  least: column(rows, 0),
  most: column(rows, 0),
});

export const copyMeters = (page: MeterPage): MeterPage => ({
  meters: page.meters.slice(),
  inLane: page.inLane.slice(),
  border: page.border.slice(),
  until: page.until.slice(),
  identity: page.identity.slice(),
  weight: page.weight.slice(),
});

/** The turns themselves stay shared: one of them is written to in most steps. */
export const copyWaiting = (page: WaitingPage): WaitingPage => ({
  put: page.put.slice(),
  upTo: page.upTo.slice(),
  turns: page.turns.slice(),
});

export const copyTurn = (turn: Turn): Turn => ({
  at: turn.at.slice(),
  value: turn.value.slice(),
  within: turn.within.slice(),
});

export const copyTaken = (page: TakenPage): TakenPage => ({
  taken: page.taken.slice(),
  at: page.at.slice(),
  before: page.before.slice(),
  beforeThat: page.beforeThat.slice(),
  weighedAt: page.weighedAt.slice(),
  value: page.value.slice(),
  sum: page.sum.slice(),
  carry: page.carry.slice(),
  known: page.known.slice(),
  readings: page.readings.slice(),
  least: page.least.slice(),
  most: page.most.slice(),
});

export const copyCrossed = (page: CrossedPage): CrossedPage => ({
  start: page.start.slice(),
  fromAt: page.fromAt.slice(),
  fromValue: page.fromValue.slice(),
  toAt: page.toAt.slice(),
  toValue: page.toValue.slice(),
  ended: page.ended.slice(),
  sum: page.sum.slice(),
  carry: page.carry.slice(),
  known: page.known.slice(),
  readings: page.readings.slice(),
  least: page.least.slice(),
  most: page.most.slice(),
});
