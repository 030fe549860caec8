import { useSpeech } from '../../context.ts';
import type { Line, Metric, WindowKind } from '../../contract.ts';
import { Shape, VERDICT_SHAPE } from '../../shapes.tsx';
import { figureKey, type PageState } from '../../state/state.ts';
import { hasValue, judgement, mainWindow } from '../../state/verdict.ts';
import { FigureText } from './figureText.tsx';

/** The line's metrics but the main one. */
export function OtherFigures({ line, state }: { line: Line; state: PageState }) {
  const { t } = useSpeech();
  const others = line.metrics.filter(({ id }) => id !== line.main);
  if (others.length === 0) return null;
  return (
    <section class="others" aria-label={t('metrics.title')}>
      {others.map((metric) => (
        <OtherFigure key={metric.id} metric={metric} state={state} />
      ))}
    </section>
  );
}

function OtherFigure({ metric, state }: { metric: Metric; state: PageState }) {
  const { language, t, format } = useSpeech();
  const kind = mainWindow(metric);
  const figure = state.figures.get(figureKey(metric.id, kind));
  const { word, limit } = judgement(figure, metric.limit);
  return (
    <div class={`other ${limit ? word : ''}`}>
      <span class="label">{metric.name[language]}</span>
      <strong>
        <FigureText figure={figure} like={limit?.bound} />
      </strong>
      <span class="against">
        {kind !== 'shift' && <span class="label">{t(`window.${kind}`)}</span>}
        {limit && hasValue(figure) && (
          <>
            <Shape kind={VERDICT_SHAPE[word]} />
            <span class={word === 'within' ? 'unseen' : 'word'}>{t(`verdict.${word}`)}</span>
          </>
        )}
        {limit && <span class="label">{format.bound(limit)}</span>}
      </span>
    </div>
  );
}

/** What the meters themselves counted in the running window. */
export function Amounts({ line, state, kind }: { line: Line; state: PageState; kind: WindowKind }) {
  const { language, t } = useSpeech();
  if (line.meters.length === 0) return null;
  return (
    <section class="amounts">
      <h3>{t('amounts.title')}</h3>
      <dl>
        {line.meters.map((meter) => (
          <div key={meter.id}>
            <dt>{meter.name[language]}</dt>
            <dd>
              <FigureText figure={state.figures.get(figureKey(meter.id, kind))} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
