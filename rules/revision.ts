import { emptyAccumulator } from './accumulator.ts';
import type { Evaluation } from './evaluation.ts';
import { type Window, windowAt } from './interval.ts';
import { advance, assess, type Draft, type Entered, isChained } from './ledger.ts';
import { changed, type Figure, type MeterAmount, meterFigure, metricFigure, revisedMeterFigure } from './metric.ts';
import type { Group, MeterSpec, MetricSpec, Plan } from './plan.ts';
import type { Ms } from './sample.ts';
import type { Amendment } from './state.ts';

/**
 * What comes after a window has closed: the latest revision is read back, changed, and stands beside it as the next. The
 * windows after it are judged anew as far as that changes anything: verdicts do not depend on what became known when.
 */

/** The log of evaluations, as far as revisions read it. */
export interface Log {
  /** The latest evaluation of a metric or meter over a window. */
  latest(id: string, window: Window): Evaluation | undefined;
  /** Those of a metric's windows of a kind: the last one that starts before `from`, and all from it on, oldest first. */
  since(id: string, kind: Window['kind'], from: Ms): readonly Evaluation[];
}

export interface Lookups {
  readonly latest: readonly { readonly id: string; readonly window: Window }[];
  readonly since: readonly { readonly id: string; readonly kind: Window['kind']; readonly from: Ms }[];
}

/** Everything that `revise` may look up. */
export function lookups(plan: Plan, amendments: readonly Amendment[]): Lookups {
  const touched = byWindow(plan, amendments).flatMap(({ window, changes }) =>
    groupsTouched(plan, changes).map((group) => ({ window, group })),
  );
  const latest = touched.flatMap(({ window, group }) => [
    ...group.meters.map((index) => ({ id: plan.meters[index]!.id, window })),
    ...group.metrics.filter((metric) => !isChained(metric)).map(({ id }) => ({ id, window })),
  ]);
  const since = new Map<string, Lookups['since'][number]>();
  for (const { window, group } of touched)
    for (const { id } of group.metrics.filter(isChained)) {
      const key = `${id}|${window.kind}`;
      // The windows come oldest first.
      if (!since.has(key)) since.set(key, { id, kind: window.kind, from: window.start });
    }
  return { latest, since: [...since.values()] };
}

/** A metric's new figures over windows of one kind, by start. */
type Fresh = Map<Ms, Figure>;

export function revise(plan: Plan, ledger: Draft, log: Log, amendments: readonly Amendment[], at: Ms): Entered {
  const evaluations: Evaluation[] = [];
  const chained = new Map<string, { metric: MetricSpec; window: Window; fresh: Fresh }>();
  for (const { window, changes } of byWindow(plan, amendments)) {
    const meters = revisedMeters(plan, log, window, changes);
    evaluations.push(...meters.values());
    for (const metric of groupsTouched(plan, changes).flatMap((group) => group.metrics)) {
      const key = `${metric.id}|${window.kind}`;
      // The windows come oldest first, and from the first on they are looked up, though it may have no figure.
      if (isChained(metric) && !chained.has(key)) chained.set(key, { metric, window, fresh: new Map() });
      const figure = revisedFigure(plan, log, metric, window, meters);
      if (!figure) continue;
      if (!isChained(metric)) {
        const revision = (log.latest(metric.id, window)?.revision ?? 0) + 1;
        evaluations.push({ ...figure, revision, limit: null, baseline: null });
        continue;
      }
      chained.get(key)!.fresh.set(window.start, figure);
    }
  }
  const transitions = [...chained.values()].flatMap(({ metric, window: { kind, start }, fresh }) => {
    if (fresh.size === 0) return [];
    const revised = reassessed(metric, log.since(metric.id, kind, start), fresh);
    evaluations.push(...revised.evaluations);
    return advance(ledger, revised.newest, revised.raised, at);
  });
  return { evaluations, transitions };
}

