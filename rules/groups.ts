import { FOREVER } from './meter/contract.ts';
import { numberOf, PAGE, type Paged, Pages, slotOf, type Writing } from './pages.ts';
import type { Ms } from './sample.ts';
import type { GroupState } from './state.ts';

/** A page's groups, and when the first of them is due. */
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
  /** The pages in which some group is due at another time than before. */
  readonly #changed = new Set<GroupPage>();

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
    for (const page of this.#changed) page.due = earliest(page.groups);
    return firstDue(this.#pages.all);
  }

  get(index: number): GroupState {
    return this.#pages.at(numberOf(index)).groups[slotOf(index)]!;
  }

  set(index: number, group: GroupState): void {
    const page = this.#pages.own(numberOf(index), copyPage);
    if (group.due !== page.groups[slotOf(index)]!.due) this.#changed.add(page);
    page.groups[slotOf(index)] = group;
  }

  /** The groups that are due, each looked for when it is asked for. */
  *due(now: Ms): Generator<number> {
    if (this.firstDue > now) return;
    const pages = this.all.flat();
    for (const [number, page] of pages.entries()) {
      if (page.due > now) continue;
      for (let slot = 0; slot < page.groups.length; slot++)
        if (page.groups[slot]!.due <= now) yield number * PAGE + slot;
    }
  }
}
