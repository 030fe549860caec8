import { useSpeech } from '../../context.ts';
import type { SystemBody } from '../../contract.ts';
import { causeText } from '../../i18n/causes.ts';
import { Shape } from '../../shapes.tsx';
import { Table } from './table.tsx';

type Platform = SystemBody['platforms'][number];

const LOOK = { up: 'good', starting: 'uncertain', down: 'bad' } as const;
const SHAPE = { up: 'check', starting: 'ring', down: 'alarm' } as const;

/** Those that the agent dials out to: whether it is connected, what is not safe there yet, and what went wrong last. */
export function Platforms({ platforms, now }: { platforms: readonly Platform[]; now: number }) {
  const { t, format } = useSpeech();
  if (platforms.length === 0) return null;
  return (
    <>
      <h3>{t('system.platforms', { count: platforms.length })}</h3>
      <Table
        heads={[t('system.platform'), t('signals.state'), t('system.behind'), t('system.lastFailure')]}
        rows={platforms.map((platform) => ({
          key: platform.id,
          cells: [
            <Name key="name" platform={platform} />,
            <Standing key="state" platform={platform} now={now} />,
            platform.behind === null ? '–' : format.count(platform.behind),
            <LastFailure key="failure" platform={platform} now={now} />,
          ],
        }))}
      />
    </>
  );
}

function Name({ platform: { id, url } }: { platform: Platform }) {
  return (
    <>
      {id} <span class="label id">{url}</span>
    </>
  );
}

function Standing({ platform: { state, since }, now }: { platform: Platform; now: number }) {
  const { t, format } = useSpeech();
  return (
    <span class={`status ${LOOK[state]}`}>
      <Shape kind={SHAPE[state]} />
      {t(STATE[state], { since: format.since(since, now) })}
    </span>
  );
}

const STATE = { up: 'signals.up', starting: 'signals.starting', down: 'signals.down' } as const;

function LastFailure({ platform: { lastFailure, failures }, now }: { platform: Platform; now: number }) {
  const { t, format } = useSpeech();
  if (lastFailure === null) return <>{t('system.noFailure')}</>;
  const { at, reason } = lastFailure;
  return (
    <span title={reason}>
      {format.since(at, now)}: {causeText(reason, t)}{' '}
      <span class="label">{t('system.failures', { count: failures })}</span>
    </span>
  );
}
