import { useState } from 'preact/hooks';
import { useSpeech } from '../../context.ts';
import type { EvaluationBody, Line, PlantDescription } from '../../contract.ts';
import { hashOf } from '../../route.ts';
import { usualSpan } from '../../state/series.ts';
import { type PageState, plantNow } from '../../state/state.ts';
import { useSeries } from '../line/useSeries.ts';
import { Sheet } from './sheet.tsx';

const KINDS = ['shift', 'day'] as const;
type Kind = (typeof KINDS)[number];

interface Props {
  line: Line;
  plant: PlantDescription;
  state: PageState;
}

/** A shift or a day of a line on one sheet, to be printed or kept as PDF. */
export function Report({ line, plant, state }: Props) {
  const { t, format, language } = useSpeech();
  const now = plantNow(state) ?? 0;
  const [kind, setKind] = useState<Kind>('shift');
  const [chosen, choose] = useState<string | null>(null);
  const { from, to } = usualSpan(kind, now);
  const windows = (useSeries(line.main, kind, from, to).data ?? []).map(({ window }) => window).toReversed();
  const window = windows.find(({ start }) => start === chosen) ?? windows[0];
  const name = ({ start, end, day }: EvaluationBody['window']): string =>
    kind === 'day'
      ? format.date(Date.parse(start))
      : `${day ?? format.date(Date.parse(start))} ${format.time(Date.parse(start))}–${format.time(Date.parse(end))}`;
  return (
    <section class="sheet report" aria-labelledby="report-title">
      <div class="sheet-head no-print">
        <ul class="links" aria-label={t('line.others')}>
          {plant.lines.map(({ id, name: named }) => (
            <li key={id}>
              <a href={hashOf({ view: 'report', id })} aria-current={id === line.id ? 'true' : undefined}>
                {named[language]}
              </a>
            </li>
          ))}
        </ul>
        <fieldset class="segments" aria-label={t('line.window')}>
          {KINDS.map((one) => (
            <button key={one} type="button" aria-pressed={one === kind} onClick={() => setKind(one)}>
              {t(`kind.${one}`)}
            </button>
          ))}
        </fieldset>
        <label hidden={!window}>
          <span class="unseen">{t('report.which')}</span>
          <select value={window?.start} onChange={({ currentTarget }) => choose(currentTarget.value)}>
            {windows.map((one) => (
              <option key={one.start} value={one.start}>
                {name(one)}
              </option>
            ))}
          </select>
        </label>
        <button type="button" class="main" disabled={!window} onClick={() => print()}>
          {t('report.print')}
        </button>
      </div>
      <h2 id="report-title">
        {t(`report.${kind}`)} · {line.name[language]}
      </h2>
      {window ? (
        <Sheet
          key={`${kind}|${window.start}`}
          line={line}
          plant={plant}
          window={window}
          title={name(window)}
          now={now}
        />
      ) : (
        <p class="empty">{t('report.none')}</p>
      )}
    </section>
  );
}
