import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { Chart, type Colours, useColours } from '../../chart.tsx';
import { useSpeech } from '../../context.ts';
import type { Bound, EvaluationBody } from '../../contract.ts';
import { earlierValues, expectedOf, type Span, seriesPoints } from '../../state/series.ts';
import { trendLines } from '../../state/trend.ts';
import { trendOptions } from '../overview/trendOptions.ts';

const DAY = 86_400_000;
/** Narrower, in CSS pixels, is a click and no selection. */
const CLICK = 12;

interface Props {
  evaluations: readonly EvaluationBody[];
  /** The same windows of a day before; null unless wanted. */
  earlier: readonly EvaluationBody[] | null;
  span: Span;
  limit: Bound | null;
  timeZone: string;
  select: (span: Span) => void;
}

/** The figures with their limit, what was expected of them, and what they were a day before; a stretch is chosen by drawing over it. */
export function HistoryChart({ evaluations, earlier, span, limit, timeZone, select }: Props) {
  const { t, format } = useSpeech();
  const colours = useColours();
  const points = useMemo(() => seriesPoints(evaluations), [evaluations]);
  const extra = useMemo(() => extraLines(points, evaluations, earlier), [points, evaluations, earlier]);
  const data = useMemo(
    () => [...trendLines(points), ...extra.map(({ values }) => values)] as uPlot.AlignedData,
    [points, extra],
  );
  const options = useMemo(
    () => (width: number) => {
      const base = trendOptions(points, limit, { colours, format, timeZone }, width);
      return {
        ...base,
        cursor: { show: true, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: CLICK } },
        scales: { ...base.scales, x: { range: (): [number, number] => [span.from / 1_000, span.to / 1_000] } },
        series: [...base.series, ...extra.map(({ kind }) => extraSeries(kind, colours))],
        // A plot that is gone may still hear the mouse: uPlot 1.6.32 keeps listening for the end of what was dragged.
        hooks: { ...base.hooks, setSelect: [(plot: uPlot) => plot.root.isConnected && select(selected(plot))] },
      };
    },
    [points, limit?.op, limit?.bound, colours, format, timeZone, span.from, span.to, extra],
  );
  const known = points.filter(({ value }) => value !== null);
  return (
    <figure class="history">
      <figcaption>
        <span>
          {format.since(new Date(span.from).toISOString(), span.to)} –{' '}
          {format.since(new Date(span.to).toISOString(), 0)}
        </span>
        <span class="keys">
          {points.some(({ isSoft }) => isSoft) && <span class="key soft">{t('trend.soft')}</span>}
          {extra.map(({ kind }) => (
            <span key={kind} class={`key ${kind}`}>
              {t(`line.key.${kind}`)}
            </span>
          ))}
          {limit && <span class="key bound">{t('trend.limit')}</span>}
        </span>
      </figcaption>
      {known.length === 0 ? (
        <p class="empty">{t(points.length === 0 ? 'line.empty' : 'line.unknown')}</p>
      ) : (
        <Chart options={options} data={data} label={t('line.chart', { count: known.length })} />
      )}
    </figure>
  );
}

interface ExtraLine {
  readonly kind: 'expected' | 'earlier';
  readonly values: (number | null)[];
}

function extraLines(
  points: ReturnType<typeof seriesPoints>,
  evaluations: readonly EvaluationBody[],
  earlier: readonly EvaluationBody[] | null,
): ExtraLine[] {
  const expected = new Map(evaluations.map((one) => [Date.parse(one.window.start), expectedOf(one)]));
  const lines: ExtraLine[] = [];
  if ([...expected.values()].some((value) => value !== null))
    lines.push({ kind: 'expected', values: points.map(({ start }) => expected.get(start) ?? null) });
  if (earlier) lines.push({ kind: 'earlier', values: earlierValues(points, earlier, DAY) });
  return lines;
}

const extraSeries = (kind: ExtraLine['kind'], colours: Colours): uPlot.Series => ({
  stroke: kind === 'expected' ? colours.ink : colours.quiet,
  width: 1.5,
  dash: kind === 'expected' ? [2, 4] : [8, 3],
  points: { show: false },
});

const selected = ({ select: { left, width }, posToVal }: uPlot): Span => ({
  from: posToVal(left, 'x') * 1_000,
  to: posToVal(left + width, 'x') * 1_000,
});
