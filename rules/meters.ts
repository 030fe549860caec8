import { passedAt } from './gather.ts';
import { copyPage, enter, glide, hasLane, type MeterPage, meterIn, passedInLane, queue } from './lane.ts';
import { Pages, slotOf } from './pages.ts';
import type { Plan } from './plan.ts';
import type { Ms, Sample } from './sample.ts';
import type { MeterState } from './state.ts';

/** The meters under way inside one step. */
export class Meters {
  readonly #plan: Plan;
  readonly #pages: Pages<MeterPage>;
  readonly #out = new Set<number>();
  readonly #crossed = new Set<number>();

  constructor(plan: Plan, given: readonly MeterPage[]) {
    this.#plan = plan;
    this.#pages = new Pages(given, copyPage);
  }

  /** All of them, those that are plain back in the fast lane. */
  done(): readonly MeterPage[] {
    for (const index of this.#out) enter(this.#pages.own(index), slotOf(index), this.#borderAfter);
    return this.#pages.all;
  }

  get(index: number): MeterState {
    return meterIn(this.#pages.of(index), slotOf(index), this.#plan.meters[index]!);
  }

  /** Takes the meter out of the lane. */
  set(index: number, state: MeterState): void {
    const page = this.#pages.own(index);
    page.meters[slotOf(index)] = state;
    page.inLane[slotOf(index)] = false;
    if (hasLane(this.#plan.meters[index]!) && !this.#plan.isDivided.has(index)) this.#out.add(index);
  }

  /** Puts a plain sample to the readings that wait in the lane; false where it, or the meter, is not for it. */
  queue(index: number, sample: Sample): boolean {
    if (sample.statusCode !== 'good' || typeof sample.value !== 'number') return false;
    const t = sample.sourceTimestamp;
    const slot = slotOf(index);
    if (!this.#pages.of(index).inLane[slot]) return false;
    const page = this.#pages.own(index);
    if (!queue(page, slot, t, sample.value, sample.takenWithin ?? 0)) return false;
    if (t >= page.border[slot]!) {
      page.border[slot] = this.#borderAfter(t);
      this.#crossed.add(this.#plan.groupOf[index]!);
    }
    return true;
  }

  /** Takes what waits in the lane up to `horizon`; false when something is not plain after all. */
  glide(index: number, horizon: Ms): boolean {
    return glide(this.#pages.own(index), slotOf(index), this.#plan.meters[index]!, horizon);
  }

  /** The groups of which meters in the lane got the first reading after a window's border. */
  get crossed(): Iterable<number> {
    return this.#crossed;
  }

  /** When the reading was made with which the meter knows its quantity up to `end`; null while there is none. */
  passedAt(index: number, end: Ms): Ms | null {
    const [page, slot] = [this.#pages.of(index), slotOf(index)];
    return page.inLane[slot] ? passedInLane(page, slot, end) : passedAt(page.meters[slot]!, end);
  }

  readonly #borderAfter = (t: Ms): Ms => {
    const { windows, calendarWindows } = this.#plan;
    return windows.reduce((first, kind) => Math.min(first, calendarWindows.at(kind, t).end), Infinity);
  };
}
