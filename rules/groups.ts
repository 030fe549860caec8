import type { CalendarWindow } from './interval.ts';
import { FOREVER } from './meter/contract.ts';
import { numberOf, PAGE, type Paged, Pages, pageOf, slotOf, type Writing } from './pages.ts';
import type { Ms } from './sample.ts';

/** The earliest window of each kind that a group has not closed; null before the first sample. */
export type Next = readonly CalendarWindow[] | null;

/** A page's groups. */
export interface GroupPage {
  /** Groups that have gone on together share the array. */
  readonly nexts: Next[];
  /** When the first of its windows may close. */
  readonly dues: Ms[];
  /** The first of `dues`. */
  due: Ms;
}

function earliest(dues: readonly Ms[]): Ms {
  let first = FOREVER;
  for (const due of dues) if (due < first) first = due;
  return first;
}

export const groupPage = (nexts: Next[], dues: Ms[]): GroupPage => ({ nexts, dues, due: earliest(dues) });

export const firstDue = (pages: Paged<GroupPage>): Ms =>
  pages.reduce((first, shelf) => shelf.reduce((earlier, { due }) => Math.min(earlier, due), first), FOREVER);

export const nextIn = (pages: Paged<GroupPage>, index: number): Next => pageOf(pages, index).nexts[slotOf(index)]!;

const copyPage = ({ nexts, dues, due }: GroupPage): GroupPage => ({ nexts: nexts.slice(), dues: dues.slice(), due });

/** The groups under way inside one step. */
export class Groups {
  readonly #pages: Pages<GroupPage>;
  readonly #dueBefore: Ms;
  /** The pages in which some group is due at another time than before. */
  readonly #changed = new Set<GroupPage>();
  /** What a group came to wait for last when a window of a kind had ended, which most often is what the next one does. */
  readonly #last: (readonly CalendarWindow[])[] = [];

  /** `due` is when the first of them is due. */
  constructor(given: Paged<GroupPage>, due: Ms, writing: Writing) {
    this.#pages = new Pages(given, writing);
    this.#dueBefore = due;
  }

  get all(): Paged<GroupPage> {
    return this.#pages.all;
  }

  /** When the first of them is due. */
  get firstDue(): Ms {
    if (this.#changed.size === 0) return this.#dueBefore;
    for (const page of this.#changed) page.due = earliest(page.dues);
    return firstDue(this.#pages.all);
  }

  next(index: number): Next {
    return nextIn(this.#pages.all, index);
  }

  due(index: number): Ms {
    return this.#pages.at(numberOf(index)).dues[slotOf(index)]!;
  }

  setNext(index: number, next: readonly CalendarWindow[]): void {
    this.#pages.own(numberOf(index), copyPage).nexts[slotOf(index)] = next;
  }

  /** With another window of a kind as the next one. */
  goOn(index: number, kind: number, window: CalendarWindow): readonly CalendarWindow[] {
    const next = this.next(index)!;
    const last = this.#last[kind];
    const isLast = last !== undefined && next.every((one, place) => last[place] === (place === kind ? window : one));
    const onward = isLast ? last : next.with(kind, window);
    this.#last[kind] = onward;
    this.setNext(index, onward);
    return onward;
  }

  setDue(index: number, due: Ms): void {
    if (due === this.due(index)) return;
    const page = this.#pages.own(numberOf(index), copyPage);
    page.dues[slotOf(index)] = due;
    this.#changed.add(page);
  }

  /** The groups that are due, each looked for when it is asked for. */
  *dueBy(now: Ms): Generator<number> {
    if (this.firstDue > now) return;
    const pages = this.all.flat();
    for (const [number, page] of pages.entries()) {
      if (page.due > now) continue;
      for (let slot = 0; slot < page.dues.length; slot++) if (page.dues[slot]! <= now) yield number * PAGE + slot;
    }
  }
}
