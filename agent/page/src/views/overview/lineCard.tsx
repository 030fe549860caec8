import { useSpeech } from '../../context.ts';
import type { Line, LiveValue, PlantDescription } from '../../contract.ts';
import { figureKey, type PageState, plantNow } from '../../state/state.ts';
import { restsOnEstimate, trendKind } from '../../state/trend.ts';
import { judgement, mainWindow } from '../../state/verdict.ts';
import { Amounts, OtherFigures } from './figures.tsx';
import { LastAlarm } from './lastAlarm.tsx';
import { MainFigure } from './mainFigure.tsx';
import { TrendChart } from './trendChart.tsx';

/** Share of a window from which the agent gives a figure by default. */
const ENOUGH = 0.99;

interface Props {
  line: Line;
  plant: PlantDescription;
  state: PageState;
}

/** All that is known of one line, the most important first and largest. */
export function LineCard({ line, plant, state }: Props) {
  const { language } = useSpeech();
  const metric = line.metrics.find(({ id }) => id === line.main);
  const now = plantNow(state);
  const kind = metric ? mainWindow(metric) : 'shift';
  const figure = state.figures.get(figureKey(line.main, kind));
  const judged = judgement(figure, metric?.limit ?? null);
  const trend = state.trends.get(line.main) ?? [];
  const newest = trend.at(-1);
  const isEstimate = figure?.statusCode === 'uncertain' || (newest !== undefined && restsOnEstimate(newest));
  return (
    <article class={`line ${judged.word}`} aria-label={line.name[language]}>
      <Title line={line} name={metric?.name[language]} figure={figure} />
      {metric && (
        <MainFigure
          metric={metric}
          figure={figure}
          hour={state.figures.get(figureKey(line.main, 'hour'))}
          judged={judged}
          isEstimate={isEstimate}
        />
      )}
      {metric && now !== null && (
        <TrendChart
          kind={trendKind(metric)}
          evaluations={trend}
          limit={judged.limit}
          now={now}
          timeZone={plant.timeZone}
          name={metric.name[language]}
        />
      )}
      <OtherFigures line={line} state={state} />
      <Amounts line={line} state={state} kind={kind} />
      <LastAlarm line={line} state={state} />
    </article>
  );
}

/** The line, what its large figure is, which window it fills and how much of that is known. */
function Title({ line, name, figure }: { line: Line; name: string | undefined; figure: LiveValue | undefined }) {
  const { language, t, format } = useSpeech();
  const { window, coverage } = figure ?? {};
  return (
    <div class="title">
      <h2>{line.name[language]}</h2>
      <p>
        {name && <span class="name">{name}</span>}
        <span>
          {coverage && coverage.known < 1 && (
            <span class={coverage.known < ENOUGH ? 'coverage doubtful' : 'coverage'}>
              {t('figure.coverage', { share: format.share(coverage.known) })}
            </span>
          )}
          {window &&
            `${t(`window.${window.kind}`)} ${format.time(Date.parse(window.start))}–${format.time(Date.parse(window.end))}`}
        </span>
      </p>
    </div>
  );
}
