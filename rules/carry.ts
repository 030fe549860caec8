import { closeGroups, type Step } from './engine.ts';
import { type Group, type MeterSpec, type MetricSpec, makePlan, type Plan } from './plan.ts';
import { togetherWith } from './product/plan.ts';
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
 * Goes on at `now` from a checkpoint, which may be of another plan. Where meters are joined of which some have windows
 * closed that others still have open, these are closed before they are joined, as far as they have ended.
 */
export function takeUp(plan: Plan, saved: Saved, now: Ms, redefined: Redefined = NOTHING_REDEFINED): Step {
  const apart = isReadable(saved) ? untorn(plan, saved) : null;
  if (!apart) return { state: resume(plan, saved, now, redefined), outputs: [] };
  return carryOver(apart, plan, resume(apart, saved, now, redefined), now);
}

/** The plan without what joins meters that do not have the same windows open; null where nothing does. */
function untorn(plan: Plan, { groups }: Saved): Plan | null {
  const areAbreast = (ids: readonly string[]): boolean => {
    const rows = ids.flatMap((id) => groups[id] ?? []);
    return rows.every((row) => row === rows[0]);
  };
  const abreast = plan.metrics.filter((metric) => areAbreast(metersOf(metric)));
  const torn = new Set(
    plan.meters.flatMap((meter) =>
      meter.kind === 'product' && !areAbreast(togetherWith(meter, plan.meters, abreast)) ? [meter.id] : [],
    ),
  );
  const meters = plan.meters.flatMap((meter): MeterSpec[] => {
    if (torn.has(meter.kind === 'idle' ? meter.outside : meter.id)) return [];
    if (meter.kind !== 'faraday' || !meter.settle || areAbreast([meter.id, meter.settle.tapped])) return [meter];
    const { settle: _, ...unsettled } = meter;
    return [unsettled];
  });
  const ids = new Set(meters.map(({ id }) => id));
  const metrics = abreast.filter((metric) => metersOf(metric).every((id) => ids.has(id)));
  const isWhole =
    metrics.length === plan.metrics.length && meters.every((meter, index) => meter === plan.meters[index]);
  return isWhole && meters.length === plan.meters.length ? null : makePlan({ ...plan, meters, metrics });
}

const metersOf = ({ numerator, denominator }: MetricSpec): string[] =>
  [...numerator, ...denominator].map(({ meter }) => meter);

/** What the figures of a group are made by; the same text only for the same. */
const signatureOf = (plan: Plan, { meters, metrics }: Group): string =>
  JSON.stringify([meters.map((meter) => plan.meters[meter]!.id), metrics, plan.windows, plan.grace]);
