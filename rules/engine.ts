import { admit, follow, isRepeated } from './admission.ts';
import { isSetBack, resumedAt, setBack } from './clockStep.ts';
import { closeDue, takeInto } from './close.ts';
import { derive } from './derived.ts';
import { aroundMeter, type Draft } from './draft.ts';
import { groupDue } from './due.ts';
import { enqueue } from './gather.ts';
import { FOREVER, type Reading } from './meter/contract.ts';
import type { Plan } from './plan.ts';
import type { Ms, Sample } from './sample.ts';
import { openPeriod } from './settle.ts';
import { firstDue, firstWindows, type Output, type State } from './state.ts';

/** The heart: samples in, figures out. Pure: the same plan, state and input give the same result, bit for bit. */

export interface Input {
  /** Plant time of this step. */
  readonly now: Ms;
  readonly samples: readonly Sample[];
}

export interface Step {
  readonly state: State;
  readonly outputs: readonly Output[];
}

/** The readings of one step, by meter. */
type Fresh = Map<number, Reading[]>;

export function step(plan: Plan, state: State, input: Input): Step {
  const draft = draftOf(plan, state, input.now);
  const { groups } = draft;
  const fresh: Fresh = new Map();
  for (const sample of input.samples) accept(draft, sample, fresh);
  const changed = gather(draft, fresh);
  const isNew = changed || draft.resumedAt !== state.resumedAt || input.now < state.steppedAt;
  let due = isNew ? firstDue(groups) : state.due;
  if (due <= draft.now) {
    groups.forEach((group, index) => {
      if (group.due <= draft.now) closeDue(draft, index);
    });
    due = firstDue(groups);
  }
  const { meters, tags, derived, outputs } = draft;
  const after = { meters, groups, tags, derived, resumedAt: draft.resumedAt, steppedAt: draft.now, due };
  return { state: after, outputs };
}

function draftOf(plan: Plan, state: State, now: Ms): Draft {
  const draft: Draft = {
    plan,
    now,
    resumedAt: resumedAt(plan, state, now),
    meters: [...state.meters],
    groups: [...state.groups],
    tags: [...state.tags],
    derived: { ...state.derived },
    outputs: [],
    late: new Map(),
  };
  if (isSetBack(plan, state, now)) setBack(draft, state.steppedAt);
  else if (draft.resumedAt !== state.resumedAt) for (const index of draft.groups.keys()) refreshDue(draft, index);
  return draft;
}

function accept(draft: Draft, raw: Sample, fresh: Fresh): void {
  const index = draft.plan.tagIndex.get(raw.tag);
  if (index === undefined) throw new RangeError(`a sample of the unknown tag ${raw.tag}`);
  const sample = admit(draft.plan.tags[index]!, raw, draft.now);
  const last = draft.tags[index]!;
  if (isRepeated(last, sample)) return;
  const { tag, completed } = follow(last, sample);
  draft.tags[index] = tag;
  if (completed) draft.outputs.push({ type: 'minute', tag: sample.tag, summary: completed });
  const skewed = sample.sourceTimestamp !== raw.sourceTimestamp;
  for (const { meter, input } of draft.plan.routes.get(sample.tag) ?? []) {
    const reading = readingOf(sample, input, skewed);
    const readings = fresh.get(meter);
    if (readings) readings.push(reading);
    else fresh.set(meter, [reading]);
  }
  for (const { tag: position, input } of draft.plan.derivedFrom.get(sample.tag) ?? []) {
    const { id, derivation } = draft.plan.tags[position]!;
    const derived = derive(id, derivation!, draft.derived[id]!, input, sample);
    draft.derived[id] = derived.state;
    for (const one of derived.samples) accept(draft, one, fresh);
  }
}

function readingOf(
  { value, statusCode, sourceTimestamp: t, takenWithin }: Sample,
  input: number,
  skewed: boolean,
): Reading {
  return { t, input, value, statusCode, ...(takenWithin && { takenWithin }), ...(skewed && { skewed }) };
}

/** Takes what is older than `grace` into the open windows of the meters that got samples; whether a group's due changed. */
function gather(draft: Draft, fresh: Fresh): boolean {
  const { plan } = draft;
  const touched = Map.groupBy(fresh.keys(), (meter) => plan.groupOf[meter]!);
  let isChanged = false;
  for (const [index, meters] of touched) {
    for (const meter of meters)
      draft.meters[meter] = enqueue(aroundMeter(draft, meter, []), draft.meters[meter]!, fresh.get(meter)!);
    const { next, due } = openGroup(draft, index, meters);
    if (!next) continue;
    takeInto(draft, index, meters);
    const end = Math.min(...next.map((window) => window.end));
    const mayPass = meters.some((meter) => fresh.get(meter)!.some((reading) => reading.t >= end));
    if (due === FOREVER || mayPass) isChanged = refreshDue(draft, index) || isChanged;
  }
  return isChanged;
}

/** A group's first windows are those of its first reading; readings that are all too late open none. */
function openGroup(draft: Draft, index: number, meters: readonly number[]): Draft['groups'][number] {
  const group = draft.groups[index]!;
  if (group.next) return group;
  const first = meters.flatMap((meter) => draft.meters[meter]!.pending.slice(0, 1)).map(({ t }) => t);
  if (first.length === 0) return group;
  const next = firstWindows(draft.plan, Math.min(...first));
  draft.groups[index] = { ...group, next };
  openPeriod(draft, draft.plan.groups[index]!, next);
  return draft.groups[index]!;
}

function refreshDue({ plan, groups, meters, resumedAt: since }: Draft, index: number): boolean {
  const group = groups[index]!;
  const due = groupDue(plan, plan.groups[index]!, meters, since, group.next);
  if (due === group.due) return false;
  groups[index] = { ...group, due };
  return true;
}

/** When `step` must be called next even if no sample comes; Infinity while nothing is open. */
export const nextDue = (_plan: Plan, state: State): Ms => (state.due === FOREVER ? Infinity : state.due);
