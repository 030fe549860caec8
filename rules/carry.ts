import { closeGroups, type Step } from './engine.ts';
import type { Group, Plan } from './plan.ts';
import type { Ms } from './sample.ts';
import { NOTHING_REDEFINED, type Redefined, resume, type Saved, save } from './saved.ts';
import type { State } from './state.ts';

/**
 * Goes on at `now` with another plan. Meters that are what they were keep their counts and open windows; those in
 * `redefined`, and new ones, begin anew. Groups whose meters or metrics change first close what has ended, by the old plan.
 */
export function carryOver(
  before: Plan,
  after: Plan,
  state: State,
  now: Ms,
  redefined: Redefined = NOTHING_REDEFINED,
): Step {
  const unchanged = new Set(after.groups.map((group) => signatureOf(after, group)));
  const touched = [...before.groups.keys()].filter((index) => {
    const group = before.groups[index]!;
    const isRedefined = group.meters.some((meter) => redefined.meters.has(before.meters[meter]!.id));
    return isRedefined || !unchanged.has(signatureOf(before, group));
  });
  const closed = closeGroups(before, state, now, touched);
  const carried = resume(after, byEveryMeter(before, save(before, closed.state)), now, redefined);
  // The agent was not away: nobody needs time to report again.
  return { state: { ...carried, resumedAt: closed.state.resumedAt }, outputs: closed.outputs };
}

/** What the figures of a group are made by; the same text only for the same. */
const signatureOf = (plan: Plan, { meters, metrics }: Group): string =>
  JSON.stringify([meters.map((meter) => plan.meters[meter]!.id), metrics, plan.windows, plan.grace]);

/** A checkpoint names a group by its first meter, which may have left it. */
function byEveryMeter({ meters, groups }: Plan, saved: Saved): Saved {
  const rows = groups.flatMap((group) => {
    const row = saved.groups[meters[group.meters[0]!]!.id];
    return row === undefined ? [] : group.meters.map((meter) => [meters[meter]!.id, row] as const);
  });
  return { ...saved, groups: Object.fromEntries(rows) };
}
