import { useExplain, useSpeech } from '../../context.ts';
import type { Line, PlantDescription } from '../../contract.ts';
import { hashOf } from '../../route.ts';
import { Shape } from '../../shapes.tsx';
import { metricOf } from '../../state/plant.ts';
import { type PageState, plantNow } from '../../state/state.ts';
import { useAlarms } from '../alarms/useAlarms.ts';

/** Which of the line's limits are exceeded, since when and by how much. */
export function LineAlarms({ line, plant, state }: { line: Line; plant: PlantDescription; state: PageState }) {
  const { t, format, language } = useSpeech();
  const explain = useExplain();
  const now = plantNow(state) ?? 0;
  const own = new Set(line.metrics.map(({ id }) => id));
  const over = (useAlarms(state).data ?? []).filter(
    (alarm) => own.has(alarm.metric) && (alarm.state === 'excursion' || alarm.state === 'acknowledged'),
  );
  if (over.length === 0) return null;
  return (
    <ul class="line-alarms">
      {over.map(({ metric, window, value, unit, limit, since, state: one }) => (
        <li key={`${metric}|${window.kind}`}>
          <Shape kind="alarm" />
          <span>
            <a href={explain({ metric, window: window.kind, at: window.start })}>
              {metricOf(plant, metric).name?.[language] ?? metric}, {t(`kind.${window.kind}`)}
            </a>
            {': '}
            {t(`alarms.state.${one}`)} {t('signals.since', { since: format.since(since, now) })}
            {value !== null &&
              `, ${t(limit.op === '<=' ? 'margin.over' : 'margin.short', { amount: `${format.distance(Math.abs(value - limit.bound), limit.bound)} ${format.unit(unit)}` })}`}
          </span>
          {one === 'excursion' && <a href={hashOf({ view: 'alarms' })}>{t('alarms.acknowledge')}</a>}
        </li>
      ))}
    </ul>
  );
}
