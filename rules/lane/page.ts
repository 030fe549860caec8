import { NEVER, type Reading } from '../meter/contract.ts';
import { column } from '../pages.ts';
import type { Ms, RawValue } from '../sample.ts';
import type { MeterState } from '../state.ts';

/**
 * The fast lane. Nearly every reading is plain: good, in order, plausible, of the piece that was there before, and with
 * the reading before it inside the same windows, or in the next one of the shortest kind while all others go on. All that
 * such a reading changes are a few numbers, which stand here for a page of meters: what every reading writes, in rows that
 * a processor fetches at once, what is written once for many readings, and what is once in a window. Anything else takes
 * the meter out of the lane, to its rule proper (meter/, gather.ts), which says the same of plain readings; and back in,
 * once it is plain again.
 */
export interface LanePages {
  readonly meters: MeterPage;
  readonly behind: BehindColumn;
  readonly waiting: WaitingPage;
  readonly taken: TakenPage;
  readonly crossed: CrossedPage;
}

/** What hardly any reading writes. */
export interface MeterPage {
  /** In the lane: as the meter was when it entered, to be gone on from with the rows. */
  readonly meters: MeterState[];
  /** The identity that a scale shows as long as no piece comes; a number stands in its row too (`SHOWN_NUMBER`). */
  readonly identity: (RawValue | null)[];
}

/**
 * Readings behind the plain ones, in order, of which the first is not plain: the meter leaves the lane when it is taken.
 * Where scales stand, some meter of a page has a piece at any time: what pieces write is kept apart from the page above.
 */
export type BehindColumn = (Reading[] | null)[];

/** What every reading asks for and writes; the readings of the last `grace` and some before. */
export interface WaitingPage {
  readonly rows: number[];
  /** Rings: the nth reading of a meter is in turn n modulo the number of turns. */
  readonly turns: Turn[];
}

/** So many numbers are a meter's row. */
export const ROW = 8;
/** 1 in the lane, 0 outside. */
export const IN_LANE = 0;
/** How many readings were put into the ring, counted from anywhere, and how many of those are taken. */
export const PUT = 1;
export const TAKEN = 2;
/** Readings up to this time count as taken, done or not: the work is the less the more of it is done at once. */
export const UP_TO = 3;
/** The newest reading in the ring. */
export const NEWEST = 4;
export const NEWEST_VALUE = 5;
/** The first border of any window after the newest reading with which the meter knows its quantity so far. */
export const BORDER = 6;
/** Where the cell ends. */
export const UNTIL = 7;

/** Readings of one turn: time and value of each meter's. */
export interface Turn {
  /** The value of a scale's is which tags were read. */
  readonly readings: number[];
  /** Null while no device of the page is read within a time. */
  within: Ms[] | null;
}

export const timeIn = ({ readings }: Turn, slot: number): Ms => readings[2 * slot]!;
export const valueIn = ({ readings }: Turn, slot: number): number => readings[2 * slot + 1]!;
export const withinIn = ({ within }: Turn, slot: number): Ms => (within === null ? 0 : within[slot]!);

export const turnOf = ({ turns }: WaitingPage, nth: number): Turn => turns[nth & (turns.length - 1)]!;

export const isInLane = ({ waiting }: LanePages, slot: number): boolean => waiting.rows[slot * ROW + IN_LANE] === 1;

/** What came of the readings taken since the meter entered the lane, with what was before: in the cell. */
export interface TakenPage {
  /** What is gathered (gathered.ts), and the last reading; of a scale the last of its identity. */
  readonly rows: number[];
  /** What only a scale has. */
  readonly scales: number[];
}

export const TAKEN_ROW = 8;
export const AT = 6;
export const VALUE = 7;

export const SCALE_ROW = 5;
/** The two readings of its identity before the last, and the last of its weight. */
export const BEFORE = 0;
export const BEFORE_THAT = 1;
export const WEIGHED_AT = 2;
/** What it shows as long as no piece comes: a weight, `NO_WEIGHT` while there is none, and the identity, NaN where that is no number. */
export const SHOWN_WEIGHT = 3;
export const SHOWN_NUMBER = 4;
export const NO_WEIGHT = -Number.MAX_VALUE;

/**
 * What is written once in a window of the shortest kind, by meters that go on in the lane where one has ended
 * (crossing.ts): what is gathered in the outer cell, and what was for the window that has ended, until it is closed.
 */
export type CrossedPage = number[];

export const CROSSED_ROW = 24;
export const OUTER = 0;
/** Where the cell began; `NEVER` of a meter that has not gone from one cell into another since it entered the lane. */
export const START = 6;
/** The start of the window that has ended; `NEVER` while there is none to be closed. */
export const ENDED_START = 7;
export const ENDED = 8;
/** Where the outer cell ends. */
export const OUTER_END = 14;
/** 1 where the window that has ended is the one in which the meter entered the lane: of that it had gathered before. */
export const IS_FIRST = 15;
/** The readings about the border at `START`, and about that at `ENDED_START`: of each the one before it, and the one at it or behind it. */
export const BORDER_AT_START = 16;
export const BORDER_AT_ENDED = 20;

/** A power of two. */
export const MOST_TURNS = 32;

/** None of `meters` is in the lane; `depth` is how many readings of each have room in it. */
export function lanePages(meters: MeterState[], depth: number): LanePages {
  const { length } = meters;
  return {
    meters: {
      meters,
      identity: column<RawValue | null>(length, null),
    },
    behind: column<BehindColumn[number]>(length, null),
    waiting: { rows: column(length * ROW, 0), turns: Array.from({ length: depth }, () => emptyTurn(length)) },
    taken: takenPage(length),
    crossed: crossedPage(length),
  };
}

const emptyTurn = (meters: number): Turn => ({ readings: column(2 * meters, NEVER), within: null });

const takenPage = (meters: number): TakenPage => ({
  rows: column(meters * TAKEN_ROW, 0),
  scales: column(meters * SCALE_ROW, NEVER),
});

function crossedPage(meters: number): CrossedPage {
  const page = column(meters * CROSSED_ROW, 0);
  for (let row = 0; row < page.length; row += CROSSED_ROW) page[row + START] = page[row + ENDED_START] = NEVER;
  return page;
}

export const copyMeters = (page: MeterPage): MeterPage => ({
  meters: page.meters.slice(),
  identity: page.identity.slice(),
});

/** The turns themselves stay shared: one of them is written to in most steps. */
export const copyWaiting = ({ rows, turns }: WaitingPage): WaitingPage => ({
  rows: rows.slice(),
  turns: turns.slice(),
});

export const copyTurn = ({ readings, within }: Turn): Turn => ({
  readings: readings.slice(),
  within: within?.slice() ?? null,
});

export const copyTaken = (page: TakenPage): TakenPage => ({
  rows: page.rows.slice(),
  scales: page.scales.slice(),
});
