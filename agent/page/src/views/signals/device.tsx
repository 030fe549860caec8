import { memo } from 'preact/compat';
import { useState } from 'preact/hooks';
import { useSpeech } from '../../context.ts';
import type { LiveValue, Tag } from '../../contract.ts';
import { causeText } from '../../i18n/causes.ts';
import type { Translate } from '../../i18n/index.ts';
import { Shape, STATUS_SHAPE } from '../../shapes.tsx';
import type { Device as DeviceDescription } from '../../state/signals.ts';
import { type PageState, plantNow } from '../../state/state.ts';

/** More rows of one device are shown when asked for. */
const FIRST = 100;

interface Props {
  device: DeviceDescription;
  signals: readonly Tag[];
  state: PageState;
}

/** One device, whether it answers, and its signals. */
export function Device({ device, signals, state }: Props) {
  const { t } = useSpeech();
  const [all, setAll] = useState(false);
  const now = plantNow(state) ?? 0;
  const shown = all ? signals : signals.slice(0, FIRST);
  return (
    <section class="device" aria-label={device.id}>
      <DeviceHead device={device} heard={state.endpoints.get(device.id)} now={now} />
      <table>
        <thead>
          <tr>
            <th scope="col">{t('signals.signal')}</th>
            <th scope="col" class="number">
              {t('signals.value')}
            </th>
            <th scope="col">{t('signals.state')}</th>
            <th scope="col" class="number">
              {t('signals.age')}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((tag) => {
            const heard = state.tags.get(tag.id);
            return (
              <Row
                key={tag.id}
                tag={tag}
                heard={heard}
                age={ageOf(heard, now)}
                now={Math.floor(now / 60_000) * 60_000}
              />
            );
          })}
        </tbody>
      </table>
      {shown.length < signals.length && (
        <button type="button" onClick={() => setAll(true)}>
          {t('signals.all', { more: signals.length - shown.length })}
        </button>
      )}
    </section>
  );
}

/** In the unit in which one would say it. */
function ageText(seconds: number, t: Translate): string {
  if (seconds < 120) return t('signals.seconds', { count: seconds });
  if (seconds < 7_200) return t('signals.minutes', { count: Math.floor(seconds / 60) });
  return t('signals.hours', { count: Math.floor(seconds / 3_600) });
}

/** Whole seconds since the value held; null where nothing was heard. */
const ageOf = (heard: LiveValue | undefined, now: number): number | null =>
  heard ? Math.max(0, Math.round((now - Date.parse(heard.at)) / 1_000)) : null;

function DeviceHead({ device, heard, now }: { device: DeviceDescription; heard: LiveValue | undefined; now: number }) {
  const { t, format } = useSpeech();
  const status = heard?.statusCode ?? 'uncertain';
  const words = { good: 'signals.up', uncertain: 'signals.starting', bad: 'signals.down' } as const;
  const due = heard?.acquired?.due ?? 0;
  return (
    <h3 class={`status ${status}`}>
      <Shape kind={STATUS_SHAPE[status]} />
      <span>{device.id}</span>
      <span class="label">
        {device.protocol === 'opcua' ? 'OPC UA' : device.protocol === 'modbus' ? 'Modbus' : device.protocol}
      </span>
      <span>
        {t(words[status], { since: heard ? format.since(heard.since, now) : '' })}
        {heard?.reason && ` — ${causeText(heard.reason, t)}`}
      </span>
      {due > 0 && heard?.acquired && (
        <span class="label">{t('signals.acquired', { share: format.share(heard.acquired.inTime / due) })}</span>
      )}
    </h3>
  );
}

interface RowProps {
  tag: Tag;
  heard: LiveValue | undefined;
  age: number | null;
  /** By the minute, which is what times are shown to. */
  now: number;
}

/** Drawn anew only when something in it has changed: there may be hundreds. */
const Row = memo(
  function Row({ tag, heard, age, now }: RowProps) {
    const { t, format, language } = useSpeech();
    const status = heard?.statusCode ?? 'waiting';
    return (
      <tr class={status}>
        <th scope="row">
          {tag.name?.[language] ?? tag.id}
          {tag.name && <span class="label id">{tag.id}</span>}
        </th>
        <td class="number">
          {heard?.value == null ? '–' : format.reading(heard.value, tag.unit)}{' '}
          <span class="unit">{format.unit(tag.unit)}</span>
        </td>
        <td class={`status ${status}`}>
          <Shape kind={status === 'waiting' ? 'ring' : STATUS_SHAPE[status]} />
          <span>
            {t(`signals.${status}`)}
            {heard && status !== 'good' && ` ${t('signals.since', { since: format.since(heard.since, now) })}`}
            {heard?.reason && <span class="reason">{causeText(heard.reason, t)}</span>}
          </span>
        </td>
        <td class="number">{age === null ? '–' : ageText(age, t)}</td>
      </tr>
    );
  },
  (a, b) =>
    a.tag === b.tag &&
    a.age === b.age &&
    a.now === b.now &&
    a.heard?.value === b.heard?.value &&
    a.heard?.statusCode === b.heard?.statusCode &&
    a.heard?.reason === b.heard?.reason,
);
