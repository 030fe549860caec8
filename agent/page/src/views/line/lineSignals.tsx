import { useSpeech } from '../../context.ts';
import type { Line, PlantDescription } from '../../contract.ts';
import { causeText } from '../../i18n/causes.ts';
import { Shape } from '../../shapes.tsx';
import type { PageState } from '../../state/state.ts';

/** The line's own signals as they are now: current, voltage, scales. */
export function LineSignals({ line, plant, state }: { line: Line; plant: PlantDescription; state: PageState }) {
  const { t, format, language } = useSpeech();
  const tags = plant.tags.filter(({ lines }) => lines.includes(line.id));
  return (
    <section class="sheet line-signals">
      <h3>{t('nav.signals')}</h3>
      <ul>
        {tags.map(({ id, name, unit }) => {
          const heard = state.tags.get(id);
          const status = heard?.statusCode ?? 'waiting';
          return (
            <li key={id} class={`status ${status}`}>
              <Shape kind={status === 'good' ? 'check' : status === 'waiting' ? 'ring' : 'alarm'} />
              <span>
                {name?.[language] ?? id}
                {heard?.reason && <span class="reason">{causeText(heard.reason, t)}</span>}
              </span>
              <strong>
                {heard?.value == null ? t(`signals.${status}`) : format.reading(heard.value, unit)}{' '}
                <span class="unit">{format.unit(unit)}</span>
              </strong>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
