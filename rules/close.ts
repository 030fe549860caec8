import type { Accumulator } from './accumulator.ts';
import { aroundMeter, type Draft, flushLate, gathered } from './draft.ts';
import { dueAt, groupDue } from './due.ts';
import { left, outerLeft, settle } from './gather.ts';
import { type CalendarWindow, WINDOW_LENGTH } from './interval.ts';
import { fitted } from './meter/swap.ts';
import { type Figure, meterFigure, metricFigure } from './metric.ts';
import type { Group, MeterSpec, MetricSpec } from './plan.ts';
import { arePiecesDue, closePieces, dividePieces } from './product/pieces.ts';
import type { Ms } from './sample.ts';
import { absorbLate, closePeriod, settleDue } from './settle.ts';
import type { MeterState } from './state.ts';

/** Windows of a kind that close one by one although nothing is known of them; of more only the end of the row does. */
const MOST_EMPTY = 60;

/** Takes what came in order of a group's meters and hands on what of it concerns closed windows. */
export function takeInto(draft: Draft, index: number, meters: Iterable<number>): void {
  settleAll(draft, index, meters);
  dividePieces(draft, index);
  if (arePiecesDue(draft, index)) {
    // A piece's window closes with all that has come for it, like one of the calendar.
    settleAll(draft, index, draft.plan.groups[index]!.meters);
    dividePieces(draft, index);
    closePieces(draft, index);
  }
  absorbLate(draft, index);
  flushLate(draft);
  settleDue(draft, index);
}

function settleAll(draft: Draft, index: number, meters: Iterable<number>): void {
  const next = draft.groups.next(index)!;
  const horizon = draft.now - draft.plan.grace;
  for (const meter of meters) {
    if (draft.meters.takeInLane(meter)) continue;
    const state = draft.meters.get(meter);
    const [first] = state.pending;
    if (first && first.t <= horizon) draft.meters.set(meter, settle(aroundMeter(draft, meter, next), state, horizon));
  }
}

/** Closes every window of the group that is due, oldest first within each kind. */
export function closeDue(draft: Draft, index: number): void {
  const { plan, now, resumedAt } = draft;
  const group = plan.groups[index]!;
  closeWhile(
    draft,
    index,
    (window) => now >= window.end + plan.grace && now >= dueAt(plan, group, draft.meters, resumedAt, window),
  );
}

/** Closes every window of the group that has ended, whatever may still come for it. */
export const closeEnded = (draft: Draft, index: number): void =>
  closeWhile(draft, index, ({ end }) => end <= draft.now);

function closeWhile(draft: Draft, index: number, isOver: (window: CalendarWindow) => boolean): void {
  const { plan, resumedAt } = draft;
  const group = plan.groups[index]!;
  takeInto(draft, index, group.meters);
  let next = draft.groups.next(index)!;
  for (let kind = 0; kind < next.length; kind++) {
    while (isOver(next[kind]!)) {
      const window = next[kind]!;
      const onward = emptyUntil(draft, group, kind, window);
      if (onward === window.end) closeWindow(draft, index, kind, window);
      next = draft.groups.goOn(index, kind, plan.calendarWindows.at(window.kind, onward));
    }
  }
  draft.groups.setDue(index, groupDue(plan, group, draft.meters, resumedAt, next));
}

/** Where the next window begins: after this one, or after a long row of windows of which nothing is known (the agent was away). */
function emptyUntil(draft: Draft, group: Group, kind: number, window: CalendarWindow): Ms {
  const recent = draft.now - draft.plan.grace - MOST_EMPTY * WINDOW_LENGTH[window.kind];
  if (window.end > recent) return window.end;
  const known = group.meters.flatMap((index) => draft.meters.get(index).open[kind]!.map((acc) => acc.start));
  const onward = Math.min(recent, ...known);
  const { start } = draft.plan.calendarWindows.at(window.kind, onward);
  if (start <= window.start) return window.end;
  const detail = `nothing is known of the ${window.kind} windows from ${window.start} to ${start}`;
  draft.outputs.push({ type: 'note', meter: draft.plan.meters[group.meters[0]!]!.id, event: 'absence', detail });
  return start;
}

function closeWindow(draft: Draft, index: number, kind: number, window: CalendarWindow): void {
  const { meters, metrics, settling } = draft.plan.groups[index]!;
  const figures = meters.map((meter) => closingFigure(draft, meter, kind, window));
  for (const figure of figures) draft.outputs.push({ type: 'figure', figure });
  if (metrics.length > 0) closeMetrics(draft, metrics, figures, window);
  for (const meter of settling) closePeriod(draft, index, meter, kind, window);
  for (const meter of meters) forget(draft, meter, kind, window);
}

function forget({ meters }: Draft, meter: number, kind: number, window: CalendarWindow): void {
  if (kind === 0 && meters.forgetEnded(meter, window)) return;
  const entered = meters.enteredAfter(meter, window);
  if (entered) meters.putEntered(meter, without(entered, kind, window));
  else meters.set(meter, without(meters.get(meter), kind, window));
}

function closeMetrics(
  { outputs }: Draft,
  metrics: readonly MetricSpec[],
  figures: readonly Figure[],
  window: CalendarWindow,
): void {
  const byMeter = new Map(figures.map((figure) => [figure.metric, figure]));
  for (const metric of metrics)
    if (metric.windows.includes(window.kind))
      outputs.push({ type: 'figure', figure: metricFigure(metric, window, (id) => byMeter.get(id)!) });
}

function closingFigure(draft: Draft, meter: number, kind: number, window: CalendarWindow): Figure {
  const spec = draft.plan.meters[meter]!;
  const inLane = kind === 0 ? draft.meters.ended(meter, window) : null;
  if (inLane) return meterFigure(spec, window, inLane, window.end - window.start);
  const state = draft.meters.enteredAfter(meter, window) ?? draft.meters.get(meter);
  return figureOf(spec, state, kind, window, window.end);
}

/** A meter's amount of a window, as far as `upTo`. */
export function figureOf(meter: MeterSpec, state: MeterState, kind: number, window: CalendarWindow, upTo: Ms): Figure {
  const acc = gathered(state, kind, window);
  return meterFigure(asFitted(meter, state), window, acc, upTo - window.start);
}

/** The meter as it is since its last declared exchange. */
const asFitted = (meter: MeterSpec, { mind }: MeterState): MeterSpec =>
  meter.kind === 'counter' && mind.kind === 'counter' ? fitted(meter, mind.of) : meter;

function without(state: MeterState, kind: number, window: CalendarWindow): MeterState {
  const isOver = (part: Accumulator | null): boolean => part !== null && part.start < window.end;
  const inner = isOver(state.cell) ? left(state) : state;
  const all = kind > 0 && isOver(inner.outer) ? outerLeft(inner) : inner;
  const ofKind = all.open[kind]!;
  // They are in order.
  return { ...all, open: all.open.with(kind, ofKind.slice(ofKind.findLastIndex(({ end }) => end <= window.end) + 1)) };
}
