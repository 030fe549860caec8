import { useExplain, useSpeech } from '../../context.ts';
import type { Bound, LiveValue, Metric } from '../../contract.ts';
import { Shape, VERDICT_SHAPE } from '../../shapes.tsx';
import { comparison, hasValue, type Judgement, mainWindow } from '../../state/verdict.ts';
import { Caveat, useReason } from './figureText.tsx';

interface Props {
  metric: Metric;
  figure: LiveValue | undefined;
  hour: LiveValue | undefined;
  judged: Judgement;
}

/** The figure to be read across the hall: number, verdict, distance to the limit, and how the running hour compares. */
export function MainFigure({ metric, figure, hour, judged }: Props) {
  const { t, format } = useSpeech();
  const explain = useExplain();
  const reason = useReason();
  return (
    <section class="main-figure">
      <div class="numbers">
        <p class="figure">
          {hasValue(figure) ? (
            <>
              <strong>
                <a
                  href={explain({ metric: metric.id, window: mainWindow(metric), at: 'now' })}
                  title={t('explain.ask')}
                >
                  {format.against(figure.value, judged.limit?.bound ?? figure.value)}
                </a>
              </strong>
              <span class="beside">
                <Caveat figure={figure} />
                <span class="unit">{format.unit(metric.unit)}</span>
              </span>
            </>
          ) : (
            <>
              <strong class="words">{reason(figure)}</strong>
              {figure?.reason === 'incomplete' && figure.coverage && figure.coverage.known > 0 && (
                <span class="label">{t('figure.coverage', { share: format.share(figure.coverage.known) })}</span>
              )}
            </>
          )}
        </p>
        {hasValue(hour) && hour.window?.start !== figure?.window?.start && (
          <Hour hour={hour} figure={figure} judged={judged} />
        )}
      </div>
      <Verdict metric={metric} judged={judged} indicative={figure?.limit?.indicative === true} />
    </section>
  );
}

interface HourProps {
  hour: LiveValue & { value: number };
  figure: LiveValue | undefined;
  judged: Judgement;
}

function Hour({ hour, figure, judged }: HourProps) {
  const { t, format } = useSpeech();
  const compared = comparison(hour, figure, judged.limit);
  const rises = hasValue(figure) && hour.value > figure.value;
  return (
    <p class="hour">
      <span class="label">{t('window.hour')}</span>
      <strong>{format.against(hour.value, judged.limit?.bound ?? hour.value)}</strong>
      {compared && (
        <span class={`compared ${compared}`}>
          <Shape kind={compared === 'same' ? 'level' : rises ? 'up' : 'down'} />
          {t(`compare.${compared}`)}
        </span>
      )}
    </p>
  );
}

function Verdict({ metric, judged, indicative }: { metric: Metric; judged: Judgement; indicative: boolean }) {
  const { t, format } = useSpeech();
  const { word, limit, margin } = judged;
  const unit = format.unit(metric.unit);
  return (
    <p class={`verdict ${word}`}>
      <Shape kind={VERDICT_SHAPE[word]} />
      <span class="word">
        <strong>{t(`verdict.${word}`)}</strong>
        {limit && margin !== null && <Distance limit={limit} margin={margin} unit={unit} />}
      </span>
      <span class="limit">
        {limit ? t('limit.value', { bound: `${format.bound(limit)} ${unit}` }) : t('limit.none')}
        {indicative && <small>{t('limit.indicative')}</small>}
      </span>
    </p>
  );
}

function Distance({ limit, margin, unit }: { limit: Bound; margin: number; unit: string }) {
  const { t, format } = useSpeech();
  const words = margin >= 0 ? 'margin.spare' : limit.op === '<=' ? 'margin.over' : 'margin.short';
  return (
    <span class="distance">{t(words, { amount: `${format.distance(Math.abs(margin), limit.bound)} ${unit}` })}</span>
  );
}
