import { Beginnings } from './accumulator.ts';
import { figureOf } from './close.ts';
import type { Comparison, Verdict } from './evaluation.ts';
import { settle } from './gather.ts';
import { nextIn } from './groups.ts';
import type { CalendarWindow } from './interval.ts';
import { accountKey, assess, type Ledger } from './ledger.ts';
import { knownUpTo } from './meter/meter.ts';
import { type Figure, metricFigure } from './metric.ts';
import type { Group, Plan } from './plan.ts';
import type { Ms } from './sample.ts';
import { type MeterState, meterState, type State } from './state.ts';

/** A figure of a window that is still open, as far as `upTo`. */
export interface Running {
  readonly figure: Figure;
  readonly limit: Verdict | null;
  readonly baseline: Comparison | null;
  readonly upTo: Ms;
}

/**
 * The figures so far of all windows that are open at `now`, judged by the windows before them in the ledger. Reads,
 * changes nothing.
 */
export function running(plan: Plan, state: State, ledger: Ledger, now: Ms): Running[] {
  const windows = plan.windows.map((kind) => plan.calendarWindows.at(kind, now));
  return plan.groups.flatMap((group, index) =>
    nextIn(state.groups, index) ? ofGroup(plan, state, ledger, group, now, windows) : [],
  );
}

function ofGroup(
  plan: Plan,
  state: State,
  ledger: Ledger,
  group: Group,
  now: Ms,
  windows: readonly CalendarWindow[],
): Running[] {
  const meters = group.meters.map((index) => ({
    spec: plan.meters[index]!,
    state: ahead(plan, meterState(plan, state, index), index, now, windows),
  }));
  // A reading still to come within maxGap will make the stretch before it known: until then it is not held against the figure.
  const upTo = Math.min(...meters.map(({ spec, state: own }) => Math.max(knownUpTo(own.mind), now - spec.maxGap)));
  return windows.flatMap((window, position) => {
    if (upTo <= window.start) return [];
    const figures = new Map(
      meters.map(({ spec, state: own }) => [spec.id, figureOf(spec, own, position, window, upTo)]),
    );
    const ofMeters = [...figures.values()].map((figure) => ({ figure, limit: null, baseline: null, upTo }));
    const ofMetrics = group.metrics
      .filter((metric) => metric.windows.includes(window.kind))
      .map((metric) => {
        const figure = metricFigure(metric, window, (id) => figures.get(id)!);
        const before = ledger.get(accountKey(metric.id, window.kind))?.newest;
        return { figure, ...assess(metric, before, figure, Math.min(upTo, window.end) - window.start), upTo };
      });
    return [...ofMetrics, ...ofMeters];
  });
}

/** The meter as it would be with all pending readings taken. */
function ahead(plan: Plan, state: MeterState, index: number, now: Ms, next: readonly CalendarWindow[]): MeterState {
  const beginnings = new Beginnings();
  const nobody = { taken: () => {}, note: () => {}, amend: () => {} };
  const around = { plan, meter: plan.meters[index]!, now, next, beginnings, ...nobody };
  return settle(around, state, Infinity);
}
