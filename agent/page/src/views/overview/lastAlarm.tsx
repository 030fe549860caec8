import { useSpeech } from '../../context.ts';
import type { Line } from '../../contract.ts';
import { Shape } from '../../shapes.tsx';
import { lastTransition } from '../../state/alarm.ts';
import { type PageState, plantNow } from '../../state/state.ts';

/** The newest alarm transition of the line's metrics. */
export function LastAlarm({ line, state }: { line: Line; state: PageState }) {
  const { language, t, format } = useSpeech();
  const newest = lastTransition(line, state);
  const metric = line.metrics.find(({ id }) => id === newest?.metric);
  if (!newest || !metric) return null;
  const { window, value, unit, limit, to, who } = newest;
  const end = Date.parse(window.end);
  return (
    <p class={`last-alarm ${limit.state}`}>
      <Shape kind={SHAPE[limit.state]} />
      <span>
        <time>
          {format.since(window.start, plantNow(state) ?? end)}–{format.time(end)}
        </time>{' '}
        {t(`alarm.${limit.state}`, { metric: metric.name[language] })}
        {value !== null && t('alarm.value', { value: `${format.against(value, limit.bound)} ${format.unit(unit)}` })}
        {(to === 'acknowledged' || to === 'shelved') && t(`alarm.${to}`, { who: who ?? '' })}
      </span>
    </p>
  );
}

const SHAPE = { excursion: 'alarm', warning: 'doubt', returned: 'check', normal: 'check' } as const;
