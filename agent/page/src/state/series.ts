import type { EvaluationBody, WindowKind } from '../contract.ts';
import { pointOf, type TrendPoint } from './trend.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Epoch milliseconds, half-open. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** How much time a kind of window is looked at over, unless somebody asks for another stretch. */
const USUAL: Readonly<Record<WindowKind, number>> = {
  minute: 2 * HOUR,
  quarterHour: 12 * HOUR,
  hour: 2 * DAY,
  shift: 14 * DAY,
  day: 31 * DAY,
  month: 366 * DAY,
  coil: 2 * HOUR,
  heat: DAY,
  ladle: DAY,
};
const LEAST = 10 * 60_000;
const MOST = 3 * 366 * DAY;

/** The stretch up to now, to the next full minute so that it does not change with every tick. */
export function usualSpan(kind: WindowKind, now: number): Span {
  const to = Math.ceil(now / 60_000) * 60_000;
  return { from: to - USUAL[kind], to };
}

/** Of the usual stretch what is known, but never less than a twelfth: figures few and new do not cling to its right edge. */
export function fitted({ from, to }: Span, evaluations: readonly EvaluationBody[]): Span {
  const [first] = evaluations;
  const least = to - (to - from) / 12;
  return { from: first ? Math.max(from, Math.min(Date.parse(first.window.start), least)) : from, to };
}

/** Half a stretch earlier (-1) or later (1), never beyond `now`. */
export function panned({ from, to }: Span, direction: -1 | 1, now: number): Span {
  const by = Math.min((direction * (to - from)) / 2, Math.max(0, now - to));
  return { from: from + by, to: to + by };
}

/** Twice as much time or half of it, around the same middle, never beyond `now`. */
export function zoomed({ from, to }: Span, factor: 0.5 | 2, now: number): Span {
  const length = Math.min(Math.max((to - from) * factor, LEAST), MOST);
  const end = Math.min((from + to + length) / 2, Math.max(now, to));
  return { from: end - length, to: end };
}

/** The figures as points of a chart, oldest first, with an empty one wherever windows are missing between two. */
export function seriesPoints(evaluations: readonly EvaluationBody[]): TrendPoint[] {
  const points: TrendPoint[] = [];
  for (const evaluation of evaluations) {
    const [start, end] = [Date.parse(evaluation.window.start), Date.parse(evaluation.window.end)];
    const last = points.at(-1);
    if (last && last.end < start) points.push(pointOf(last.end, start, undefined));
    points.push(pointOf(start, end, evaluation));
  }
  return points;
}

/** What the baseline leads one to expect of each figure, in the figure's own unit; null where there is none. */
export function expectedOf({ value, baseline }: EvaluationBody): number | null {
  if (value === null || !baseline?.actual || baseline.expected === null) return null;
  return (value * baseline.expected) / baseline.actual;
}

/** Values of an earlier stretch at the places of the points that lie `shift` milliseconds later. */
export function earlierValues(
  points: readonly TrendPoint[],
  earlier: readonly EvaluationBody[],
  shift: number,
): (number | null)[] {
  const byStart = new Map(earlier.map((one) => [Date.parse(one.window.start) + shift, one]));
  return points.map(({ start }) => {
    const found = byStart.get(start);
    return found && found.statusCode !== 'bad' ? found.value : null;
  });
}
