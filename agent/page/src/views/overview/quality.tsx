import { useSpeech } from '../../context.ts';
import type { PlantDescription } from '../../contract.ts';
import { causeText } from '../../i18n/causes.ts';
import type { Key } from '../../i18n/index.ts';
import { Shape } from '../../shapes.tsx';
import { type DeviceDown, type Fault, type Quality, quality } from '../../state/quality.ts';
import { type PageState, plantNow } from '../../state/state.ts';

/** More than this is for a view of its own. */
const SHOWN = 3;
const NAMED = 3;

/** Whether the figures above can be believed: signals and devices, in plain words. */
export function QualityLine({ state, plant }: { state: PageState; plant: PlantDescription }) {
  const { t } = useSpeech();
  const found = quality(plant, state.tags, state.endpoints);
  const { bad, uncertain, waiting, connecting, down, faults } = found;
  const isBad = bad + down.length > 0;
  const isGood = !isBad && uncertain + waiting + connecting === 0;
  const hidden = Math.max(0, down.length - SHOWN) + Math.max(0, faults.length - SHOWN);
  const told: [Key, boolean][] = [
    ['quality.good', bad + uncertain + waiting === 0],
    ['quality.bad', bad > 0],
    ['quality.uncertain', uncertain > 0],
    ['quality.waiting', waiting > 0],
    ['quality.connecting', connecting > 0],
    ['quality.devices', connecting + down.length === 0],
  ];
  return (
    <section class={`quality ${isBad ? 'bad' : isGood ? 'good' : 'uncertain'}`} aria-label={t('quality.title')}>
      <h2>
        <Shape kind={isBad ? 'alarm' : isGood ? 'check' : 'doubt'} />
        {t('quality.title')}
      </h2>
      <ul>
        {told.map(
          ([key, holds]) =>
            holds && (
              <li key={key} class="count">
                {t(key, counts(found))}
              </li>
            ),
        )}
        {down.slice(0, SHOWN).map((device) => (
          <DeviceText key={device.id} device={device} state={state} />
        ))}
        {faults.slice(0, SHOWN).map((fault) => (
          <FaultText key={fault.tags[0]} fault={fault} state={state} />
        ))}
        {hidden > 0 && <li>{t('quality.more', { more: hidden })}</li>}
      </ul>
    </section>
  );
}

const counts = ({ total, bad, uncertain, waiting, devices, connecting }: Quality) => ({
  total,
  bad,
  uncertain,
  waiting,
  devices,
  connecting,
});

function DeviceText({ device: { id, since, reason }, state }: { device: DeviceDown; state: PageState }) {
  const { t, format } = useSpeech();
  return (
    <li title={reason ?? ''}>
      {t('quality.device', { device: id, since: format.since(since, plantNow(state) ?? 0) })}
      <Cause reason={reason} />
    </li>
  );
}

function FaultText({ fault: { tags, since, reason }, state }: { fault: Fault; state: PageState }) {
  const { language, t, format } = useSpeech();
  const names = tags.slice(0, NAMED).join(language === 'zh' ? '、' : ', ');
  const more = tags.length - NAMED;
  return (
    <li title={reason ?? ''}>
      {t('quality.fault', {
        tags: more > 0 ? t('quality.names', { names, more }) : names,
        since: format.since(since, plantNow(state) ?? 0),
      })}
      <Cause reason={reason} />
    </li>
  );
}

function Cause({ reason }: { reason: string | null }) {
  const { t } = useSpeech();
  return reason ? <span class="cause"> — {causeText(reason, t)}</span> : null;
}
