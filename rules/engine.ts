import { Beginnings } from './accumulator.ts';
import { admit } from './admission.ts';
import { isSetBack, resumedAt, setBack } from './clockStep.ts';
import { closeDue, closeEnded, takeInto } from './close.ts';
import { derive } from './derived.ts';
import { aroundMeter, type Draft, refreshDue } from './draft.ts';
import { Entries } from './entries.ts';
import type { Entry } from './entry.ts';
import { HAS_DERIVED, HAS_RANGE, NUMBERS_ONLY } from './feeds.ts';
import { enqueue } from './gather.ts';
import { Groups, type Next } from './groups.ts';
import { FOREVER, type Reading, readingOf } from './meter/contract.ts';
import { Meters } from './meters.ts';
import { takeEntry } from './operator.ts';
import type { Writing } from './pages.ts';
import type { Plan } from './plan.ts';
import { said } from './refusal.ts';
import type { Ms, Sample } from './sample.ts';
import { openFirst } from './settle.ts';
import type { Output, State } from './state.ts';
import { Tags } from './tags.ts';

/** The heart: samples in, figures out. Pure: the same plan, state and input give the same result, bit for bit. */

export interface Input {
  /** Plant time of this step. */
  readonly now: Ms;
  readonly samples: readonly Sample[];
  /** What operators have entered by hand. */
  readonly entries?: readonly Entry[];
}

export interface Step {
  readonly state: State;
  readonly outputs: readonly Output[];
}

/** What has come in one step, by meter, but for the readings that wait in the fast lane. */
type Arrivals = Map<number, Reading[]>;

/** Leaves the state that it is given as it was. */
export const step = (plan: Plan, state: State, input: Input): Step => take(draftOf(plan, state, input.now), input);

/**
 * The same for who has no more use for the state that it is given: its pages are written to, where `step` writes to
 * copies, which of a large plant take a quarter of the time. If it throws, neither state is to be used.
 */
export const stepInPlace = (plan: Plan, state: State, input: Input): Step =>
  take(draftOf(plan, state, input.now, 'inPlace'), input);

function take(draft: Draft, { now, samples, entries = [] }: Input): Step {
  for (const entry of entries) takeEntry(draft, entry);
  const arrivals: Arrivals = new Map();
  let tag = -1;
  for (const sample of samples) {
    tag = draft.plan.tagNames.after(tag, sample.tag);
    accept(draft, tag, sample, arrivals);
  }
  gather(draft, arrivals);
  const { length } = draft.outputs;
  for (const index of draft.groups.dueBy(now)) {
    closeDue(draft, index);
    if (draft.outputs.length - length >= MOST_CLOSED) break;
  }
  return { state: stateAfter(draft), outputs: draft.outputs };
}

/**
 * With so much to hand on of windows, a step closes no more groups: those of all meters end at once, and nobody should
 * have to wait for all of them, or to hold all that comes of them. What is left is due at once, in the next step.
 */
const MOST_CLOSED = 1_000;

/** Takes all that has come by now and waits for what might come before it: the end of a record, after which nothing does. */
export function drain(plan: Plan, state: State, now: Ms): Step {
  const draft = draftOf(plan, state, now);
  for (const index of plan.groups.keys()) if (draft.groups.next(index)) closeDue(draft, index);
  return { state: stateAfter(draft), outputs: draft.outputs };
}

/** Closes the windows that have ended of those groups, whatever may still come for them; that revises them as ever. */
export function closeGroups(plan: Plan, state: State, now: Ms, groups: readonly number[]): Step {
  const draft = draftOf(plan, state, now);
  for (const index of groups) if (draft.groups.next(index)) closeEnded(draft, index);
  return { state: stateAfter(draft), outputs: draft.outputs };
}

function draftOf(plan: Plan, state: State, now: Ms, writing: Writing = 'copies'): Draft {
  const beginnings = new Beginnings();
  const draft: Draft = {
    plan,
    now,
    resumedAt: resumedAt(plan, state, now),
    meters: new Meters(plan, state.meters, now - plan.grace, writing, beginnings),
    beginnings,
    groups: new Groups(state.groups, state.due, writing),
    tags: new Tags(state.tags, state.tagRests, writing),
    derived: new Entries(state.derived),
    entered: state.entered,
    outputs: [],
    taken: new Map(),
    late: new Map(),
  };
  if (isSetBack(plan, state, now)) setBack(draft, state.steppedAt);
  else if (draft.resumedAt !== state.resumedAt) for (const index of plan.groups.keys()) refreshDue(draft, index);
  return draft;
}

function stateAfter({ meters, groups, tags, derived, entered, resumedAt, now }: Draft): State {
  return {
    meters: meters.done(),
    groups: groups.all,
    tags: tags.pages,
    tagRests: tags.rests,
    derived: derived.all,
    entered,
    resumedAt,
    steppedAt: now,
    due: groups.firstDue,
  };
}

