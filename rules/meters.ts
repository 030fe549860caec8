import type { Accumulator, Beginnings } from './accumulator.ts';
import { passedAt } from './gather.ts';
import type { Window } from './interval.ts';
import { Bay } from './lane/bay.ts';
import { isInLane } from './lane/page.ts';
import type { Lane } from './lane/spec.ts';
import { isOverdue, passedInLane } from './lane/take.ts';
import { isUsable, readingOf } from './meter/contract.ts';
import { numberOf, Pages, pageAt, slotOf, type Writing } from './pages.ts';
import type { Plan } from './plan.ts';
import type { Ms, Sample } from './sample.ts';
import type { MeterState, State } from './state.ts';

/** The meters under way inside one step. */
export class Meters {
  readonly #plan: Plan;
  readonly #given: State['meters'];
  /** Readings up to this time are taken in this step. */
  readonly #horizon: Ms;
  readonly #writing: Writing;
  readonly #beginnings: Beginnings;
  readonly #bays = new Map<number, Bay>();
  /** The last one asked for, which most often is asked for again. */
  #last: Bay | undefined;
  #lastNumber = -1;
  readonly #out = new Set<number>();
  readonly #passed = new Set<number>();
  /** The meters of which readings have come to wait in the lane in this step: the first and the last of each row of neighbours. */
  readonly #waited: number[] = [];

  constructor(plan: Plan, given: State['meters'], horizon: Ms, writing: Writing, beginnings: Beginnings) {
    this.#plan = plan;
    this.#given = given;
    this.#horizon = horizon;
    this.#writing = writing;
    this.#beginnings = beginnings;
  }

