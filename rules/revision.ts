import { mergeFlags, total } from './accumulator.ts';
import type { Amount, Evaluation } from './evaluation.ts';
import { type Window, windowAt } from './interval.ts';
import { judge } from './limit.ts';
import { type Figure, meterFigureOf, metricFigure } from './metric.ts';
import type { Group, MeterSpec, MetricSpec, Plan } from './plan.ts';
import { worst } from './sample.ts';
import type { Alarm, Amendment } from './state.ts';

/** What comes after a window has closed: the latest revision is read back, changed, and stands beside it as the next. */

/** Finds the latest evaluation of a metric or meter over a window. */
export type Latest = (id: string, window: Window) => Evaluation | undefined;

/** Every figure that `revise` may look up: those of the amended meters' groups, over the windows touched. */
export function lookups(plan: Plan, amendments: readonly Amendment[]): { id: string; window: Window }[] {
  return byWindow(plan, amendments).flatMap(({ window, changes }) =>
    groupsTouched(plan, changes).flatMap((group) => [
      ...group.meters.map((index) => ({ id: plan.meters[index]!.id, window })),
      ...group.metrics.map((metric) => ({ id: metric.id, window })),
    ]),
  );
}

export interface Revised {
  readonly evaluation: Evaluation;
  readonly alarm: Alarm | null;
}

export function revise(plan: Plan, latest: Latest, amendments: readonly Amendment[]): Revised[] {
  return byWindow(plan, amendments).flatMap(({ window, changes }) => reviseWindow(plan, latest, window, changes));
}

function reviseWindow(plan: Plan, latest: Latest, window: Window, changes: readonly Amendment[]): Revised[] {
  const meters = new Map<string, Evaluation>();
  for (const meter of plan.meters) {
    const own = changes.filter((change) => change.meter === meter.id);
    const revised = own.length > 0 ? reviseMeter(meter, latest(meter.id, window), window, own) : null;
    if (revised) meters.set(meter.id, revised);
  }
  const result: Revised[] = [...meters.values()].map((evaluation) => ({ evaluation, alarm: null }));
  for (const metric of groupsTouched(plan, changes).flatMap((group) => group.metrics)) {
    const revised = reviseMetric(metric, window, meters, latest);
    if (revised) result.push(revised);
  }
  return result;
}

function reviseMeter(
  meter: MeterSpec,
  before: Evaluation | undefined,
  window: Window,
  changes: readonly Amendment[],
): Evaluation | null {
  let amount = before?.amounts[0];
  for (const change of changes) amount = changed(meter, amount, change);
  return amount
    ? { ...meterFigureOf(meter, window, amount), revision: (before?.revision ?? 0) + 1, limit: null }
    : null;
}

/** The amount with what came late, or with the real metal in place of the estimate. */
function changed(meter: MeterSpec, before: Amount | undefined, change: Amendment): Amount | undefined {
  if (change.type === 'settle') {
    const flags = mergeFlags(before?.flags.filter((flag) => flag !== 'estimate') ?? [], ['settled']);
    return before && { ...before, value: before.value * change.ratio, flags };
  }
  const { late } = change;
  const length = late.end - late.start;
  const own = { meter: meter.id, role: 'numerator' as const, unit: meter.unit, coefficient: 1 };
  const known = Math.min(1, (before?.coverage.known ?? 0) + late.known / length);
  const measured = Math.min(1, (before?.coverage.measured ?? 0) + late.measured / length);
  return {
    ...own,
    value: (before?.value ?? 0) + total(late),
    statusCode: worst(before?.statusCode ?? 'good', late.statusCode),
    coverage: { known, measured },
    flags: mergeFlags(before?.flags ?? [], late.flags),
  };
}

function reviseMetric(
  metric: MetricSpec,
  window: Window,
  revised: ReadonlyMap<string, Evaluation>,
  latest: Latest,
): Revised | null {
  const ids = [...metric.numerator, ...metric.denominator].map((term) => term.meter);
  const figures = new Map<string, Figure | undefined>(ids.map((id) => [id, revised.get(id) ?? latest(id, window)]));
  const before = latest(metric.id, window);
  if (!metric.windows.includes(window.kind) || !ids.some((id) => revised.has(id))) return null;
  if ([...figures.values()].includes(undefined)) return null;
  const figure = metricFigure(metric, window, (id) => figures.get(id)!);
  const from = before?.limit?.state ?? 'normal';
  const limit = metric.limit ? judge(metric.limit, from, figure) : null;
  const evaluation: Evaluation = { ...figure, revision: (before?.revision ?? 0) + 1, limit };
  return { evaluation, alarm: limit && limit.state !== from ? { evaluation, from, limit } : null };
}

interface Touched {
  readonly window: Window;
  readonly changes: Amendment[];
}

/** Amendments by the window they touch; a settlement touches every window inside its period. */
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
  return [...touched.values()];
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
  return plan.groups.filter((group) =>
    group.meters.some((index) => changes.some((change) => change.meter === plan.meters[index]!.id)),
  );
}
