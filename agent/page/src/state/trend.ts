import type { EvaluationBody, Metric, PlantDescription } from '../contract.ts';
import { restsOnEstimate } from './verdict.ts';

const HOUR = 3_600_000;

/** A trend is made of the finest of these windows that its metric has. */
export type TrendKind = 'quarterHour' | 'hour';
/** `hours`: how far back it reaches, by how much is known. */
const TRENDS: Readonly<Record<TrendKind, { stepMs: number; hours: readonly [number, number, number] }>> = {
  quarterHour: { stepMs: 900_000, hours: [3, 6, 12] },
  hour: { stepMs: 3_600_000, hours: [6, 12, 24] },
};

export const trendKind = ({ windows }: Pick<Metric, 'windows'>): TrendKind =>
  windows.includes('quarterHour') ? 'quarterHour' : 'hour';

/** Of what the trend of this metric is made; null for one that is no line's main metric. */
export function trendOf(plant: PlantDescription | null, id: string): TrendKind | null {
  const line = plant?.lines.find(({ main }) => main === id);
  const metric = line?.metrics.find((candidate) => candidate.id === id);
  return metric ? trendKind(metric) : null;
}

/** Adds `fresh` evaluations to `known`, the highest revision of a window wins; drops what is older than the trend. */
export function mergeTrend(
  kind: TrendKind,
  known: readonly EvaluationBody[],
  fresh: readonly EvaluationBody[],
  now: number,
): readonly EvaluationBody[] {
  const byStart = new Map(known.map((evaluation) => [Date.parse(evaluation.window.start), evaluation]));
  for (const evaluation of fresh) {
    const start = Date.parse(evaluation.window.start);
    if (evaluation.revision >= (byStart.get(start)?.revision ?? 0)) byStart.set(start, evaluation);
  }
  const { from } = trendSpan(kind, now);
  return [...byStart]
    .filter(([start]) => start >= from)
    .sort(([a], [b]) => a - b)
    .map(([, evaluation]) => evaluation);
}

/**
 * The stretch that the trend shows, epoch milliseconds: whole windows up to the end of the running one, as far back as
 * it takes to hold what is known `since`.
 */
export function trendSpan(kind: TrendKind, now: number, since = 0): { from: number; to: number; hours: number } {
  const { stepMs, hours } = TRENDS[kind];
  const to = Math.floor(now / stepMs + 1) * stepMs;
  const enough = hours.find((length) => to - length * HOUR <= since) ?? hours[2];
  return { from: to - enough * HOUR, to, hours: enough };
}

/** Where what is known begins; endless where nothing is. Evaluations come oldest first. */
export const knownSince = ([first]: readonly EvaluationBody[]): number =>
  first ? Date.parse(first.window.start) : Number.POSITIVE_INFINITY;

/** Not firm: an uncertain figure, or one with an estimate in it. */
const isSoft = ({ statusCode, amounts }: EvaluationBody): boolean =>
  statusCode === 'uncertain' || amounts.some(({ flags }) => restsOnEstimate(flags) || flags.includes('estimated'));

/** One window of the chart; `value` null with a reason, or with none where nothing was recorded. */
export interface TrendPoint {
  readonly start: number;
  readonly end: number;
  readonly value: number | null;
  readonly isSoft: boolean;
  readonly reason: EvaluationBody['reason'];
}

/** Every window of the span, so that what is missing is a gap and not a line drawn across. */
export function trendPoints(kind: TrendKind, evaluations: readonly EvaluationBody[], now: number): TrendPoint[] {
  const { stepMs } = TRENDS[kind];
  const { from, to } = trendSpan(kind, now, knownSince(evaluations));
  const byStart = new Map(evaluations.map((evaluation) => [Date.parse(evaluation.window.start), evaluation]));
  // Hours of a zone such as +05:30 begin beside those of UTC.
  const [first = from] = byStart.keys();
  const points: TrendPoint[] = [];
  for (let start = from + ((first - from) % stepMs); start < to; start += stepMs)
    points.push(pointOf(start, start + stepMs, byStart.get(start)));
  return points;
}

/** A window as a point; without an evaluation nothing was recorded of it. */
export function pointOf(start: number, end: number, evaluation: EvaluationBody | undefined): TrendPoint {
  if (!evaluation) return { start, end, value: null, isSoft: false, reason: null };
  const { value, reason, statusCode } = evaluation;
  // An implausible figure keeps its value; it is no point of a trend.
  return { start, end, value: statusCode === 'bad' ? null : value, isSoft: isSoft(evaluation), reason };
}

/**
 * The points as lines: x in seconds (a window's middle), firm, soft. The soft line reaches the firm points beside it,
 * so that the dashes join; it never crosses a gap.
 */
export function trendLines(points: readonly TrendPoint[]): [number[], (number | null)[], (number | null)[]] {
  const soft = (i: number): boolean => points[i]?.isSoft === true && points[i].value !== null;
  return [
    points.map(({ start, end }) => (start + end) / 2_000),
    points.map(({ value, isSoft }) => (isSoft ? null : value)),
    points.map(({ value }, i) => (soft(i - 1) || soft(i) || soft(i + 1) ? value : null)),
  ];
}
