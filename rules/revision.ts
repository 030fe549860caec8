import { emptyAccumulator } from './accumulator.ts';
import type { Evaluation } from './evaluation.ts';
import { type Window, windowAt } from './interval.ts';
import { judge } from './limit.ts';
import { changed, type Figure, meterFigure, meterFigureOf, metricFigure } from './metric.ts';
import type { Group, MeterSpec, MetricSpec, Plan } from './plan.ts';
import type { Alarm, Amendment } from './state.ts';

/** What comes after a window has closed: the latest revision is read back, changed, and stands beside it as the next. */

/** Finds the latest evaluation of a metric or meter over a window. */
export type Latest = (id: string, window: Window) => Evaluation | undefined;

/** Every figure that `revise` may look up: those of the amended meters' groups, over the windows touched and before them. */
export function lookups(plan: Plan, amendments: readonly Amendment[]): { id: string; window: Window }[] {
  return byWindow(plan, amendments).flatMap(({ window, changes }) =>
    groupsTouched(plan, changes).flatMap((group) => [
      ...group.meters.map((index) => ({ id: plan.meters[index]!.id, window })),
      ...group.metrics.flatMap(({ id, limit }) => [
        { id, window },
        ...(limit ? [{ id, window: windowBefore(plan, window) }] : []),
      ]),
    ]),
  );
}

export interface Revised {
  readonly evaluation: Evaluation;
  readonly alarm: Alarm | null;
}

export function revise(plan: Plan, latest: Latest, amendments: readonly Amendment[]): Revised[] {
  const fresh = new Map<string, Evaluation>();
  const newest: Latest = (id, window) => fresh.get(keyOf(id, window)) ?? latest(id, window);
  return byWindow(plan, amendments).flatMap(({ window, changes }) => {
    const revised = reviseWindow(plan, newest, window, changes);
    for (const { evaluation } of revised) fresh.set(keyOf(evaluation.metric, window), evaluation);
    return revised;
  });
}

const keyOf = (id: string, { kind, start }: Window): string => `${id}|${kind}|${start}`;

const windowBefore = (plan: Plan, window: Window): Window => windowAt(plan.calendar, window.kind, window.start - 1);

function reviseWindow(plan: Plan, latest: Latest, window: Window, changes: readonly Amendment[]): Revised[] {
  const meters = new Map<string, Evaluation>();
  for (const id of new Set(changes.map(({ meter }) => meter))) {
    const meter = plan.meters[plan.meterIndex.get(id)!]!;
    const own = changes.filter((change) => change.meter === id);
    const revised = reviseMeter(meter, latest(id, window), window, own);
    if (revised) meters.set(id, revised);
  }
  // A settlement judges its whole period anew: one alarm for what it ends with, not one for each quarter-hour gone by.
  const isPast = changes.every((change) => change.type === 'settle' && window.end < change.window.end);
  const result: Revised[] = [...meters.values()].map((evaluation) => ({ evaluation, alarm: null }));
  for (const metric of groupsTouched(plan, changes).flatMap((group) => group.metrics)) {
    const revised = reviseMetric(plan, metric, window, meters, latest);
    if (revised) result.push(isPast ? { ...revised, alarm: null } : revised);
  }
  return result;
}

/** Null when a settlement finds no figure to settle: the window is not closed yet. */
function reviseMeter(
  meter: MeterSpec,
  before: Evaluation | undefined,
  window: Window,
  changes: readonly Amendment[],
): Evaluation | null {
  let amount: Parameters<typeof changed>[0] | undefined = before?.amounts[0];
  for (const change of changes) {
    if (amount || change.type === 'amend') amount = changed(amount ?? unheardOf(meter, window).amounts[0]!, change);
  }
  if (!amount) return null;
  return { ...meterFigureOf(meter, window, amount), revision: (before?.revision ?? 0) + 1, limit: null };
}

/** The figure of a window that never closed, because nothing was known of it. */
const unheardOf = (meter: MeterSpec, window: Window): Figure =>
  meterFigure(meter, window, emptyAccumulator(window.start, window.end), window.end - window.start);

function reviseMetric(
  plan: Plan,
  metric: MetricSpec,
  window: Window,
  revised: ReadonlyMap<string, Evaluation>,
  latest: Latest,
): Revised | null {
  const ids = [...metric.numerator, ...metric.denominator].map((term) => term.meter);
  if (!metric.windows.includes(window.kind) || !ids.some((id) => revised.has(id))) return null;
  const figure = metricFigure(
    metric,
    window,
    (id) => revised.get(id) ?? latest(id, window) ?? unheardOf(plan.meters[plan.meterIndex.get(id)!]!, window),
  );
  const before = latest(metric.id, window);
  const revision = (before?.revision ?? 0) + 1;
  if (!metric.limit) return { evaluation: { ...figure, revision, limit: null }, alarm: null };
  const earlier = latest(metric.id, windowBefore(plan, window))?.limit?.state ?? 'normal';
  const from = before?.limit?.state ?? earlier;
  const limit = judge(metric.limit, earlier, figure);
  const evaluation: Evaluation = { ...figure, revision, limit };
  return { evaluation, alarm: limit.state !== from ? { evaluation, from, limit } : null };
}

interface Touched {
  readonly window: Window;
  readonly changes: Amendment[];
}

/** Amendments by the window they touch, oldest first; a settlement touches every window inside its period. */
function byWindow(plan: Plan, amendments: readonly Amendment[]): Touched[] {
  const touched = new Map<string, Touched>();
  for (const change of amendments) {
    for (const window of change.type === 'amend' ? [change.window] : windowsInside(plan, change.window)) {
      const key = `${window.kind}|${window.start}`;
      const entry = touched.get(key) ?? { window, changes: [] };
      entry.changes.push(change);
      touched.set(key, entry);
    }
  }
  return [...touched.values()].sort((a, b) => a.window.start - b.window.start);
}

function windowsInside(plan: Plan, period: Window): Window[] {
  return plan.windows.flatMap((kind) => {
    const inside: Window[] = [];
    for (let window = windowAt(plan.calendar, kind, period.start); window.end <= period.end; ) {
      if (window.start >= period.start) inside.push(window);
      window = windowAt(plan.calendar, kind, window.end);
    }
    return inside;
  });
}

function groupsTouched(plan: Plan, changes: readonly Amendment[]): Group[] {
  const touched = new Set(changes.map(({ meter }) => plan.groupOf[plan.meterIndex.get(meter)!]!));
  return [...touched].map((index) => plan.groups[index]!);
}
