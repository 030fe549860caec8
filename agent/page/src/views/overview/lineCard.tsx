import { useSpeech } from '../../context.ts';
import type { Line, LiveValue, PlantDescription } from '../../contract.ts';
import { hashOf } from '../../route.ts';
import { type Load, loadOf } from '../../state/load.ts';
import { figureKey, type PageState, plantNow } from '../../state/state.ts';
import { trendKind } from '../../state/trend.ts';
import { judgement, mainWindow } from '../../state/verdict.ts';
import { Amounts, OtherFigures } from './figures.tsx';
import { LastAlarm } from './lastAlarm.tsx';
import { LoadText } from './loadText.tsx';
import { MainFigure } from './mainFigure.tsx';
import { LineQuality } from './quality.tsx';
import { TrendChart } from './trendChart.tsx';

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
  return (
    <article class={`line ${judged.word}`} aria-label={line.name[language]}>
      <Title line={line} name={metric?.name[language]} figure={figure} load={loadOf(plant, line, state)} />
      {metric && (
        <MainFigure
          metric={metric}
          figure={figure}
          hour={state.figures.get(figureKey(line.main, 'hour'))}
          judged={judged}
        />
      )}
      {metric && now !== null && (
        <TrendChart
          kind={trendKind(metric)}
          evaluations={state.trends.get(line.main) ?? []}
          limit={judged.limit}
          now={now}
          timeZone={plant.timeZone}
          name={metric.name[language]}
        />
      )}
      <OtherFigures line={line} state={state} />
      <Amounts line={line} state={state} kind={kind} />
      <footer>
        <LastAlarm line={line} state={state} />
        <LineQuality line={line} plant={plant} state={state} kind={kind} />
      </footer>
    </article>
  );
}

/** The line, what its large figure is, and which window that fills. */
interface TitleProps {
  line: Line;
  name: string | undefined;
  figure: LiveValue | undefined;
  load: Load;
}

function Title({ line, name, figure, load }: TitleProps) {
  const { language, t, format } = useSpeech();
  const window = figure?.window;
  const time = (iso: string): string => format.time(Date.parse(iso));
  return (
    <div class="title">
      <h2>
        <a href={hashOf({ view: 'line', id: line.id })}>{line.name[language]}</a>
      </h2>
      <p>
        {name && <span class="name">{name}</span>}
        <span class="when">
          {load !== null && <LoadText load={load} />}
          {window && `${t(`window.${window.kind}`)} ${time(window.start)}–${time(window.end)}`}
        </span>
      </p>
    </div>
  );
}
