import { type Accumulator, Beginnings } from './accumulator.ts';
import { type DerivedState, derivedStart } from './derived.ts';
import type { Entry } from './entry.ts';
import { firstDue, type GroupPage, groupPage, type Next } from './groups.ts';
import type { CalendarWindow, Window } from './interval.ts';
import { meterAt } from './lane/borders.ts';
import { isInLane, type LanePages, lanePages, ROW, UP_TO } from './lane/page.ts';
import { FOREVER, type MeterEvent, NEVER, type Reading } from './meter/contract.ts';
import { type MeterMind, startMind } from './meter/meter.ts';
import type { Figure } from './metric.ts';
import type { Entered } from './operator.ts';
import { type Paged, pageOf, pagesFor, slotOf } from './pages.ts';
import { inputsOf, type MeterSpec, type Plan } from './plan.ts';
import { NOTHING_SAID, type Said } from './refusal.ts';
import type { Ms } from './sample.ts';
import { type MinuteSummary, type TagPage, type TagRest, type TagState, tagIn, tagPages } from './tags.ts';

/** The engine's state is plain data: it is the checkpoint. It grows only with what is open. */
export interface State {
  /** In the order of the plan's meters, groups and tags. */
  readonly meters: Paged<LanePages>;
  readonly groups: Paged<GroupPage>;
  readonly tags: Paged<TagPage>;
  readonly tagRests: Paged<TagRest>;
  /** What derived tags know of their inputs, by tag. */
  readonly derived: Readonly<Record<string, DerivedState>>;
  /** Operators' entries of late. */
  readonly entered: readonly Entered[];
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
  /** Open windows' amounts, by window kind in the order of the plan's windows, but for what is in `outer` and `cell`. */
  readonly open: readonly (readonly Accumulator[])[];
  /** What was gathered before `cell` since the last border of any window but the shortest; belongs to one of each kind but that. */
  readonly outer: Accumulator | null;
  /** What was gathered since the last border of any window; belongs to one open window of each kind. */
  readonly cell: Accumulator | null;
  /** Readings that came too late to be used. */
  readonly late: number;
  /** What a list had no room for: each is bounded, and the oldest go first. */
  readonly dropped: number;
  /** Readings ahead of the agent's clock, used with the time of their receipt. */
  readonly skewed: number;
  readonly said: Said;
}

/** From the first instant to the last; both are meant. */
export interface Span {
  readonly from: Ms;
  readonly to: Ms;
}

/** What a step hands on, in order, for the ledger (ledger.ts). `amend` and `settle` concern windows already closed. */
export type Output =
  | { readonly type: 'figure'; readonly figure: Figure }
  | { readonly type: 'note'; readonly meter: string; readonly event: MeterEvent; readonly detail: string }
  /** An operator's entry; `refused` says why it changes nothing. */
  | {
      readonly type: 'entry';
      readonly entry: Entry;
      readonly refused: string | null;
      /** The time that it is about, of a correction its piece's; null where that is not known. */
      readonly about: Span | null;
    }
  | { readonly type: 'minute'; readonly tag: string; readonly summary: MinuteSummary }
  | Amendment;

export type Amendment =
  | { readonly type: 'amend'; readonly meter: string; readonly window: Window; readonly late: Accumulator }
  | {
      readonly type: 'settle';
      readonly meter: string;
      /** Every window inside it is touched. */
      readonly window: CalendarWindow;
      readonly ratio: number;
      /** The metal is really produced; otherwise it is estimated with another efficiency. */
      readonly isReal: boolean;
    };

export function startState(plan: Plan, now: Ms): State {
  return stateOf(plan, {
    meters: plan.meters.map((meter) => startMeter(plan, meter)),
    nexts: plan.groups.map(() => null),
    dues: plan.groups.map(() => FOREVER),
    tags: [],
    derived: startDerived(plan),
    entered: [],
    resumedAt: now,
    steppedAt: now,
  });
}

export const startMeter = (plan: Plan, meter: MeterSpec): MeterState => ({
  id: meter.id,
  mind: startMind(meter),
  pending: [],
  settled: inputsOf(meter).map(() => NEVER),
  open: plan.windows.map(() => []),
  outer: null,
  cell: null,
  late: 0,
  dropped: 0,
  skewed: 0,
  said: NOTHING_SAID,
});

export const startDerived = (plan: Plan): State['derived'] =>
  Object.fromEntries(plan.tags.flatMap(({ id, derivation }) => (derivation ? [[id, derivedStart(derivation)]] : [])));

/** A state's parts, one by one. */
export interface Parts extends Pick<State, 'derived' | 'entered' | 'resumedAt' | 'steppedAt'> {
  readonly meters: readonly MeterState[];
  /** Of the groups what each waits for, and when it is due. */
  readonly nexts: readonly Next[];
  readonly dues: readonly Ms[];
  /** In the order of the plan's tags, as far as they were read. */
  readonly tags: readonly (TagState | null)[];
}

export function stateOf(plan: Plan, { meters, nexts, dues, tags, ...rest }: Parts): State {
  const ofTags = pagesFor(plan.tags.length, (first, end) => tagPages(end - first, tags.slice(first, end)));
  const pages = pagesFor(nexts.length, (first, end) => groupPage(nexts.slice(first, end), dues.slice(first, end)));
  return {
    ...rest,
    meters: pagesFor(meters.length, (first, end) => lanePages(meters.slice(first, end), plan.depth)),
    groups: pages,
    tags: ofTags.map((shelf) => shelf.map(({ page }) => page)),
    tagRests: ofTags.map((shelf) => shelf.map(({ rest }) => rest)),
    due: firstDue(pages),
  };
}

/** How a meter stands, by its position in the plan. */
export function meterState(plan: Plan, state: State, index: number): MeterState {
  const pages = pageOf(state.meters, index);
  const slot = slotOf(index);
  if (!isInLane(pages, slot)) return pages.meters.meters[slot]!;
  const upTo = pages.waiting.rows[slot * ROW + UP_TO]!;
  return meterAt(pages, slot, plan.lanes[index]!, upTo, plan.meters[index]!, new Beginnings());
}

/** The newest sample of a tag, by its position in the plan; null before the first. */
export const tagState = (state: State, index: number): TagState | null =>
  tagIn(pageOf(state.tags, index), pageOf(state.tagRests, index), slotOf(index));

/** What each group waits for. */
export const nextsOf = (state: State): Next[] => state.groups.flat().flatMap(({ nexts }) => nexts);

/** Readings of all meters that came too late to be used, and what they had no room for. */
export const lateReadings = (state: State): number => sumOver(state, ({ late }) => late);
export const droppedByMeters = (state: State): number => sumOver(state, ({ dropped }) => dropped);
const sumOver = (state: State, of: (meter: MeterState) => number): number =>
  state.meters.flat().reduce((all, { meters: { meters } }) => meters.reduce((sum, meter) => sum + of(meter), all), 0);
