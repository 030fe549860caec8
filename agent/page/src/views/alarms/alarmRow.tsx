import { useExplain, useSpeech } from '../../context.ts';
import type { AlarmView, PlantDescription } from '../../contract.ts';
import { useMayEnter } from '../../session.tsx';
import { Shape } from '../../shapes.tsx';
import { metricOf } from '../../state/plant.ts';
import type { Deed } from './alarms.tsx';

interface Props {
  alarm: AlarmView;
  plant: PlantDescription;
  now: number;
  act: (deed: Deed) => void;
  shelve: () => void;
}

/** One alarm: what is beyond which limit, since when, and what can be done about it. */
export function AlarmRow({ alarm, plant, now, act, shelve }: Props) {
  const { t } = useSpeech();
  const { state, unacknowledged, shelved } = alarm;
  const mayEnter = useMayEnter();
  return (
    <li class={`alarm-row ${state}`}>
      <Shape kind={SHAPE[state]} />
      <div class="what">
        <AlarmText alarm={alarm} plant={plant} now={now} />
      </div>
      {mayEnter && (
        <div class="buttons">
          {unacknowledged && (
            <button type="button" class="main" onClick={() => act({ action: 'acknowledge' })}>
              {t('alarms.acknowledge')}
            </button>
          )}
          {shelved ? (
            <button type="button" onClick={() => act({ action: 'unshelve' })}>
              {t('alarms.unshelve')}
            </button>
          ) : (
            <button type="button" onClick={shelve}>
              {t('alarms.shelve')}
            </button>
          )}
        </div>
      )}
    </li>
  );
}

const SHAPE = {
  excursion: 'alarm',
  acknowledged: 'alarm',
  warning: 'doubt',
  returned: 'check',
  normal: 'check',
  shelved: 'pause',
} as const;

function AlarmText({ alarm, plant, now }: Pick<Props, 'alarm' | 'plant' | 'now'>) {
  const { t, format, language } = useSpeech();
  const explain = useExplain();
  const { metric, window, value, unit, limit, state, since, shelved, unacknowledged } = alarm;
  const { line, name } = metricOf(plant, metric);
  const span = `${format.since(window.start, now)}–${format.time(Date.parse(window.end))}`;
  return (
    <>
      <p>
        <strong>{name?.[language] ?? metric}</strong> <span class="label">{line?.name[language]}</span>
      </p>
      <p>
        {t(`alarms.state.${state}`)} {t('signals.since', { since: format.since(since, now) })}
        {unacknowledged && state !== 'excursion' && state !== 'returned' && ` · ${t('alarms.unacknowledged')}`}
        {limit.stale && ` · ${t('alarms.stale')}`}
      </p>
      <p>
        <a href={explain({ metric, window: window.kind, at: window.start })}>
          {t(`kind.${window.kind}`)} {span}
        </a>
        {': '}
        {value === null ? t('reason.incomplete') : `${format.against(value, limit.bound)} ${format.unit(unit)}`}
        {'; '}
        {t('limit.value', { bound: `${format.bound(limit)} ${format.unit(unit)}` })}
      </p>
      {shelved && (
        <p>
          {t('alarms.shelved', { who: shelved.who, until: format.since(shelved.until, now), reason: shelved.reason })}
        </p>
      )}
    </>
  );
}
