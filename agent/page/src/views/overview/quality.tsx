import { type Speech, useSpeech } from '../../context.ts';
import type { Line, PlantDescription, WindowKind } from '../../contract.ts';
import { causeText } from '../../i18n/causes.ts';
import type { Key } from '../../i18n/index.ts';
import { Shape, STATUS_SHAPE } from '../../shapes.tsx';
import { type Fault, lineQuality, mishaps, otherQuality, type Quality } from '../../state/quality.ts';
import { type PageState, plantNow } from '../../state/state.ts';

/** More faults and mishaps than this, and more names in one, are counted. */
const SHOWN = 2;
const NAMED = 3;

interface Props {
  line: Line;
  plant: PlantDescription;
  state: PageState;
  kind: WindowKind;
}

/** Whether the line's figures can be believed: its signals, devices and meters, in plain words. */
export function LineQuality({ line, plant, state, kind }: Props) {
  const { t } = useSpeech();
  const found = lineQuality(plant, line, state);
  const events = mishaps(line, kind, state.figures);
  const look = isBad(found) ? 'bad' : isGood(found) && events.length === 0 ? 'good' : 'uncertain';
  return (
    <section class={`quality ${look}`} aria-label={t('quality.title')}>
      <Summary found={found} look={look} />
      <ul>
        <Faults faults={found.faults} state={state} />
        <MishapText events={events.slice(0, SHOWN)} kind={kind} />
        <More than={[found.faults, events]} />
      </ul>
    </section>
  );
}

/** Signals and devices that no line's figures need: told only when something is wrong with them. */
export function OtherSignals({ plant, state }: { plant: PlantDescription; state: PageState }) {
  const { t } = useSpeech();
  const found = otherQuality(plant, state);
  if (!isBad(found) && found.uncertain === 0) return null;
  return (
    <section class="quality uncertain apart" aria-label={t('quality.others')}>
      <Summary found={found} look="uncertain" title={t('quality.others')} />
      <ul>
        <Faults faults={found.faults} state={state} />
        <More than={[found.faults]} />
      </ul>
    </section>
  );
}

const isBad = ({ bad, faults }: Quality): boolean => bad > 0 || faults.some(({ device }) => device !== null);
const isGood = (found: Quality): boolean => !isBad(found) && found.uncertain + found.waiting + found.connecting === 0;

function Summary({ found, look, title }: { found: Quality; look: keyof typeof STATUS_SHAPE; title?: string }) {
  const { t } = useSpeech();
  const { total, bad, uncertain, waiting, connecting, faults } = found;
  const isApart = title !== undefined;
  const told: [Key, boolean][] = [
    ['quality.good', total > 0 && bad + uncertain + waiting === 0],
    ['quality.bad', bad > 0],
    ['quality.uncertain', uncertain > 0],
    ['quality.waiting', waiting > 0],
    ['quality.connecting', connecting > 0],
    ['quality.devices', !isApart && connecting === 0 && faults.every(({ device }) => device === null)],
  ];
  return (
    <h3>
      <Shape kind={STATUS_SHAPE[look]} />
      {isApart && <span>{title}</span>}
      {told.map(
        ([key, holds]) => holds && <span key={key}>{t(key, { total, bad, uncertain, waiting, connecting })}</span>,
      )}
    </h3>
  );
}

function Faults({ faults, state }: { faults: readonly Fault[]; state: PageState }) {
  return (
    <>
      {faults.slice(0, SHOWN).map((fault) => (
        <FaultText key={fault.device ?? fault.tags[0]?.id} fault={fault} state={state} />
      ))}
    </>
  );
}

/** How many there are besides those shown. */
function More({ than }: { than: readonly (readonly unknown[])[] }) {
  const { t } = useSpeech();
  const more = than.reduce((sum, list) => sum + Math.max(0, list.length - SHOWN), 0);
  return more > 0 ? <li>{t('quality.more', { more })}</li> : null;
}

function FaultText({ fault: { device, tags, since, reason }, state }: { fault: Fault; state: PageState }) {
  const speech = useSpeech();
  const { language, t, format } = speech;
  const names = namesText(
    tags.map(({ id, name }) => name?.[language] ?? id),
    speech,
  );
  const time = format.since(since, plantNow(state) ?? 0);
  return (
    <li title={reason ?? ''}>
      <strong>
        {device === null ? t('quality.fault', { names, since: time }) : t('quality.device', { device, since: time })}
      </strong>
      {reason && ` — ${causeText(reason, t)}`}
      {device !== null && tags.length > 0 && t('quality.without', { names })}
    </li>
  );
}

function MishapText({ events, kind }: { events: ReturnType<typeof mishaps>; kind: WindowKind }) {
  const speech = useSpeech();
  const { language, t } = speech;
  return (
    <>
      {events.map(({ flag, meters }) => {
        const names = namesText(
          meters.map(({ name }) => name[language]),
          speech,
        );
        return (
          <li key={flag}>
            <strong>{t(`mishap.${flag}`, { window: t(`window.${kind}`) })}</strong>
            {t('quality.meters', { names })}
          </li>
        );
      })}
    </>
  );
}

/** The first few names, and how many more there are. */
function namesText(all: readonly string[], { language, t }: Speech): string {
  const names = all.slice(0, NAMED).join(language === 'zh' ? '、' : ', ');
  const more = all.length - NAMED;
  return more > 0 ? t('quality.names', { names, more }) : names;
}
