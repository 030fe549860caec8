import { useExplain, useSpeech } from '../../context.ts';
import type { EntryReceipt, PlantDescription } from '../../contract.ts';
import { Shape } from '../../shapes.tsx';
import { metricOf } from '../../state/plant.ts';

/** More figures are counted. */
const SHOWN = 6;

/** That an entry is in the log, and which figures it revised. */
export function Receipt({ receipt, plant, now }: { receipt: EntryReceipt; plant: PlantDescription; now: number }) {
  const { t, format, language } = useSpeech();
  const explain = useExplain();
  const { revised, hasMore } = receipt;
  return (
    <output class="receipt">
      <p class="status good">
        <Shape kind="check" />
        {t('entries.entered', { count: hasMore ? `>${revised.length}` : revised.length })}
      </p>
      <ul>
        {revised.slice(0, SHOWN).map(({ seq, metric, window, value, unit, revision }) => (
          <li key={seq}>
            <a href={explain({ metric, window: window.kind, at: window.start })}>
              {metricOf(plant, metric).name?.[language] ?? metric}, {t(`kind.${window.kind}`)}{' '}
              {format.since(window.start, now)}
            </a>
            {': '}
            {value === null ? '–' : format.number(value)} {format.unit(unit)} {t('line.revision', { revision })}
          </li>
        ))}
      </ul>
    </output>
  );
}