  /** All of them, those that are plain back in the fast lane. */
  done(): State['meters'] {
    for (const index of this.#out) this.#bayOf(index).enter(slotOf(index), this.#laneOf(index), this.#borderAfter);
    const pages = new Pages(this.#given, this.#writing);
    for (const [number, bay] of this.#bays) if (bay.isChanged) pages.put(number, bay.pages);
    return pages.all;
  }

  get(index: number): MeterState {
    return this.#bayOf(index).at(slotOf(index), this.#laneOf(index), this.#plan.meters[index]!);
  }

  /** Takes the meter out of the lane. */
  set(index: number, state: MeterState): void {
    this.#bayOf(index).set(slotOf(index), state);
    if (this.#laneOf(index).kind !== 'none') this.#out.add(index);
  }

  /**
   * Puts a sample to the readings that wait in the lane; false where the meter is not in it, or the sample must not wait
   * there, which takes the meter out of it.
   */
  wait(index: number, input: number, sample: Sample, skewed: boolean): boolean {
    const bay = this.#bayOf(index);
    const slot = slotOf(index);
    if (!isInLane(bay, slot)) return false;
    const isPut = sample.statusCode === 'good' && bay.put(slot, this.#laneOf(index), input, sample);
    if (!isPut && !this.#waitsBehind(index, input, sample, skewed)) return false;
    if (input === 0 && isUsable(sample) && bay.notePassing(slot, sample, this.#borderAfter))
      this.#passed.add(this.#plan.groupOf[index]!);
    this.#noteWaited(index);
    return true;
  }

  /** Devices are read in order: where many wait, they are few rows. */
  #noteWaited(index: number): void {
    const end = this.#waited.length - 1;
    const last = this.#waited[end];
    if (index === last) return;
    if (last !== undefined && index === last + 1) this.#waited[end] = index;
    else this.#waited.push(index, index);
  }

  /** A reading that has no place in the ring waits behind those that have, unless it is to be taken at once. */
  #waitsBehind(index: number, input: number, sample: Sample, skewed: boolean): boolean {
    const mayWait = !skewed && !sample.unread && sample.sourceTimestamp > this.#horizon;
    const bay = this.#bayOf(index);
    if (mayWait && bay.putBehind(slotOf(index), this.#laneOf(index), readingOf(sample, input, false))) return true;
    this.leave(index);
    return false;
  }

  /** Takes the meter out of the lane as it was before this step, with the readings that came in it still to be taken. */
  leave(index: number): MeterState {
    const [bay, slot] = [this.#bayOf(index), slotOf(index)];
    if (isInLane(bay, slot)) this.set(index, bay.at(slot, this.#laneOf(index), this.#plan.meters[index]!));
    return bay.meters.meters[slot]!;
  }

  /** Counts what is to be taken of those that wait in the lane as taken; the meters that cannot stay there for it, or have left it. */
  countWaiting(): number[] {
    const leaving: number[] = [];
    for (let row = 0; row < this.#waited.length; row += 2)
      for (let index = this.#waited[row]!; index <= this.#waited[row + 1]!; index++)
        if (!this.takeInLane(index)) leaving.push(index);
    return leaving;
  }

  /** Counts what is to be taken of a meter as taken, if it is in the lane and can stay there; false otherwise. */
  takeInLane(index: number): boolean {
    const [bay, slot] = [this.#bayOf(index), slotOf(index)];
    if (!isInLane(bay, slot)) return false;
    bay.countTaken(slot, this.#horizon);
    return !bay.mayBeOverdue(slot) || this.#keepAbreast(index);
  }

  /** Takes what is to be taken of a meter in the lane, into the next cell too; false where that cannot be done there. */
  #keepAbreast(index: number): boolean {
    const [bay, slot] = [this.#bayOf(index), slotOf(index)];
    if (!isOverdue(bay, slot)) return true;
    const { calendarWindows, windows, meters } = this.#plan;
    const next = calendarWindows.at(windows[0]!, bay.until(slot));
    return bay.cross(slot, this.#laneOf(index), meters[index]!, next) && !isOverdue(bay, slot);
  }

  /** What a meter has gathered for a window of the shortest kind that it has left behind in the lane; null of any other. */
  ended(index: number, window: Window): Accumulator | null {
    return this.#bayOf(index).ended(slotOf(index), this.#plan.meters[index]!, window);
  }

  /** Forgets that, once the window is closed; false where there is nothing to forget. */
  forgetEnded(index: number, window: Window): boolean {
    return this.#bayOf(index).forget(slotOf(index), window);
  }

  /** The meter as it was when it entered the lane, if the window had ended by then; null otherwise. */
  enteredAfter(index: number, window: Window): MeterState | null {
    return this.#bayOf(index).enteredAfter(slotOf(index), window);
  }

  /** Such a meter with that window closed; it stays in the lane. */
  putEntered(index: number, state: MeterState): void {
    this.#bayOf(index).putEntered(slotOf(index), state);
  }

  /** The groups of which meters in the lane got the first reading after a window's border. */
  get passed(): Iterable<number> {
    return this.#passed;
  }

  /** When the reading was made with which the meter knows its quantity up to `end`; null while there is none. */
  passedAt(index: number, end: Ms): Ms | null {
    const bay = this.#bayOf(index);
    const slot = slotOf(index);
    return isInLane(bay, slot)
      ? passedInLane(bay, slot, this.#laneOf(index), end)
      : passedAt(bay.meters.meters[slot]!, end);
  }

  #bayOf(index: number): Bay {
    const number = numberOf(index);
    if (number !== this.#lastNumber) this.#last = this.#bays.get(number) ?? this.#open(number);
    this.#lastNumber = number;
    return this.#last!;
  }

  #open(number: number): Bay {
    const bay = new Bay(pageAt(this.#given, number), this.#writing, this.#beginnings);
    this.#bays.set(number, bay);
    return bay;
  }

  #laneOf(index: number): Lane {
    return this.#plan.lanes[index]!;
  }

  readonly #borderAfter = (t: Ms): Ms => {
    const { windows, calendarWindows } = this.#plan;
    return windows.reduce((first, kind) => Math.min(first, calendarWindows.at(kind, t).end), Infinity);
  };
}
