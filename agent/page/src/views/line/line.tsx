import { useState } from 'preact/hooks';
import { useSpeech } from '../../context.ts';
import type { Line as LineDescription, PlantDescription, WindowKind } from '../../contract.ts';
import { hashOf } from '../../route.ts';
import { loadOf } from '../../state/load.ts';
import { figureKey, type PageState } from '../../state/state.ts';
import { judgement, mainWindow } from '../../state/verdict.ts';
import { LoadText } from '../overview/loadText.tsx';
import { MainFigure } from '../overview/mainFigure.tsx';
import { Consumers } from './consumers.tsx';
import { History } from './history.tsx';
import { LineAlarms } from './lineAlarms.tsx';
import { LineSignals } from './lineSignals.tsx';
import { Pieces } from './pieces.tsx';

interface Props {
  line: LineDescription;
  plant: PlantDescription;
  state: PageState;
}

/** One line at leisure: each of its figures, by each window, over whatever stretch of time. */
export function Line({ line, plant, state }: Props) {
  const { language, t } = useSpeech();
  const load = loadOf(plant, line, state);
  const main = line.metrics.find(({ id }) => id === line.main) ?? line.metrics[0];
  const [chosen, choose] = useState(main?.id ?? line.meters[0]?.id ?? '');
  const metric = line.metrics.find(({ id }) => id === chosen);
  const kinds = (metric?.windows ?? main?.windows ?? ['hour', 'shift', 'day']) as WindowKind[];
  const [wanted, setKind] = useState<WindowKind>('hour');
  const kind = kinds.includes(wanted) ? wanted : kinds[0]!;
  return (
    <div class="line-view">
      <div class="line-main">
        <section class="sheet" aria-labelledby="line-title">
          <div class="sheet-head">
            <h2 id="line-title">{line.name[language]}</h2>
            {load !== null && <LoadText load={load} />}
            <OtherLines line={line} plant={plant} />
          </div>
          {main && <Standing line={line} state={state} />}
          <LineAlarms line={line} plant={plant} state={state} />
          <div class="choices">
            <label>
              <span class="unseen">{t('line.figure')}</span>
              <select value={chosen} onChange={({ currentTarget }) => choose(currentTarget.value)}>
                {[...line.metrics, ...line.meters].map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name[language]}
                  </option>
                ))}
              </select>
            </label>
            <fieldset class="segments" aria-label={t('line.window')}>
              {kinds.map((one) => (
                <button key={one} type="button" aria-pressed={one === kind} onClick={() => setKind(one)}>
                  {t(`kind.${one}`)}
                </button>
              ))}
            </fieldset>
          </div>
          <History key={`${chosen}|${kind}`} line={line} id={chosen} kind={kind} state={state} plant={plant} />
        </section>
        <Pieces line={line} state={state} />
      </div>
      <div class="line-aside">
        <Consumers line={line} state={state} />
        <LineSignals line={line} plant={plant} state={state} />
      </div>
    </div>
  );
}

function OtherLines({ line, plant }: { line: LineDescription; plant: PlantDescription }) {
  const { language, t } = useSpeech();
  return (
    <ul class="links" aria-label={t('line.others')}>
      {plant.lines
        .filter(({ id }) => id !== line.id)
        .map(({ id, name }) => (
          <li key={id}>
            <a href={hashOf({ view: 'line', id })}>{name[language]}</a>
          </li>
        ))}
    </ul>
  );
}

function Standing({ line, state }: { line: LineDescription; state: PageState }) {
  const metric = line.metrics.find(({ id }) => id === line.main);
  if (!metric) return null;
  const figure = state.figures.get(figureKey(metric.id, mainWindow(metric)));
  return (
    <MainFigure
      metric={metric}
      figure={figure}
      hour={state.figures.get(figureKey(metric.id, 'hour'))}
      judged={judgement(figure, metric.limit)}
    />
  );
}
