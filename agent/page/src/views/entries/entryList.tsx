import { useSpeech } from '../../context.ts';
import type { EnteredBody, PlantDescription } from '../../contract.ts';
import { Shape } from '../../shapes.tsx';
import { metricOf } from '../../state/plant.ts';

interface Props {
  entries: readonly EnteredBody[];
  plant: PlantDescription;
  now: number;
  /** Asks for the right amount of a piece. */
  correct: (meter: string, piece: string) => void;
}

/** What was entered, the newest first, by whom, and whether it was taken. Nothing is taken back: it is corrected. */
export function EntryList({ entries, plant, now, correct }: Props) {
  const { t, format } = useSpeech();
  if (entries.length === 0) return null;
  return (
    <table class="entered">
      <thead>
        <tr>
          <th scope="col">{t('entries.when')}</th>
          <th scope="col">{t('entries.who')}</th>
          <th scope="col">{t('entries.what')}</th>
          <th scope="col">
            <span class="unseen">{t('entries.correct')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.key}>
            <td>{format.since(entry.at, now)}</td>
            <td>{entry.by}</td>
            <td class={entry.refused === null ? '' : 'status bad'}>
              {entry.refused !== null && <Shape kind="alarm" />}
              <What entry={entry} plant={plant} now={now} />
              {entry.refused !== null && <span class="reason">{entry.refused}</span>}
            </td>
            <td class="number">
              {entry.refused === null && entry.entered.piece !== undefined && (
                <button type="button" onClick={() => correct(entry.meter, String(entry.entered.piece))}>
                  {t('entries.correct')}
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function What({ entry: { type, meter, entered }, plant, now }: Pick<Props, 'plant' | 'now'> & { entry: EnteredBody }) {
  const { t, format, language } = useSpeech();
  const { name, line } = metricOf(plant, meter);
  const unit = line?.meters.find(({ id }) => id === meter)?.unit ?? '';
  const { piece, amount, cells, at, last, first } = entered;
  const parts = [
    piece !== undefined && `${t('entries.field.piece')} ${piece}`,
    amount !== undefined && `${format.number(Number(amount))} ${format.unit(unit)}`,
    cells !== undefined && `${t('entries.field.cells')} ${cells}`,
    last !== undefined && `${t('entries.field.last')} ${last}`,
    first !== undefined && `${t('entries.field.first')} ${first}`,
    at !== undefined && format.since(String(at), now),
  ].filter((part) => part !== false);
  return (
    <>
      <strong>{name?.[language] ?? meter}</strong> · {t(`entries.${type}`)}: {parts.join(' · ')}
    </>
  );
}
