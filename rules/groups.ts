import { FOREVER } from './meter/contract.ts';
import { numberOf, PAGE, type Paged, Pages, slotOf, type Writing } from './pages.ts';
import type { Ms } from './sample.ts';
import type { GroupState } from './state.ts';

/** 64 groups, and when the first of them is due. */
export interface GroupPage {
  readonly groups: GroupState[];
  due: Ms;
}

function earliest(groups: readonly GroupState[]): Ms {
  let first = FOREVER;
  for (const { due } of groups) if (due < first) first = due;
  return first;
}

export const groupPage = (groups: GroupState[]): GroupPage => ({ groups, due: earliest(groups) });

export const firstDue = (pages: Paged<GroupPage>): Ms =>
  pages.reduce((first, shelf) => shelf.reduce((earlier, { due }) => Math.min(earlier, due), first), FOREVER);

const copyPage = ({ groups, due }: GroupPage): GroupPage => ({ groups: groups.slice(), due });

/** The groups under way inside one step. */
export class Groups {
  readonly #pages: Pages<GroupPage>;
  readonly #dueBefore: Ms;
  #isDueChanged = false;

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
    return this.#isDueChanged ? firstDue(this.all) : this.#dueBefore;
  }

  get(index: number): GroupState {
    return this.#pages.at(numberOf(index)).groups[slotOf(index)]!;
  }

  set(index: number, group: GroupState): void {
    const page = this.#pages.own(numberOf(index), copyPage);
    const before = page.groups[slotOf(index)]!.due;
    page.groups[slotOf(index)] = group;
    if (group.due === before) return;
    this.#isDueChanged = true;
    page.due = before === page.due ? earliest(page.groups) : Math.min(page.due, group.due);
  }

  /** The groups that are due. */
  due(now: Ms): number[] {
    if (this.firstDue > now) return [];
    return this.all.flat().flatMap((page, number) => {
      if (page.due > now) return [];
      return page.groups.flatMap(({ due }, slot) => (due <= now ? [number * PAGE + slot] : []));
    });
  }
}
