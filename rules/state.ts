import type { Accumulator } from './accumulator.ts';
import { type DerivedState, derivedStart } from './derived.ts';
import { groupDue } from './due.ts';
import { type Window, windowAt } from './interval.ts';
import { FOREVER, NEVER, type Reading } from './meter/contract.ts';
import { type MeterMind, startMind } from './meter/meter.ts';
import type { Figure } from './metric.ts';
import { inputsOf, type Plan } from './plan.ts';
import type { Ms, RawValue, StatusCode } from './sample.ts';

/** The engine's state is plain data: it is the checkpoint. It grows only with what is open. */
export interface State {
  /** In the order of the plan's meters. */
  readonly meters: readonly MeterState[];
  readonly groups: readonly GroupState[];
  /** The newest sample of each tag, in the order of the plan's tags; null before the first. */
  readonly tags: readonly (TagState | null)[];
  /** What derived tags know of their inputs, by tag. */
  readonly derived: Readonly<Record<string, DerivedState>>;
  /** When this state was taken up; inputs get their time to report again before windows close without them. */
  readonly resumedAt: Ms;
  /** When it was last stepped. */
  readonly steppedAt: Ms;
  /** When the first window of any group may close. */
  readonly due: Ms;
}

export interface MeterState {
  readonly id: string;
  readonly mind: MeterMind;
  /** Readings of the last `grace`, in order: one that comes out of order still finds its place among them. */
  readonly pending: readonly Reading[];
  /** Time of the last reading taken from `pending`, by input. */
  readonly settled: readonly Ms[];
  /** Open windows' amounts, by window kind in the order of the plan's windows. */
  readonly open: readonly (readonly Accumulator[])[];
  /** Readings that came too late to be used. */
  readonly late: number;
  /** Readings ahead of the agent's clock, used with the time of their receipt. */
  readonly skewed: number;
  /** When a refusal of readings was last recorded. */
  readonly saidAt: Ms;
}

export interface GroupState {
  /** The earliest window not yet closed, by window kind; null before the first sample. */
  readonly next: readonly Window[] | null;
  /** When the first of them may close. */
  readonly due: Ms;
}

export interface TagState {
  readonly value: RawValue | null;
  readonly statusCode: StatusCode;
  readonly reason: string | null;
  readonly sourceTimestamp: Ms;
  /** Since when the status is what it is. */
  readonly since: Ms;
  readonly minute: MinuteSummary;
}

/** What one tag did in one minute. */
export interface MinuteSummary {
  readonly minute: Ms;
  readonly samples: number;
  readonly good: number;
  readonly usable: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly sum: number;
  readonly last: number | null;
}

/** What a step hands on, in order, for the ledger (ledger.ts). `amend` and `settle` concern windows already closed. */
export type Output =
  | { readonly type: 'figure'; readonly figure: Figure }
  | { readonly type: 'note'; readonly meter: string; readonly event: string; readonly detail: string }
  | { readonly type: 'minute'; readonly tag: string; readonly summary: MinuteSummary }
  | Amendment;

export type Amendment =
  | { readonly type: 'amend'; readonly meter: string; readonly window: Window; readonly late: Accumulator }
  | {
      readonly type: 'settle';
      readonly meter: string;
      /** Every window inside it is touched. */
      readonly window: Window;
      readonly ratio: number;
      /** The metal is really produced; otherwise it is estimated with another efficiency. */
      readonly isReal: boolean;
    };

export function startState(plan: Plan, now: Ms): State {
  return {
    meters: plan.meters.map((meter) => ({
      id: meter.id,
      mind: startMind(meter),
      pending: [],
      settled: inputsOf(meter).map(() => NEVER),
      open: plan.windows.map(() => []),
      late: 0,
      skewed: 0,
      saidAt: NEVER,
    })),
    groups: plan.groups.map(() => ({ next: null, due: FOREVER })),
    tags: plan.tags.map(() => null),
    derived: Object.fromEntries(
      plan.tags.flatMap(({ id, derivation }) => (derivation ? [[id, derivedStart(derivation)]] : [])),
    ),
    resumedAt: now,
    steppedAt: now,
    due: FOREVER,
  };
}

/**
 * Takes up a saved state at `now`. Meters and tags are found by name, so that a configuration may gain or lose some;
 * the figures of a plan whose windows changed start anew from the saved readings. A state of another version's form
 * cannot be taken up: metering starts anew.
 */
export function resume(plan: Plan, saved: Saved, now: Ms): State {
  const fresh = startState(plan, now);
  if (saved.form !== FORM) return fresh;
  const byId = new Map(saved.state.meters.map((meter) => [meter.id, meter]));
  const sameWindows = plan.windows.join() === saved.windows.join();
  const meters = fresh.meters.map((meter) => {
    const before = byId.get(meter.id);
    if (!before || before.mind.kind !== meter.mind.kind) return meter;
    return sameWindows ? before : { ...before, open: meter.open };
  });
  const tagById = new Map(saved.tags.map((id, index) => [id, saved.state.tags[index] ?? null]));
  const groups = plan.groups.map((group): GroupState => {
    const next = sameWindows ? earliest(group.meters.map((meter) => saved.groups[plan.meters[meter]!.id]?.next)) : null;
    return { next, due: groupDue(plan, group, meters, now, next) };
  });
  const tags = plan.tags.map((tag) => tagById.get(tag.id) ?? null);
  const derived = Object.fromEntries(
    Object.entries(fresh.derived).map(([id, start]) => {
      const before = saved.state.derived[id];
      return [id, before?.last.length === start.last.length ? before : start];
    }),
  );
  const { steppedAt } = saved.state;
  return { meters, groups, tags, derived, resumedAt: now, steppedAt, due: firstDue(groups) };
}

/** Groups that have become one go on from the windows of the one furthest behind. */
function earliest(candidates: readonly (GroupState['next'] | undefined)[]): GroupState['next'] {
  const known = candidates.filter((next) => next !== undefined && next !== null);
  return (
    known[0]?.map((_, kind) => known.map((next) => next[kind]!).reduce((a, b) => (b.start < a.start ? b : a))) ?? null
  );
}

export const firstDue = (groups: readonly GroupState[]): Ms =>
  groups.reduce((first, { due }) => Math.min(first, due), FOREVER);

/** Changes whenever the state's form does. */
const FORM = 2;

/** A state with the names that its positions stand for. */
export interface Saved {
  readonly form: number;
  readonly state: State;
  readonly windows: readonly string[];
  readonly tags: readonly string[];
  /** Each group's state by the name of its first meter. */
  readonly groups: Readonly<Record<string, GroupState>>;
}

export const save = (plan: Plan, state: State): Saved => ({
  form: FORM,
  state,
  windows: plan.windows,
  tags: plan.tags.map((tag) => tag.id),
  groups: Object.fromEntries(
    plan.groups.map((group, index) => [plan.meters[group.meters[0]!]!.id, state.groups[index]!]),
  ),
});

/** The first windows of a group whose first sample is at `at`. */
export const firstWindows = (plan: Plan, at: Ms): readonly Window[] =>
  plan.windows.map((kind) => windowAt(plan.calendar, kind, at));
