import type { Accumulator, Beginnings } from '../accumulator.ts';
import { byTime } from '../gather.ts';
import type { Window } from '../interval.ts';
import { isPassing, NEVER, NO_READINGS, type Reading } from '../meter/contract.ts';
import { column, type Writing } from '../pages.ts';
import type { MeterSpec } from '../plan.ts';
import type { Ms } from '../sample.ts';
import type { MeterState } from '../state.ts';
import { endedAt } from './amounts.ts';
import { meterAt, startOfLane } from './borders.ts';
import { beginUncrossed, cross, crosses, hasCrossed } from './crossing.ts';
import {
  type BehindColumn,
  BORDER,
  CROSSED_ROW,
  type CrossedPage,
  copyMeters,
  copyTaken,
  copyTurn,
  copyWaiting,
  ENDED_START,
  IN_LANE,
  isInLane,
  type LanePages,
  type MeterPage,
  NEWEST,
  NEWEST_VALUE,
  PUT,
  ROW,
  TAKEN,
  type TakenPage,
  type Turn,
  UNTIL,
  UP_TO,
  type WaitingPage,
} from './page.ts';
import { isBehind, isEcho, isPlain, OnePlain, type Plain, putShown, shownWith } from './plain.ts';
import { IDENTITY } from './scale.ts';
import type { Lane } from './spec.ts';
import { emptyRow, putRow, type Row, takenUpTo } from './take.ts';

const ALL_TURNS = -1;

/** A page's meters under way inside one step; where it writes to copies, each is copied before it is first written to. */
export class Bay implements LanePages {
  meters: MeterPage;
  behind: BehindColumn;
  waiting: WaitingPage;
  taken: TakenPage;
  crossed: CrossedPage;
  readonly #given: LanePages;
  readonly #isInPlace: boolean;
  readonly #beginnings: Beginnings;
  /** The turns that may be written to, a bit for each. */
  #ownTurns: number;

  constructor(given: LanePages, writing: Writing, beginnings: Beginnings) {
    this.meters = given.meters;
    this.behind = given.behind;
    this.waiting = given.waiting;
    this.taken = given.taken;
    this.crossed = given.crossed;
    this.#given = given;
    this.#isInPlace = writing === 'inPlace';
    this.#beginnings = beginnings;
    this.#ownTurns = this.#isInPlace ? ALL_TURNS : 0;
  }

  get isChanged(): boolean {
    const { meters, behind, waiting, taken, crossed } = this.#given;
    const isSame = this.meters === meters && this.behind === behind && this.waiting === waiting;
    return !isSame || this.taken !== taken || this.crossed !== crossed;
  }

  /** As they are now. */
  get pages(): LanePages {
    const { meters, behind, waiting, taken, crossed } = this;
    return { meters, behind, waiting, taken, crossed };
  }

