import { admit, follow, isRepeated } from './admission.ts';
import { closeDue, type Draft, dueAt } from './close.ts';
import { derive } from './derived.ts';
import { enqueue, settle } from './gather.ts';
import type { Plan } from './plan.ts';
import type { Ms, Sample } from './sample.ts';
import { firstWindows, type Output, type State } from './state.ts';

/** The heart: samples in, evaluations out. Pure: the same plan, state and input give the same result, bit for bit. */

export interface Input {
  /** Plant time of this step. */
  readonly now: Ms;
  readonly samples: readonly Sample[];
}

export interface Step {
  readonly state: State;
  readonly outputs: readonly Output[];
}

export function step(plan: Plan, state: State, input: Input): Step {
  const draft: Draft = {
    plan,
    now: input.now,
    resumedAt: state.resumedAt,
    meters: [...state.meters],
    groups: [...state.groups],
    limits: { ...state.limits },
    tags: [...state.tags],
    derived: { ...state.derived },
    outputs: [],
  };
  const touched = new Set<number>();
  for (const sample of input.samples) accept(draft, sample, touched);
  gather(draft, touched);
  plan.groups.forEach((_, index) => {
    closeDue(draft, index);
  });
  const { meters, groups, limits, tags, derived, resumedAt } = draft;
  return { state: { meters, groups, limits, tags, derived, resumedAt }, outputs: draft.outputs };
}

function accept(draft: Draft, raw: Sample, touched: Set<number>): void {
  const index = draft.plan.tagIndex.get(raw.tag);
  if (index === undefined) throw new RangeError(`a sample of the unknown tag ${raw.tag}`);
  const sample = admit(draft.plan.tags[index]!, raw, draft.now);
  const last = draft.tags[index]!;
  if (isRepeated(last, sample)) return;
  const { tag, completed } = follow(last, sample);
  draft.tags[index] = tag;
  if (completed) draft.outputs.push({ type: 'minute', tag: sample.tag, summary: completed });
  for (const { meter, input } of draft.plan.routes.get(sample.tag) ?? []) {
    const { value, statusCode, sourceTimestamp: t, takenWithin = 0 } = sample;
    draft.meters[meter] = enqueue(draft.meters[meter]!, { t, input, takenWithin, value, statusCode });
    touched.add(meter);
  }
  for (const { tag: position, input } of draft.plan.derivedFrom.get(sample.tag) ?? []) {
    const { id, derivation } = draft.plan.tags[position]!;
    const derived = derive(id, derivation!, draft.derived[id]!, input, sample);
    draft.derived[id] = derived.state;
    for (const one of derived.samples) accept(draft, one, touched);
  }
}

/** Takes what is older than `grace` into the open windows of the meters that got samples. */
function gather(draft: Draft, touched: ReadonlySet<number>): void {
  const { plan } = draft;
  for (const index of touched) {
    const group = plan.groupOf[index]!;
    const first = draft.meters[index]!.pending[0];
    if (!first) continue;
    const next = draft.groups[group]!.next ?? firstWindows(plan, first.t);
    draft.groups[group] = { next };
    const around = {
      plan,
      meter: plan.meters[index]!,
      now: draft.now,
      next,
      out: (output: Output) => draft.outputs.push(output),
    };
    draft.meters[index] = settle(around, draft.meters[index]!, draft.now - plan.grace);
  }
}

/** When `step` must be called next even if no sample comes; Infinity while nothing is open. */
export function nextDue(plan: Plan, state: State): Ms {
  let due = Infinity;
  plan.groups.forEach((group, index) => {
    for (const window of state.groups[index]!.next ?? []) {
      if (window.end + plan.grace < due) due = Math.min(due, dueAt(plan, group, state.meters, state.resumedAt, window));
    }
  });
  return due;
}
