import { type Accumulator, accumulate, type Beginnings, combine, emptyAccumulator } from './accumulator.ts';
import type { DerivedState } from './derived.ts';
import { groupDue } from './due.ts';
import type { Entries } from './entries.ts';
import type { Surroundings } from './gather.ts';
import type { Groups } from './groups.ts';
import type { CalendarWindow, Window } from './interval.ts';
import type { Meters } from './meters.ts';
import type { Entered } from './operator.ts';
import type { Plan } from './plan.ts';
import type { Ms } from './sample.ts';
import { isTally, type Segment } from './segment.ts';
import type { Amendment, MeterState, Output } from './state.ts';
import type { Tags } from './tags.ts';

export type Late = Extract<Amendment, { type: 'amend' }>;

/** A state under way inside one step; the state that it began with is never changed. */
export interface Draft {
  readonly plan: Plan;
  readonly now: Ms;
  readonly resumedAt: Ms;
  readonly meters: Meters;
  readonly groups: Groups;
  readonly tags: Tags;
  readonly derived: Entries<DerivedState>;
  entered: readonly Entered[];
  readonly beginnings: Beginnings;
  readonly outputs: Output[];
  /** What meters whose amounts are divided among pieces have counted, by meter. */
  readonly taken: Map<number, Segment[]>;
  /** What came for windows already closed, by meter and window: handed on together, however many readings it is. */
  readonly late: Map<string, Late>;
}

/** What the gathering of one meter needs to know. */
export const aroundMeter = (draft: Draft, index: number, next: readonly CalendarWindow[]): Surroundings => {
  const meter = draft.plan.meters[index]!;
  return {
    plan: draft.plan,
    meter,
    now: draft.now,
    next,
    beginnings: draft.beginnings,
    taken: (segments) => {
      if (!draft.plan.isDivided.has(index)) return;
      const all = draft.taken.get(index);
      if (all) all.push(...segments);
      else draft.taken.set(index, [...segments]);
    },
    note: (note) => draft.outputs.push({ type: 'note', meter: meter.id, ...note }),
    amend: (window, segment) => {
      const key = `${meter.id}|${window.kind}|${window.start}`;
      const before = draft.late.get(key)?.late;
      if (!before && isTally(segment)) return;
      const late = before ?? emptyAccumulator(window.start, window.end);
      draft.late.set(key, { type: 'amend', meter: meter.id, window, late: accumulate(late, segment) });
    },
  };
};

/** Hands on what came late, before anything that builds on it. */
export function flushLate(draft: Draft): void {
  for (const late of draft.late.values()) draft.outputs.push(late);
  draft.late.clear();
}

/** What a meter has gathered for a window that is not closed. */
export function gathered({ open, outer, cell }: MeterState, kind: number, window: Window): Accumulator {
  const acc = open[kind]!.find(({ start }) => start === window.start) ?? emptyAccumulator(window.start, window.end);
  const parts = kind > 0 ? [outer, cell] : [cell];
  return parts.reduce<Accumulator>(
    (sum, part) => (part && part.start >= window.start && part.end <= window.end ? combine(sum, part) : sum),
    acc,
  );
}

/** Puts right when a group is due. */
export function refreshDue({ plan, groups, meters, resumedAt: since }: Draft, index: number): void {
  groups.setDue(index, groupDue(plan, plan.groups[index]!, meters, since, groups.next(index)));
}
