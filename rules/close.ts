import { addAmount, emptyAccumulator, mergeFlags, total } from './accumulator.ts';
import type { DerivedState } from './derived.ts';
import type { Evaluation, Flag, LimitState } from './evaluation.ts';
import { reach, settle } from './gather.ts';
import { type Window, windowAt } from './interval.ts';
import { judge } from './limit.ts';
import { float32Step } from './meter/counter.ts';
import { type Figure, meterFigure, metricFigure } from './metric.ts';
import type { Group, MeterSpec, MetricSpec, Plan } from './plan.ts';
import type { Ms } from './sample.ts';
import { settlementOf } from './settle.ts';
import type { GroupState, MeterState, Output, TagState } from './state.ts';

/** A state under way inside one step: entries are replaced, never changed. */
export interface Draft {
  readonly plan: Plan;
  readonly now: Ms;
  readonly resumedAt: Ms;
  readonly meters: MeterState[];
  readonly groups: GroupState[];
  readonly limits: Record<string, LimitState>;
  readonly tags: (TagState | null)[];
  readonly derived: Record<string, DerivedState>;
  readonly outputs: Output[];
}

/** When the window may close at the earliest: `grace` after its end, later while an input has not passed it. */
export function dueAt(plan: Plan, group: Group, meters: readonly MeterState[], resumedAt: Ms, window: Window): Ms {
  const passed = group.meters.every((index) => reach(meters[index]!) >= window.end);
  return passed ? window.end + plan.grace : Math.max(window.end, resumedAt) + plan.grace + group.wait;
}

/** Closes every window of the group that is due, oldest first within each kind. */
export function closeDue(draft: Draft, index: number): void {
  const group = draft.plan.groups[index]!;
  let next = draft.groups[index]!.next;
  if (!next) return;
  for (let kind = 0; kind < next.length; kind++) {
    while (isDue(draft, group, next[kind]!)) {
      const window = next[kind]!;
      settleTo(draft, group, next, window.end);
      closeWindow(draft, group, kind, window);
      next = next.with(kind, windowAt(draft.plan.calendar, window.kind, window.end));
      draft.groups[index] = { next };
    }
  }
}

const isDue = (draft: Draft, group: Group, window: Window): boolean =>
  draft.now >= window.end + draft.plan.grace &&
  draft.now >= dueAt(draft.plan, group, draft.meters, draft.resumedAt, window);

function settleTo(draft: Draft, group: Group, next: readonly Window[], end: Ms): void {
  for (const index of group.meters) {
    const around = {
      ...draft,
      meter: draft.plan.meters[index]!,
      next,
      out: (output: Output) => draft.outputs.push(output),
    };
    draft.meters[index] = settle(around, draft.meters[index]!, draft.now - draft.plan.grace, end);
  }
}

function closeWindow(draft: Draft, group: Group, kind: number, window: Window): void {
  const figures = new Map<string, Figure>();
  for (const index of group.meters) {
    const meter = draft.plan.meters[index]!;
    figures.set(meter.id, figureOf(meter, draft.meters[index]!, kind, window, window.end));
  }
  for (const figure of figures.values()) emit(draft, { ...figure, revision: 1, limit: null });
  for (const metric of group.metrics) {
    if (metric.windows.includes(window.kind))
      judged(
        draft,
        metric,
        metricFigure(metric, window, (id) => figures.get(id)!),
      );
  }
  settleMetal(draft, group, kind, window, figures);
  for (const index of group.meters) draft.meters[index] = without(draft.meters[index]!, kind, window);
}

const emit = (draft: Draft, evaluation: Evaluation): void => {
  draft.outputs.push({ type: 'evaluation', evaluation });
};

/** A meter's amount of a window, as far as `upTo`. */
export function figureOf(meter: MeterSpec, state: MeterState, kind: number, window: Window, upTo: Ms): Figure {
  const acc =
    state.open[kind]!.find((open) => open.start === window.start) ?? emptyAccumulator(window.start, window.end);
  return meterFigure(meter, window, acc, flagsOf(meter, state, acc.flags, total(acc)), upTo - window.start);
}

/** Where one step of a float32 register is over 1 % of the amount, the amount says so (metering.md §2). */
function flagsOf(meter: MeterSpec, state: MeterState, flags: readonly Flag[], amount: number): readonly Flag[] {
  if (meter.kind !== 'counter' || state.mind.kind !== 'counter' || !meter.float32 || amount === 0) return flags;
  return float32Step(meter, state.mind.of) > 0.01 * amount ? mergeFlags(flags, ['low-resolution']) : flags;
}

function judged(draft: Draft, metric: MetricSpec, figure: Figure): void {
  if (!metric.limit) {
    emit(draft, { ...figure, revision: 1, limit: null });
    return;
  }
  const key = `${metric.id}|${figure.window.kind}`;
  const from = draft.limits[key] ?? 'normal';
  const limit = judge(metric.limit, from, figure);
  const evaluation: Evaluation = { ...figure, revision: 1, limit };
  draft.limits[key] = limit.state;
  emit(draft, evaluation);
  if (limit.state !== from) draft.outputs.push({ type: 'alarm', alarm: { evaluation, from, limit } });
}

const without = (state: MeterState, kind: number, window: Window): MeterState => ({
  ...state,
  open: state.open.with(
    kind,
    state.open[kind]!.filter((acc) => acc.end > window.end),
  ),
});

/** When a period's ladles are in, the real mass replaces the estimate in every window that it touches. */
function settleMetal(
  draft: Draft,
  group: Group,
  kind: number,
  window: Window,
  figures: ReadonlyMap<string, Figure>,
): void {
  for (const index of group.meters) {
    const meter = draft.plan.meters[index]!;
    const state = draft.meters[index]!;
    if (meter.kind !== 'faraday' || state.mind.kind !== 'faraday' || meter.settle?.period !== window.kind) continue;
    const estimate = figures.get(meter.id)!;
    const settlement = settlementOf(meter, state.mind.of, window, estimate, figures.get(meter.settle.tapped)!);
    draft.meters[index] = { ...state, mind: { kind: 'faraday', of: settlement.state } };
    if (settlement.note) draft.outputs.push({ type: 'note', meter: meter.id, ...settlement.note });
    if (settlement.ratio === null) continue;
    draft.outputs.push({ type: 'settle', meter: meter.id, window, ratio: settlement.ratio });
    draft.meters[index] = correctOpen(
      draft.meters[index]!,
      kind,
      window,
      (settlement.ratio - 1) * estimate.amounts[0]!.value,
    );
  }
}

/** Longer windows that hold the settled period are still open: the correction goes straight into them. */
function correctOpen(state: MeterState, kind: number, window: Window, correction: number): MeterState {
  const open = state.open.map((accumulators, other) =>
    accumulators.map((acc) => {
      const holds = other !== kind && acc.start <= window.start && acc.end >= window.end;
      return holds ? { ...addAmount(acc, correction), flags: mergeFlags(acc.flags, ['settled']) } : acc;
    }),
  );
  return { ...state, open };
}