  #isShared(page: object, given: object): boolean {
    return page === given && !this.#isInPlace;
  }

  #ownMeters(): MeterPage {
    if (this.#isShared(this.meters, this.#given.meters)) this.meters = copyMeters(this.meters);
    return this.meters;
  }

  #ownBehind(): BehindColumn {
    if (this.#isShared(this.behind, this.#given.behind)) this.behind = this.behind.slice();
    return this.behind;
  }

  #ownWaiting(): WaitingPage {
    if (this.#isShared(this.waiting, this.#given.waiting)) this.waiting = copyWaiting(this.waiting);
    return this.waiting;
  }

  #ownRows(): number[] {
    return this.#ownWaiting().rows;
  }

  #ownTaken(): TakenPage {
    if (this.#isShared(this.taken, this.#given.taken)) this.taken = copyTaken(this.taken);
    return this.taken;
  }

  #ownCrossed(): CrossedPage {
    if (this.#isShared(this.crossed, this.#given.crossed)) this.crossed = this.crossed.slice();
    return this.crossed;
  }

  #ownTurn(nth: number): Turn {
    const { turns } = this.#ownWaiting();
    const turn = nth & (turns.length - 1);
    if ((this.#ownTurns & (1 << turn)) === 0) {
      this.#ownTurns |= 1 << turn;
      turns[turn] = copyTurn(turns[turn]!);
    }
    return turns[turn]!;
  }

  /** Takes a meter out of the lane, or leaves it outside. */
  set(slot: number, state: MeterState): void {
    const page = this.#ownMeters();
    page.meters[slot] = state;
    if (isInLane(this, slot)) this.#ownRows()[slot * ROW + IN_LANE] = 0;
  }

  /** Puts a good reading to those that wait; false where it is neither plain nor an echo, or there is no room. */
  put(slot: number, lane: Lane, input: number, { sourceTimestamp, value, takenWithin }: Plain): boolean {
    return this.#put(slot, lane, input, this.#plain.be(sourceTimestamp, value, takenWithin));
  }

  #put(slot: number, lane: Lane, input: number, reading: OnePlain): boolean {
    const waitsInRing = this.behind[slot] === null ? isPlain : isEcho;
    if (!waitsInRing(this, slot, lane, input, reading) || !this.#hasRoom(slot, lane)) return false;
    const { rows } = this.waiting;
    const put = rows[slot * ROW + PUT]!;
    // A reading of the same time as the one before is the same reading, of one tag more.
    const nth = rows[slot * ROW + NEWEST] === reading.sourceTimestamp ? put - 1 : put;
    if (lane.kind === 'scale') reading.value = shownWith(this, slot, input, reading);
    this.#write(slot, nth, reading);
    return true;
  }

  /** The value of a scale's is which of its tags were read. */
  #write(slot: number, nth: number, { sourceTimestamp: t, value, takenWithin }: OnePlain): void {
    const turn = this.#ownTurn(nth);
    turn.readings[2 * slot] = t;
    turn.readings[2 * slot + 1] = value as number;
    if (takenWithin > 0) turn.within ??= column(this.behind.length, 0);
    if (turn.within !== null) turn.within[slot] = takenWithin;
    const rows = this.#ownRows();
    const row = slot * ROW;
    rows[row + PUT] = nth + 1;
    rows[row + NEWEST] = t;
    rows[row + NEWEST_VALUE] = value as number;
  }

  /** Takes what counts as taken out of the ring once that is full. */
  #hasRoom(slot: number, lane: Lane): boolean {
    if (this.#room(slot) > 0) return true;
    this.#putRow(slot, lane, takenUpTo(this, slot, lane, this.#upTo(slot), this.#row));
    return this.#room(slot) > 0;
  }
  readonly #row = emptyRow();

  #room(slot: number): number {
    const { rows, turns } = this.waiting;
    return turns.length - (rows[slot * ROW + PUT]! - rows[slot * ROW + TAKEN]!);
  }

  #putRow(slot: number, lane: Lane, row: Row): void {
    putRow(this.#ownWaiting(), this.#ownTaken(), slot, lane, row);
  }

  #upTo(slot: number): Ms {
    return this.waiting.rows[slot * ROW + UP_TO]!;
  }

  /** From now on readings up to `horizon` count as taken; a clock that went back takes nothing back. */
  countTaken(slot: number, horizon: Ms): void {
    if (horizon > this.#upTo(slot)) this.#ownRows()[slot * ROW + UP_TO] = horizon;
  }

  /** The meter knows its quantity up to a reading. True where that is the first time behind a border; `after` finds the next one. */
  notePassing(slot: number, { sourceTimestamp: t }: Plain, after: (t: Ms) => Ms): boolean {
    if (t < this.waiting.rows[slot * ROW + BORDER]!) return false;
    this.#ownRows()[slot * ROW + BORDER] = after(t);
    return true;
  }

  /** Whether of the readings that count as taken there may be one that is not plain, or beyond the cell. */
  mayBeOverdue(slot: number): boolean {
    return this.#upTo(slot) >= this.until(slot) || this.behind[slot] !== null;
  }

  /** Where the cell ends. */
  until(slot: number): Ms {
    return this.waiting.rows[slot * ROW + UNTIL]!;
  }

  /** Goes on in the `next` cell, if the reading that is overdue lets it; false otherwise. */
  cross(slot: number, lane: Lane, meter: MeterSpec, next: Window): boolean {
    const row = takenUpTo(this, slot, lane, this.#upTo(slot), this.#row);
    if (!crosses(this, slot, lane, next, row)) return false;
    const outer = cross(this, this.#ownCrossed(), slot, lane, meter, row);
    if (outer) this.#ownMeters().meters[slot] = { ...this.meters.meters[slot]!, outer };
    this.#putRow(slot, lane, row);
    this.#ownRows()[slot * ROW + UNTIL] = next.end;
    return true;
  }

  /** What was gathered for a window that has ended, of a meter that has gone on in the lane. */
  ended(slot: number, meter: MeterSpec, window: Window): Accumulator | null {
    return this.#hasEnded(slot, window) ? endedAt(this, slot, meter, this.#row) : null;
  }

  #hasEnded(slot: number, { start }: Window): boolean {
    return isInLane(this, slot) && this.crossed[slot * CROSSED_ROW + ENDED_START] === start;
  }

  /** Such a window is closed; false if it is none. */
  forget(slot: number, window: Window): boolean {
    const isEnded = this.#hasEnded(slot, window);
    if (isEnded) this.#ownCrossed()[slot * CROSSED_ROW + ENDED_START] = NEVER;
    return isEnded;
  }

  /** As it was when it entered the lane, if the window had ended by then: what was gathered for it is all there. */
  enteredAfter(slot: number, { end }: Window): MeterState | null {
    if (!isInLane(this, slot)) return null;
    const state = this.meters.meters[slot]!;
    return state.cell!.start >= end ? state : null;
  }

  /** With such a window closed; it stays in the lane. */
  putEntered(slot: number, state: MeterState): void {
    this.#ownMeters().meters[slot] = state;
  }

  /** Puts a reading behind all that are in the ring; false when it does not come behind them. */
  putBehind(slot: number, lane: Lane, reading: Reading): boolean {
    if (!isBehind(this, slot, lane, reading)) return false;
    const all = this.#ownListBehind(slot);
    const last = all.at(-1);
    all.push(reading);
    if (last !== undefined && byTime(last, reading) > 0) all.sort(byTime);
    return true;
  }

  #ownListBehind(slot: number): Reading[] {
    const before = this.behind[slot] ?? null;
    if (before !== null && this.#isInPlace) return before;
    const own = before?.slice() ?? [];
    this.#ownBehind()[slot] = own;
    return own;
  }

  /** The meter as it is, with what counts as taken. */
  at(slot: number, lane: Lane, meter: MeterSpec): MeterState {
    if (!isInLane(this, slot)) return this.meters.meters[slot]!;
    return meterAt(this, slot, lane, this.#upTo(slot), meter, this.#beginnings, this.#row);
  }

  /** Takes a meter into the lane if it is plain; `border` is the first of any window after a time. */
  enter(slot: number, lane: Lane, border: (t: Ms) => Ms): void {
    const state = this.meters.meters[slot]!;
    const start = startOfLane(state, lane);
    // The agent's own word that nobody answers may have to be taken back.
    if (!start || state.pending.some(({ unread }) => unread)) return;
    const { row, newest, until, shown } = start;
    this.#putRow(slot, lane, row);
    // It is taken already: what it showed is asked for no more.
    this.#write(slot, row.taken - 1, this.#plain.be(newest, shown ? IDENTITY : row.value));
    const rows = this.#ownRows();
    rows[slot * ROW + IN_LANE] = 1;
    rows[slot * ROW + UP_TO] = newest;
    rows[slot * ROW + UNTIL] = until;
    rows[slot * ROW + BORDER] = border(state.pending.findLast(isPassing)?.t ?? row.at);
    const page = this.#ownMeters();
    page.identity[slot] = shown?.identity ?? null;
    if (shown) putShown(this.#ownTaken(), slot, shown);
    if (this.behind[slot] !== null) this.#ownBehind()[slot] = null;
    if (hasCrossed(this.crossed, slot)) beginUncrossed(this.#ownCrossed(), slot);
    // They wait in the lane now.
    page.meters[slot] = { ...state, pending: NO_READINGS };
    const nth = state.pending.findIndex((reading) => !this.#isPut(slot, lane, reading));
    if (nth >= 0) this.#ownBehind()[slot] = state.pending.slice(nth);
  }

  #isPut(slot: number, lane: Lane, { input, t, value, statusCode, takenWithin }: Reading): boolean {
    if (this.#room(slot) <= 0 || statusCode !== 'good') return false;
    return this.#put(slot, lane, input, this.#plain.be(t, value, takenWithin));
  }
  readonly #plain = new OnePlain();
}
