import { closeGroups, type Step } from './engine.ts';
import { type Group, type MetricSpec, makePlan, type Plan } from './plan.ts';
import type { Ms } from './sample.ts';
import { isReadable, NOTHING_REDEFINED, type Redefined, resume, type Saved, save } from './saved.ts';
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
  const carried = resume(after, save(before, closed.state), now, redefined);
  // The agent was not away: nobody needs time to report again.
  return { state: { ...carried, resumedAt: closed.state.resumedAt }, outputs: closed.outputs };
}

/**
 * Goes on at `now` from a checkpoint, which may be of another plan. Where a metric joins meters of which some have windows
 * closed that others still have open, these are closed before they are joined, as far as they have ended.
 */
export function takeUp(plan: Plan, saved: Saved, now: Ms, redefined: Redefined = NOTHING_REDEFINED): Step {
  const metrics = plan.metrics.filter((metric) => !isReadable(saved) || isAbreast(saved, metric));
  if (metrics.length === plan.metrics.length) return { state: resume(plan, saved, now, redefined), outputs: [] };
  const apart = makePlan({ ...plan, metrics });
  return carryOver(apart, plan, resume(apart, saved, now, redefined), now);
}

/** Whether the meters of a metric have the same windows open, those aside of which the checkpoint says nothing. */
function isAbreast({ groups }: Saved, { numerator, denominator }: MetricSpec): boolean {
  const rows = [...numerator, ...denominator].flatMap(({ meter }) => groups[meter] ?? []);
  return rows.every((row) => row === rows[0]);
}

/** What the figures of a group are made by; the same text only for the same. */
const signatureOf = (plan: Plan, { meters, metrics }: Group): string =>
  JSON.stringify([meters.map((meter) => plan.meters[meter]!.id), metrics, plan.windows, plan.grace]);
