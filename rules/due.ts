import type { Next } from './groups.ts';
import type { Window } from './interval.ts';
import { FOREVER } from './meter/contract.ts';
import type { Group, Plan } from './plan.ts';
import type { Ms } from './sample.ts';

export interface Passing {
  /** When the reading was made with which a meter knows its quantity up to `end`; null while there is none. */
  passedAt(meter: number, end: Ms): Ms | null;
}

/**
 * When the window may close: `grace` after its end and after the readings with which every input has passed it (so that
 * one out of order still finds its place); without them after the longest poll period too.
 */
export function dueAt(plan: Plan, group: Group, meters: Passing, resumedAt: Ms, window: Window): Ms {
  let due = window.end + plan.grace;
  for (const index of group.meters) {
    const passed = meters.passedAt(index, window.end) ?? Math.max(window.end, resumedAt) + group.wait;
    due = Math.max(due, passed + plan.grace);
  }
  return due;
}

/** When the first of a group's windows may close. */
export function groupDue(plan: Plan, group: Group, meters: Passing, resumedAt: Ms, next: Next): Ms {
  let due = FOREVER;
  for (const window of next ?? [])
    if (window.end + plan.grace < due) due = Math.min(due, dueAt(plan, group, meters, resumedAt, window));
  return due;
}
