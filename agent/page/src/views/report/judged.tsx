import { useExplain, useSpeech } from '../../context.ts';
import type { EvaluationBody, Line, Metric } from '../../contract.ts';
import { Shape, STATUS_SHAPE } from '../../shapes.tsx';

type Figures = ReadonlyMap<string, EvaluationBody>;

interface Props {
  line: Line;
  figures: Figures;
  /** Of a day before; null while they are on their way. */
  earlier: Figures | null;
}

/** Each figure against its limit, and against the same window of a day before. */
export function Judged({ line, figures, earlier }: Props) {
  const { t } = useSpeech();
  const heads = ['signals.value', 'line.key.earlier', 'trend.limit', 'line.margin'] as const;
  return (
    <table class="judged">
      <thead>
        <tr>
          <th scope="col">{t('line.figure')}</th>
          {heads.map((head) => (
            <th key={head} scope="col" class="number">
              {t(head)}
            </th>
          ))}
          <th scope="col">{t('report.verdict')}</th>
        </tr>
      </thead>
      <tbody>
        {line.metrics.map((metric) => {
          const figure = figures.get(metric.id);
          return figure && <Row key={metric.id} metric={metric} figure={figure} before={earlier?.get(metric.id)} />;
        })}
      </tbody>
    </table>
  );
}

interface RowProps {
  metric: Metric;
  figure: EvaluationBody;
  before: EvaluationBody | undefined;
}

function Row({ metric, figure, before }: RowProps) {
  const { t, format, language } = useSpeech();
  const explain = useExplain();
  const { value, limit, window } = figure;
  const margin = value !== null && limit ? (limit.op === '<=' ? limit.bound - value : value - limit.bound) : null;
  const shown = (one: number): string => (limit ? format.against(one, limit.bound) : format.number(one));
  return (
    <tr>
      <th scope="row">{metric.name[language]}</th>
      <td class="number" data-head={t('signals.value')}>
        <strong>
          <a href={explain({ metric: metric.id, window: window.kind, at: window.start })}>
            {value === null ? '–' : shown(value)}
          </a>
        </strong>{' '}
        <span class="unit">{format.unit(metric.unit)}</span>
      </td>
      <td class="number" data-head={t('line.key.earlier')}>
        {before && before.value !== null && before.statusCode !== 'bad' ? shown(before.value) : '–'}
      </td>
      <td class="number" data-head={t('trend.limit')}>
        {limit ? format.bound(limit) : '–'}
      </td>
      <td class="number" data-head={t('line.margin')}>
        {margin === null || !limit ? '–' : `${margin < 0 ? '−' : '+'}${format.distance(Math.abs(margin), limit.bound)}`}
      </td>
      <Verdict figure={figure} />
    </tr>
  );
}

const LOOK = { excursion: 'bad', warning: 'uncertain', returned: 'good', normal: 'good' } as const;

function Verdict({ figure: { value, limit, reason, statusCode } }: { figure: EvaluationBody }) {
  const { t } = useSpeech();
  const state = limit && value !== null ? limit.state : null;
  const look = reason === null && state && state !== 'normal' ? LOOK[state] : statusCode;
  return (
    <td class={`status ${look}`} data-head={t('report.verdict')}>
      <Shape kind={STATUS_SHAPE[look]} />
      {reason ? t(`reason.${reason}`) : state ? t(`alarms.state.${state}`) : t(`signals.${statusCode}`)}
    </td>
  );
}
