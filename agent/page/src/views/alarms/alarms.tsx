import { useState } from 'preact/hooks';
import { agentUrl, postJson } from '../../api.ts';
import { useSpeech } from '../../context.ts';
import type { AlarmView, PlantDescription } from '../../contract.ts';
import { type PageState, plantNow } from '../../state/state.ts';
import { AlarmRow } from './alarmRow.tsx';
import { Shelve } from './shelve.tsx';
import { useAlarms } from './useAlarms.ts';
import { useOperator, Who } from './who.tsx';

/** What can be done about an alarm, as the agent takes it. */
export interface Deed {
  readonly action: 'acknowledge' | 'shelve' | 'unshelve';
  readonly reason?: string;
  /** Until when it is shelved, ISO 8601. */
  readonly until?: string;
}

/** Alarms that stand first; an operator says here that they were seen, or puts them aside for a while. */
export function Alarms({ state, plant }: { state: PageState; plant: PlantDescription }) {
  const { t } = useSpeech();
  const operator = useOperator();
  const [done, setDone] = useState(0);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [shelving, setShelving] = useState<AlarmView | null>(null);
  const alarms = useAlarms(state, done);
  const now = plantNow(state) ?? 0;

  const act = async ({ metric, window }: AlarmView, { action, ...more }: Deed, who: string): Promise<void> => {
    const path = [metric, window.kind, action].map(encodeURIComponent).join('/');
    try {
      await postJson(agentUrl(`v1/alarms/${path}`), { who, ...more });
      setRefusal(null);
    } catch (error) {
      setRefusal((error as Error).message);
    }
    setDone((count) => count + 1);
  };

  const standing = alarms.data?.filter(({ state: one, unacknowledged }) => one !== 'normal' || unacknowledged) ?? [];
  const quiet = alarms.data?.filter((one) => !standing.includes(one)) ?? [];
  const rows = (some: readonly AlarmView[]) =>
    some.map((alarm) => (
      <AlarmRow
        key={`${alarm.metric}|${alarm.window.kind}`}
        alarm={alarm}
        plant={plant}
        now={now}
        act={(deed) => operator.act((who) => void act(alarm, deed, who))}
        shelve={() => setShelving(alarm)}
      />
    ));
  return (
    <section class="alarms sheet" aria-labelledby="alarms-title">
      <div class="sheet-head">
        <h2 id="alarms-title">{t('nav.alarms')}</h2>
        <Who operator={operator} />
      </div>
      {(refusal ?? alarms.error) && (
        <p class="refusal" role="alert">
          {t('alarms.refused', { reason: refusal ?? alarms.error!.message })}
        </p>
      )}
      {alarms.data && standing.length === 0 && <p class="empty">{t('alarms.none')}</p>}
      <ul class="cards">{rows(standing)}</ul>
      {quiet.length > 0 && (
        <details>
          <summary>{t('alarms.quiet', { count: quiet.length })}</summary>
          <ul class="cards">{rows(quiet)}</ul>
        </details>
      )}
      {shelving && (
        <Shelve
          name={shelving.metric}
          now={now}
          close={() => setShelving(null)}
          shelve={(until, reason) =>
            operator.act((who) => void act(shelving, { action: 'shelve', until, reason }, who))
          }
        />
      )}
    </section>
  );
}
