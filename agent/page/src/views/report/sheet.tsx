import { agentUrl, getJson, useFetched } from '../../api.ts';
import { useExplain, useSpeech } from '../../context.ts';
import type { EvaluationBody, FiguresPage, Line, Metric, PlantDescription } from '../../contract.ts';
import { Shape } from '../../shapes.tsx';

type Window = EvaluationBody['window'];

interface Props {
  line: Line;
  plant: PlantDescription;
  window: Window;
  title: string;
  now: number;
}

/** The line's figures against their limits, what was produced and consumed, and what is not certain of it. */
export function Sheet({ line, plant, window, title, now }: Props) {
  const { t, format, language } = useSpeech();
  const ids = [...line.metrics, ...line.meters].map(({ id }) => id);
  const { data, error } = useFetched(() => figuresOf(ids, window), [line.id, window.kind, window.start]);
  if (error)
    return (
      <p class="refusal" role="alert">
        {error.message}
      </p>
    );
  if (!data) return null;
  const doubtful = [...data.values()].filter(({ statusCode }) => statusCode !== 'good');
  const names = new Map([...line.metrics, ...line.meters].map(({ id, name }) => [id, name[language]]));
  return (
    <>
      <p class="label">
        {plant.equipment.replaceAll('/', ' / ')} · {title}
      </p>
      <table>
        <thead>
          <tr>
            {[t('line.figure'), t('signals.value'), t('trend.limit'), t('line.margin'), t('report.verdict')].map(
              (head, column) => (
                <th key={head} scope="col" class={column > 0 && column < 4 ? 'number' : undefined}>
                  {head}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {line.metrics.map((metric) => {
            const figure = data.get(metric.id);
            return figure && <Judged key={metric.id} metric={metric} figure={figure} />;
          })}
        </tbody>
      </table>
      <h3>{t('report.amounts')}</h3>
      <table>
        <tbody>
          {line.meters.map(({ id, name }) => {
            const figure = data.get(id);
            return (
              figure && (
                <tr key={id}>
                  <th scope="row">{name[language]}</th>
                  <td class="number">
                    {figure.value === null ? t('reason.incomplete') : format.number(figure.value)}{' '}
                    <span class="unit">{format.unit(figure.unit)}</span>
                  </td>
                </tr>
              )
            );
          })}
        </tbody>
      </table>
      <h3>{t('quality.title')}</h3>
      {doubtful.length === 0 ? (
        <p class="status good">
          <Shape kind="check" />
          {t('report.certain')}
        </p>
      ) : (
        <ul class="reasons">
          {doubtful.map(({ metric, statusCode, coverage }) => (
            <li key={metric}>
              {names.get(metric)}: {t(`signals.${statusCode}`)},{' '}
              {t('figure.coverage', { share: format.share(coverage.known) })}
            </li>
          ))}
        </ul>
      )}
      <p class="label">{t('report.made', { time: `${format.date(now)} ${format.time(now)}`, agent: plant.agent })}</p>
    </>
  );
}

function Judged({ metric, figure }: { metric: Metric; figure: EvaluationBody }) {
  const { t, format, language } = useSpeech();
  const explain = useExplain();
  const { value, limit, reason, statusCode, window } = figure;
  const margin = value !== null && limit ? (limit.op === '<=' ? limit.bound - value : value - limit.bound) : null;
  const state = limit && value !== null ? limit.state : null;
  return (
    <tr>
      <th scope="row">{metric.name[language]}</th>
      <td class="number">
        <strong>
          <a href={explain({ metric: metric.id, window: window.kind, at: window.start })}>
            {value === null ? '–' : limit ? format.against(value, limit.bound) : format.number(value)}
          </a>
        </strong>{' '}
        <span class="unit">{format.unit(metric.unit)}</span>
      </td>
      <td class="number">{limit ? format.bound(limit) : '–'}</td>
      <td class="number">
        {margin === null || !limit ? '–' : `${margin < 0 ? '−' : '+'}${format.distance(Math.abs(margin), limit.bound)}`}
      </td>
      <td class={`status ${state === 'excursion' ? 'bad' : state === 'warning' ? 'uncertain' : statusCode}`}>
        {reason ? t(`reason.${reason}`) : state ? t(`alarms.state.${state}`) : t(`signals.${statusCode}`)}
      </td>
    </tr>
  );
}

/** The latest revision of each figure in one window; those that it has none of are left out. */
async function figuresOf(ids: readonly string[], { kind, start, end }: Window): Promise<Map<string, EvaluationBody>> {
  const query = { window: kind, from: new Date(start).toISOString(), to: new Date(end).toISOString(), limit: '1' };
  const pages = await Promise.all(
    ids.map((id) => getJson<FiguresPage>(agentUrl(`v1/metrics/${encodeURIComponent(id)}`, query))),
  );
  return new Map(pages.flatMap(({ metric, figures: [figure] }) => (figure ? [[metric, figure] as const] : [])));
}
