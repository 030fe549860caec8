import { useMemo } from 'preact/hooks';
import { Chart, useColours } from '../../chart.tsx';
import { useSpeech } from '../../context.ts';
import type { Bound, EvaluationBody } from '../../contract.ts';
import { knownSince, type TrendKind, trendLines, trendPoints, trendSpan } from '../../state/trend.ts';
import { trendOptions } from './trendOptions.ts';

interface Props {
  kind: TrendKind;
  evaluations: readonly EvaluationBody[];
  limit: Bound | null;
  now: number;
  timeZone: string;
  name: string;
}

/** The last hours of a line's main figure, with its limit. */
export function TrendChart({ kind, evaluations, limit, now, timeZone, name }: Props) {
  const { t, format } = useSpeech();
  const colours = useColours();
  const { to, hours } = trendSpan(kind, now, knownSince(evaluations));
  const points = useMemo(() => trendPoints(kind, evaluations, to - 1), [kind, evaluations, to]);
  const data = useMemo(() => trendLines(points), [points]);
  const options = useMemo(
    () => (width: number) => trendOptions(points, limit, { colours, format, timeZone }, width),
    [points, limit?.op, limit?.bound, colours, format, timeZone],
  );
  const title = t(`trend.${kind}`, { hours });
  const has = (reason: EvaluationBody['reason']): boolean => points.some((point) => point.reason === reason);
  const hasSoft = points.some(({ isSoft }) => isSoft);
  const hasFirm = points.some(({ value, isSoft }) => value !== null && !isSoft);
  const last = points.findLast(({ value }) => value !== null);
  const newest = last ? `: ${format.time(last.start)}–${format.time(last.end)} ${format.number(last.value!)}` : '';
  const empty = points.every(({ value, reason }) => value === null && reason === null);
  return (
    <figure class="trend">
      <figcaption>
        <span>{title}</span>
        <span class="keys">
          {hasSoft && hasFirm && <span class="key firm">{t('trend.firm')}</span>}
          {hasSoft && <span class="key soft">{t('trend.soft')}</span>}
          {has('no-production') && <span class="key standstill">{t('trend.no-production')}</span>}
          {(has('incomplete') || has('implausible')) && <span class="key missing">{t('trend.missing')}</span>}
          {limit && <span class="key bound">{t('trend.limit')}</span>}
        </span>
      </figcaption>
      {empty ? (
        <p class="empty">{t('trend.empty', { time: format.time(to) })}</p>
      ) : (
        <Chart options={options} data={data} label={`${name}, ${title}${newest}`} />
      )}
    </figure>
  );
}
