import { useSpeech } from '../../context.ts';
import type { Line } from '../../contract.ts';
import { Shape } from '../../shapes.tsx';
import { type PageState, plantNow } from '../../state/state.ts';

/** The newest alarm transition of the line's metrics. */
export function LastAlarm({ line, state }: { line: Line; state: PageState }) {
  const { language, t, format } = useSpeech();
  const [newest] = line.metrics
    .flatMap((metric) => {
      const alarm = state.alarms.get(metric.id);
      return alarm ? [{ ...alarm, metric }] : [];
    })
    .sort((a, b) => b.seq - a.seq);
  if (!newest) return null;
  const { at, body, metric } = newest;
  const time = (iso: string): string => format.time(Date.parse(iso));
  return (
    <p class="last-alarm">
      <Shape kind={SHAPE[body.limit.state]} />
      <time>{format.since(at, plantNow(state) ?? Date.parse(at))}</time>
      <span>
        {metric.name[language]} {time(body.window.start)}–{time(body.window.end)} {t(`alarm.${body.limit.state}`)}
        {body.value !== null && `, ${format.against(body.value, body.limit.bound)} ${format.unit(body.unit)}`}
      </span>
    </p>
  );
}

const SHAPE = { excursion: 'alarm', warning: 'doubt', returned: 'check', normal: 'check' } as const;
