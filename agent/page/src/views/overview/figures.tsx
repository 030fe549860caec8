import { useExplain, useSpeech } from '../../context.ts';
import type { Line, Metric, WindowKind } from '../../contract.ts';
import { Shape, VERDICT_SHAPE } from '../../shapes.tsx';
import { figureKey, type PageState } from '../../state/state.ts';
import { hasValue, isByCalendar, judgement, mainWindow } from '../../state/verdict.ts';
import { Caveat, FigureText } from './figureText.tsx';

/** The line's metrics but the main one. */
export function OtherFigures({ line, state }: { line: Line; state: PageState }) {
  const { t } = useSpeech();
  const others = line.metrics.filter((metric) => metric.id !== line.main && isByCalendar(metric));
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
  const explain = useExplain();
  const kind = mainWindow(metric);
  const figure = state.figures.get(figureKey(metric.id, kind));
  const { word, limit } = judgement(figure, metric.limit);
  return (
    <div class={`other ${limit ? word : ''}`}>
      <span class="label">
        {metric.name[language]}
        {kind !== 'shift' && ` (${t(`window.${kind}`)})`}
        <Caveat figure={figure} brief />
      </span>
      <strong>
        <a href={explain({ metric: metric.id, window: kind, at: 'now' })} title={t('explain.ask')}>
          <FigureText figure={figure} like={limit?.bound} />
        </a>
      </strong>
      {limit && (
        <span class="against">
          {hasValue(figure) && (
            <>
              <Shape kind={VERDICT_SHAPE[word]} />
              <span class="unseen">{t(`verdict.${word}`)}</span>
            </>
          )}
          <span>{format.bound(limit)}</span>
        </span>
      )}
    </div>
  );
}

/** What the meters themselves counted in the running window. */
export function Amounts({ line, state, kind }: { line: Line; state: PageState; kind: WindowKind }) {
  const { language, t } = useSpeech();
  const explain = useExplain();
  return (
    <section class="amounts">
      <h3>{t('amounts.title', { window: t(`window.${kind}`) })}</h3>
      <dl>
        {line.meters.map(({ id, name }) => {
          const figure = state.figures.get(figureKey(id, kind));
          return (
            <div key={id}>
              <dt>
                {name[language]}
                <Caveat figure={figure} brief />
              </dt>
              <dd>
                <a href={explain({ metric: id, window: kind, at: 'now' })} title={t('explain.ask')}>
                  <FigureText figure={figure} />
                </a>
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}