function accept(draft: Draft, tag: number, raw: Sample, arrivals: Arrivals): void {
  const { traits, ranges, first, to, input, derived } = draft.plan.feeds;
  const has = traits[tag]!;
  const sample = admit(has & HAS_RANGE ? ranges[tag] : undefined, (has & NUMBERS_ONLY) > 0, raw, draft);
  if (!tell(draft, tag, sample)) return;
  const skewed = sample.sourceTimestamp !== raw.sourceTimestamp;
  for (let place = first[tag]!; place < first[tag + 1]!; place++) {
    const [meter, as] = [to[place]!, input[place]!];
    if (!draft.meters.wait(meter, as, sample, skewed)) addTo(arrivals, meter, readingOf(sample, as, skewed));
  }
  if (has & HAS_DERIVED) for (const route of derived[tag]!) deriveFrom(draft, route.to, route.input, sample, arrivals);
}

/** How the tag stands now; false where the sample says nothing new. */
function tell(draft: Draft, tag: number, sample: Sample): boolean {
  if (draft.tags.isRepeated(tag, sample)) return false;
  const completed = draft.tags.follow(tag, sample);
  if (completed) draft.outputs.push({ type: 'minute', tag: sample.tag, summary: completed });
  return true;
}

function deriveFrom(draft: Draft, tag: number, input: number, sample: Sample, arrivals: Arrivals): void {
  const { id, derivation } = draft.plan.tags[tag]!;
  if (sample.unread) {
    // It must not keep out what the device hands over later; that the input is silent the derived tag finds by itself.
    const reason = `${sample.tag}: ${sample.reason ?? 'no value'}`;
    tell(draft, tag, { ...sample, tag: id, reason });
    return;
  }
  const { state, samples, isLate } = derive(id, derivation!, draft.derived.get(id)!, input, sample);
  draft.derived.set(id, state);
  for (const one of samples) accept(draft, tag, one, arrivals);
  if (isLate) refuseInput(draft, tag, sample);
}

/** What came too late for a derived tag is late for the meters that it feeds. */
function refuseInput(draft: Draft, tag: number, sample: Sample): void {
  const { tags, first, to } = draft.plan.feeds;
  const detail = `${sample.tag} of ${sample.sourceTimestamp} after ${tags[tag]} was computed for a later time`;
  for (const meter of to.subarray(first[tag], first[tag + 1])) {
    const state = draft.meters.leave(meter);
    const refused = { ...state, late: state.late + 1 };
    draft.meters.set(meter, said(aroundMeter(draft, meter, []), refused, { event: 'late', detail }));
  }
}

function addTo(readings: Arrivals, meter: number, reading: Reading): void {
  const list = readings.get(meter);
  if (list) list.push(reading);
  else readings.set(meter, [reading]);
}

/** Takes what is older than `grace` into the open windows of the meters that got samples. */
function gather(draft: Draft, arrivals: Arrivals): void {
  for (const meter of draft.meters.countWaiting()) if (!arrivals.has(meter)) arrivals.set(meter, []);
  for (const index of draft.meters.passed) refreshDue(draft, index);
  // In the plan's order: what is said must not depend on who waited where.
  const meters = [...arrivals.keys()].sort((a, b) => a - b);
  const touched = Map.groupBy(meters, (meter) => draft.plan.groupOf[meter]!);
  for (const [index, members] of [...touched].sort(([a], [b]) => a - b)) gatherGroup(draft, index, members, arrivals);
}

function gatherGroup(draft: Draft, index: number, meters: readonly number[], arrivals: Arrivals): void {
  for (const meter of meters) {
    const readings = arrivals.get(meter)!;
    if (readings.length > 0)
      draft.meters.set(meter, enqueue(aroundMeter(draft, meter, []), draft.meters.get(meter), readings));
  }
  const next = openGroup(draft, index, meters);
  if (!next) return;
  takeInto(draft, index, meters);
  const end = next.reduce((first, window) => Math.min(first, window.end), FOREVER);
  const mayPass = meters.some((meter) => arrivals.get(meter)!.some((reading) => reading.t >= end));
  if (draft.groups.due(index) === FOREVER || mayPass) refreshDue(draft, index);
}

/** A group's first windows are those of its first reading; readings that are all too late open none. */
function openGroup(draft: Draft, index: number, meters: readonly number[]): Next {
  const opened = draft.groups.next(index);
  if (opened) return opened;
  const first = meters.flatMap((meter) => draft.meters.get(meter).pending.slice(0, 1)).map(({ t }) => t);
  if (first.length === 0) return null;
  return openFirst(draft, index, Math.min(...first));
}

/** When `step` must be called next even if no sample comes: at once where the last one left something; Infinity while nothing is open. */
export const nextDue = (_plan: Plan, state: State): Ms =>
  state.due === FOREVER ? Infinity : Math.max(state.due, state.steppedAt);
