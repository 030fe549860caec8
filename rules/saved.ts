import { groupDue } from './due.ts';
import { passedAt } from './gather.ts';
import type { CalendarWindow } from './interval.ts';
import { type PackedMeter, type PackedTag, packMeter, packTag, unpackMeter, unpackTag } from './packed.ts';
import type { Plan } from './plan.ts';
import type { Ms } from './sample.ts';
import {
  type GroupState,
  groupState,
  meterState,
  type State,
  startDerived,
  startMeter,
  startState,
  stateOf,
  tagState,
} from './state.ts';

/** Changes whenever the state's form does. */
const FORM = 8;

/** A state by the names that its positions stand for: the checkpoint. */
export interface Saved extends Pick<State, 'derived' | 'entered' | 'steppedAt'> {
  readonly form: number;
  readonly windows: readonly string[];
  readonly meters: readonly PackedMeter[];
  readonly tags: Readonly<Record<string, PackedTag>>;
  /** The groups' next windows, each row of them once, and by the name of a group's first meter which row is its. */
  readonly nexts: readonly (readonly CalendarWindow[])[];
  readonly groups: Readonly<Record<string, number>>;
}

export function save(plan: Plan, state: State): Saved {
  const { derived, entered, steppedAt } = state;
  const nexts = new Rows();
  return {
    form: FORM,
    windows: plan.windows,
    meters: plan.meters.map((spec, index) => packMeter(meterState(plan, state, index), startMeter(plan, spec))),
    tags: named(plan.tags, (index) => {
      const tag = tagState(state, index);
      return tag && packTag(tag);
    }),
    groups: named(
      plan.groups.map((group) => plan.meters[group.meters[0]!]!),
      (index) => {
        const { next } = groupState(state, index);
        return next && nexts.placeOf(next);
      },
    ),
    nexts: nexts.all,
    derived,
    entered,
    steppedAt,
  };
}

/** Rows of windows, each once: most groups wait for the same. */
class Rows {
  readonly all: (readonly CalendarWindow[])[] = [];
  readonly #places = new Map<string, number>();

  placeOf(row: readonly CalendarWindow[]): number {
    const key = row.map(({ start }) => start).join();
    const place = this.#places.get(key) ?? this.all.push(row) - 1;
    this.#places.set(key, place);
    return place;
  }
}

const named = <T>(of: readonly { readonly id: string }[], value: (index: number) => T | null): Record<string, T> =>
  Object.fromEntries(
    of.flatMap(({ id }, index) => {
      const one = value(index);
      return one === null ? [] : [[id, one] as const];
    }),
  );

/**
 * Takes up a saved state at `now`. Meters and tags are found by name, so that a configuration may gain or lose some;
 * the figures of a plan whose windows changed start anew from the saved readings. A state of another version's form
 * cannot be taken up: metering starts anew.
 */
export function resume(plan: Plan, saved: Saved, now: Ms): State {
  if (saved.form !== FORM) return startState(plan, now);
  const byId = new Map(saved.meters.map((meter) => [meter.id, meter]));
  const sameWindows = plan.windows.join() === saved.windows.join();
  const meters = plan.meters.map((spec) => {
    const fresh = startMeter(plan, spec);
    const before = byId.get(spec.id);
    if (!before || before.mind.kind !== fresh.mind.kind) return fresh;
    const meter = unpackMeter(before, fresh);
    return sameWindows ? meter : { ...meter, open: fresh.open, cell: null };
  });
  const groups = plan.groups.map((group): GroupState => {
    const next = sameWindows
      ? earliest(group.meters.map((meter) => saved.nexts[saved.groups[plan.meters[meter]!.id] ?? -1]))
      : null;
    const due = groupDue(plan, group, (meter, end) => passedAt(meters[meter]!, end), now, next);
    return { next, due };
  });
  const tags = plan.tags.map(({ id }) => (saved.tags[id] ? unpackTag(saved.tags[id]) : null));
  const derived = Object.fromEntries(
    Object.entries(startDerived(plan)).map(([id, start]) => {
      const before = saved.derived[id];
      return [id, before?.last.length === start.last.length ? before : start];
    }),
  );
  const { entered, steppedAt } = saved;
  return stateOf(plan, { meters, groups, tags, derived, entered, resumedAt: now, steppedAt });
}

/** Groups that have become one go on from the windows of the one furthest behind. */
function earliest(candidates: readonly (readonly CalendarWindow[] | undefined)[]): readonly CalendarWindow[] | null {
  const known = candidates.filter((next) => next !== undefined);
  return (
    known[0]?.map((_, kind) => known.map((next) => next[kind]!).reduce((a, b) => (b.start < a.start ? b : a))) ?? null
  );
}
