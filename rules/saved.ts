import { type Accumulator, emptyAccumulator } from './accumulator.ts';
import { groupDue, type Passing } from './due.ts';
import { folded, passedAt } from './gather.ts';
import { type Next, nextIn } from './groups.ts';
import type { Calendar, CalendarWindow } from './interval.ts';
import { type PackedMeter, type PackedTag, packMeter, packTag, unpackMeter, unpackTag } from './packed.ts';
import type { Group, MeterSpec, Plan } from './plan.ts';
import type { Ms } from './sample.ts';
import {
  type MeterState,
  meterState,
  type State,
  startDerived,
  startMeter,
  startState,
  stateOf,
  tagState,
} from './state.ts';

/** Changes whenever the state's form does. */
const FORM = 9;
/** That before lacks outer cells: it has all of them in the windows. */
const READABLE: readonly number[] = [8, FORM];

/** A state by the names that its positions stand for: the checkpoint. */
export interface Saved extends Pick<State, 'derived' | 'entered' | 'steppedAt'> {
  readonly form: number;
  /** Of the windows; none in a checkpoint of before it was kept. */
  readonly calendar?: Calendar;
  readonly windows: readonly string[];
  readonly meters: readonly PackedMeter[];
  readonly tags: Readonly<Record<string, PackedTag>>;
  /** The groups' next windows, each row of them once, and by the name of each meter, which may come to another group, which row is its group's. */
  readonly nexts: readonly (readonly CalendarWindow[])[];
  readonly groups: Readonly<Record<string, number>>;
}

/** Whether a saved state is of this version's form; of another one nothing but that is known. */
export const isReadable = ({ form }: Pick<Saved, 'form'>): boolean => READABLE.includes(form);

export function save(plan: Plan, state: State): Saved {
  const { derived, entered, steppedAt } = state;
  const nexts = new Rows();
  const rows = plan.groups.map((_, index) => {
    const next = nextIn(state.groups, index);
    return next && nexts.placeOf(next);
  });
  return {
    form: FORM,
    calendar: plan.calendar,
    windows: plan.windows,
    meters: plan.meters.map((spec, index) => packMeter(meterState(plan, state, index), startMeter(plan, spec))),
    tags: named(plan.tags, (index) => {
      const tag = tagState(state, index);
      return tag && packTag(tag);
    }),
    groups: named(plan.meters, (index) => rows[plan.groupOf[index]!]!),
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

/** What of a saved state is not to be taken up, since it is no longer what it was. */
export interface Redefined {
  /** Ids. */
  readonly meters: ReadonlySet<string>;
  readonly derived: ReadonlySet<string>;
}

export const NOTHING_REDEFINED: Redefined = { meters: new Set(), derived: new Set() };

/**
 * Takes up a saved state at `now`. Meters and tags are found by name, so that a configuration may gain or lose some.
 * Windows of a kind that is new begin with what comes from now on, like those of a meter that is not what it was: their
 * figures say so; where the calendar is another one, all windows do. A state of another version's form cannot be taken
 * up: metering starts anew.
 */
export function resume(plan: Plan, saved: Saved, now: Ms, redefined: Redefined = NOTHING_REDEFINED): State {
  if (!isReadable(saved)) return startState(plan, now);
  const around = { plan, saved, now, redefined, kinds: kindsIn(plan, saved) };
  const nexts = plan.groups.map((group) => nextOf(around, group));
  const byId = new Map(saved.meters.map((meter) => [meter.id, meter]));
  const meters = plan.meters.map((spec, index) =>
    meterOf(around, spec, byId.get(spec.id), nexts[plan.groupOf[index]!]!),
  );
  const passing: Passing = { passedAt: (meter, end) => passedAt(meters[meter]!, end) };
  const dues = plan.groups.map((group, index) => groupDue(plan, group, passing, now, nexts[index]!));
  const tags = plan.tags.map(({ id }) => (saved.tags[id] ? unpackTag(saved.tags[id]) : null));
  const { entered, steppedAt } = saved;
  return stateOf(plan, { meters, nexts, dues, tags, derived: derivedOf(around), entered, resumedAt: now, steppedAt });
}

interface Resuming {
  readonly plan: Plan;
  readonly saved: Saved;
  readonly now: Ms;
  readonly redefined: Redefined;
  /** Of each of the plan's window kinds, which of the saved it is; -1 for a new one. */
  readonly kinds: readonly number[];
}

function kindsIn({ calendar, windows }: Plan, saved: Saved): number[] {
  const isSame = saved.calendar === undefined || JSON.stringify(saved.calendar) === JSON.stringify(calendar);
  return windows.map((kind) => (isSame ? saved.windows.indexOf(kind) : -1));
}

/** Groups that have become one go on from the windows of the one furthest behind. */
function nextOf({ plan, saved, now, kinds }: Resuming, group: Group): Next {
  const rows = group.meters.map((meter) => saved.nexts[saved.groups[plan.meters[meter]!.id] ?? -1]);
  const known = rows.filter((row) => row !== undefined);
  if (known.length === 0) return null;
  return kinds.map((kind, position) =>
    kind < 0
      ? plan.calendarWindows.at(plan.windows[position]!, now)
      : known.map((row) => row[kind]!).reduce((a, b) => (b.start < a.start ? b : a)),
  );
}

function meterOf(
  { plan, saved, now, redefined, kinds }: Resuming,
  spec: MeterSpec,
  before: PackedMeter | undefined,
  next: readonly CalendarWindow[] | null,
): MeterState {
  const fresh = startMeter(plan, spec);
  if (!before) return fresh;
  if (before.mind.kind !== fresh.mind.kind || redefined.meters.has(spec.id)) return begunAnew(plan, fresh, next, now);
  const meter = unpackMeter(before, fresh);
  if (plan.windows.length === saved.windows.length && kinds.every((kind, position) => kind === position)) return meter;
  const { open } = folded(meter);
  return {
    ...meter,
    open: kinds.map((kind, position) => open[kind] ?? lacking(plan, next, position, now)),
    outer: null,
    cell: null,
  };
}

const begunAnew = (plan: Plan, fresh: MeterState, next: readonly CalendarWindow[] | null, now: Ms): MeterState => ({
  ...fresh,
  open: plan.windows.map((_, position) => lacking(plan, next, position, now)),
});

/** The open windows of a kind that lack what was before now, and say why. */
function lacking(plan: Plan, next: readonly CalendarWindow[] | null, position: number, now: Ms): Accumulator[] {
  const running = plan.calendarWindows.at(plan.windows[position]!, now);
  const first = next?.[position] ?? running;
  const open = first.start < running.start ? [first, running] : [running];
  return open.map(({ start, end }) => ({ ...emptyAccumulator(start, end), flags: ['redefined'] }));
}

const derivedOf = ({ plan, saved, redefined }: Resuming): State['derived'] =>
  Object.fromEntries(
    Object.entries(startDerived(plan)).map(([id, start]) => {
      const before = redefined.derived.has(id) ? undefined : saved.derived[id];
      return [id, before?.last.length === start.last.length ? before : start];
    }),
  );
