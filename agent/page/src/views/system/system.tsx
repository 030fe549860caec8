import { agentUrl, getJson, useFetched } from '../../api.ts';
import { useSpeech } from '../../context.ts';
import type { SystemBody } from '../../contract.ts';
import { reasonText } from '../../i18n/reasons.ts';
import { hashOf } from '../../route.ts';
import { Shape } from '../../shapes.tsx';
import { type PageState, plantNow } from '../../state/state.ts';
import { Platforms } from './platforms.tsx';
import { Fact, Table } from './table.tsx';

const EVERY_MS = 5_000;
/** Less of the disk than this is said in the colour of an alarm. */
const LITTLE = 0.05;
const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** The agent about itself: whether it does its work, disk, log, readers, certificates, version. */
export function System({ state }: { state: PageState }) {
  const { t } = useSpeech();
  const { data, error } = useFetched(
    () => getJson<SystemBody>(agentUrl('v1/system')),
    [Math.floor(state.now / EVERY_MS)],
  );
  return (
    <section class="sheet system" aria-labelledby="system-title">
      <div class="sheet-head">
        <h2 id="system-title">{t('nav.system')}</h2>
        <a href={hashOf({ view: 'wall' })}>{t('system.wall')}</a>
      </div>
      {error && (
        <p class="refusal" role="alert">
          {error.message}
        </p>
      )}
      {data && <Body system={data} state={state} />}
    </section>
  );
}

function Body({ system, state }: { system: SystemBody; state: PageState }) {
  const { t, format } = useSpeech();
  const { ready, reasons, disk, log, readers, platforms, certificates } = system;
  const now = plantNow(state) ?? 0;
  const little = disk !== null && disk.freeBytes < disk.totalBytes * LITTLE;
  return (
    <>
      <p class={`status ${ready ? 'good' : 'bad'}`}>
        <Shape kind={ready ? 'check' : 'alarm'} />
        <strong>{t(ready ? 'system.ready' : 'system.notReady')}</strong>
      </p>
      {reasons.length > 0 && (
        <ul class="reasons">
          {reasons.map((reason) => (
            <li key={reason} title={reason}>
              {reasonText(reason, t)}
            </li>
          ))}
        </ul>
      )}
      <dl class="facts">
        <Fact name={t('system.agent')}>{system.agent}</Fact>
        <Fact name={t('system.version')}>
          {system.version}{' '}
          <span class="label">
            Node {system.node}, SQLite {system.sqlite}
          </span>
        </Fact>
        <Fact name={t('system.configuration')}>
          <code>{system.configuration.slice(0, 19)}</code>
        </Fact>
        <Fact name={t('system.started')}>{format.since(system.startedAt, now)}</Fact>
        <Fact name={t('system.memory')}>{format.number(system.memoryBytes / MIB, 1_000)} MiB</Fact>
        {disk && (
          <Fact name={t('system.disk')} look={little ? 'bad' : undefined}>
            {t('system.free', {
              free: `${format.number(disk.freeBytes / GIB, 10)} GiB`,
              total: `${format.number(disk.totalBytes / GIB, 10)} GiB`,
            })}
          </Fact>
        )}
        <Fact name={t('system.log')} look={log.dropped > 0 ? 'bad' : undefined}>
          {t('system.records', { first: log.firstSeq, last: log.lastSeq })}
          {disk && `, ${format.number(disk.logBytes / MIB, 10)} MiB`}
          {log.dropped > 0 && `, ${t('system.dropped', { count: log.dropped })}`}
        </Fact>
      </dl>
      <h3>{t('system.readers', { count: readers.length })}</h3>
      <Table
        heads={[t('system.reader'), t('system.subscription'), t('system.lag')]}
        rows={readers.map(({ remote, subscription, lag }, place) => ({
          key: String(place),
          cells: [remote, subscription, format.count(lag)],
        }))}
      />
      <Platforms platforms={platforms} now={now} />
      <h3>{t('system.certificates', { count: certificates.length })}</h3>
      <Table
        heads={[t('system.device'), t('system.whose'), t('system.expires')]}
        rows={certificates.map(({ endpoint, whose, expires }) => ({
          key: `${endpoint}|${whose}`,
          cells: [endpoint, t(`system.whose.${isWhose(whose) ? whose : 'server'}`), format.date(Date.parse(expires))],
        }))}
      />
    </>
  );
}

type Whose = 'server' | 'user' | 'ours' | 'successor';
const isWhose = (whose: string): whose is Whose => ['server', 'user', 'ours', 'successor'].includes(whose);