function revisedMeters(
  plan: Plan,
  log: Log,
  window: Window,
  changes: readonly Amendment[],
): ReadonlyMap<string, Evaluation> {
  const meters = new Map<string, Evaluation>();
  for (const id of new Set(changes.map(({ meter }) => meter))) {
    const meter = plan.meters[plan.meterIndex.get(id)!]!;
    const own = changes.filter((change) => change.meter === id);
    const revised = reviseMeter(meter, log.latest(id, window), window, own);
    if (revised) meters.set(id, revised);
  }
  return meters;
}

/** Null when a settlement finds no figure to settle: the window is not closed yet. */
function reviseMeter(
  meter: MeterSpec,
  before: Evaluation | undefined,
  window: Window,
  changes: readonly Amendment[],
): Evaluation | null {
  let amount: MeterAmount | undefined = before?.amounts[0];
  for (const change of changes) {
    if (amount || change.type === 'amend')
      amount = changed(meter, amount ?? unheardOf(meter, window).amounts[0]!, change);
  }
  if (!amount) return null;
  const revision = (before?.revision ?? 0) + 1;
  return { ...revisedMeterFigure(meter, window, amount), revision, limit: null, baseline: null };
}

/** The figure of a window that never closed, because nothing was known of it. */
const unheardOf = (meter: MeterSpec, window: Window): Figure =>
  meterFigure(meter, window, emptyAccumulator(window.start, window.end), window.end - window.start);

function revisedFigure(
  plan: Plan,
  log: Log,
  metric: MetricSpec,
  window: Window,
  revised: ReadonlyMap<string, Evaluation>,
): Figure | null {
  const ids = [...metric.numerator, ...metric.denominator].map((term) => term.meter);
  if (!metric.windows.includes(window.kind) || !ids.some((id) => revised.has(id))) return null;
  return metricFigure(
    metric,
    window,
    (id) => revised.get(id) ?? log.latest(id, window) ?? unheardOf(plan.meters[plan.meterIndex.get(id)!]!, window),
  );
}

interface Reassessed {
  readonly evaluations: readonly Evaluation[];
  readonly newest: Evaluation;
  /** The last window that has become an excursion. */
  readonly raised: Evaluation | null;
}

/** The new figures and, as far as they change anything, the verdicts of the windows after them. */
function reassessed(metric: MetricSpec, stored: readonly Evaluation[], fresh: Fresh): Reassessed {
  const first = Math.min(...fresh.keys());
  const last = Math.max(...fresh.keys());
  const known = new Map(stored.filter(({ window }) => window.start >= first).map((one) => [one.window.start, one]));
  const evaluations: Evaluation[] = [];
  let before = stored.findLast(({ window }) => window.start < first);
  let raised: Evaluation | null = null;
  for (const start of [...new Set([...known.keys(), ...fresh.keys()])].sort((a, b) => a - b)) {
    const old = known.get(start);
    const figure = fresh.get(start) ?? old!;
    const assessed = assess(metric, before, figure, figure.window.end - start);
    if (!fresh.has(start) && isSame(old!, assessed)) {
      before = old;
      if (start > last) break;
      continue;
    }
    const next: Evaluation = { ...figure, revision: (old?.revision ?? 0) + 1, ...assessed };
    evaluations.push(next);
    if (next.limit?.state === 'excursion' && old?.limit?.state !== 'excursion') raised = next;
    before = next;
  }
  const newest = stored.at(-1);
  return { evaluations, newest: newest && newest.window.start > before!.window.start ? newest : before!, raised };
}

const isSame = (a: Pick<Evaluation, 'limit' | 'baseline'>, b: Pick<Evaluation, 'limit' | 'baseline'>): boolean =>
  a.limit?.state === b.limit?.state &&
  a.limit?.beyondMs === b.limit?.beyondMs &&
  a.baseline?.cumulative === b.baseline?.cumulative;

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
