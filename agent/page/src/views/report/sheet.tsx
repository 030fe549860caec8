import { agentUrl, getJson, useFetched } from '../../api.ts';
import { useSpeech } from '../../context.ts';
import type { EvaluationBody, FiguresPage, Line, PlantDescription } from '../../contract.ts';
import { Shape } from '../../shapes.tsx';
import { instantOf, isoOf, wallTime } from '../../state/plantTime.ts';
import { Judged } from './judged.tsx';

type Window = EvaluationBody['window'];
const DAY = 86_400_000;

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
  const asked = [line.id, window.kind, window.start];
  const { data, error } = useFetched(() => figuresOf(ids, window), asked);
  const metrics = line.metrics.map(({ id }) => id);
  const earlier = useFetched(() => figuresOf(metrics, dayBefore(window, plant.timeZone)), asked).data;
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
      <Judged line={line} figures={data} earlier={earlier} />
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

/** The same stretch by the plant's clocks, which the night of a clock change does not move. */
function dayBefore({ start, end, ...window }: Window, timeZone: string): Window {
  const earlier = (iso: string): string =>
    isoOf(instantOf(wallTime(Date.parse(iso) - DAY, timeZone), timeZone), timeZone);
  return { ...window, start: earlier(start), end: earlier(end) };
}

/** The latest revision of each figure in one window; those that it has none of are left out. */
async function figuresOf(ids: readonly string[], { kind, start, end }: Window): Promise<Map<string, EvaluationBody>> {
  const query = { window: kind, from: new Date(start).toISOString(), to: new Date(end).toISOString(), limit: '1' };
  const pages = await Promise.all(
    ids.map((id) => getJson<FiguresPage>(agentUrl(`v1/metrics/${encodeURIComponent(id)}`, query))),
  );
  return new Map(pages.flatMap(({ metric, figures: [figure] }) => (figure ? [[metric, figure] as const] : [])));
}
