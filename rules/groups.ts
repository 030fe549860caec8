import { FOREVER } from './meter/contract.ts';
import { PAGE, Pages, slotOf } from './pages.ts';
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

export const firstDue = (pages: readonly GroupPage[]): Ms =>
  pages.reduce((first, { due }) => Math.min(first, due), FOREVER);

/** The groups under way inside one step. */
export class Groups {
  readonly #pages: Pages<GroupPage>;
  #isDueChanged = false;

  constructor(given: readonly GroupPage[]) {
    this.#pages = new Pages(given, ({ groups, due }) => ({ groups: groups.slice(), due }));
  }

  get all(): readonly GroupPage[] {
    return this.#pages.all;
  }

  /** Whether any group is due at another time than before the step. */
  get isDueChanged(): boolean {
    return this.#isDueChanged;
  }

  get(index: number): GroupState {
    return this.#pages.of(index).groups[slotOf(index)]!;
  }

  set(index: number, group: GroupState): void {
    const page = this.#pages.own(index);
    const before = page.groups[slotOf(index)]!.due;
    page.groups[slotOf(index)] = group;
    if (group.due === before) return;
    this.#isDueChanged = true;
    page.due = before === page.due ? earliest(page.groups) : Math.min(page.due, group.due);
  }

  /** The groups that are due. */
  due(now: Ms): number[] {
    return this.#pages.all.flatMap((page, index) => {
      if (page.due > now) return [];
      return page.groups.flatMap(({ due }, slot) => (due <= now ? [index * PAGE + slot] : []));
    });
  }
}
