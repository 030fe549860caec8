import { useState } from 'preact/hooks';
import { useSpeech } from '../../context.ts';
import type { PlantDescription } from '../../contract.ts';
import { devicesWithSignals, type SignalFilter, signalsShown } from '../../state/signals.ts';
import type { PageState } from '../../state/state.ts';
import { Device } from './device.tsx';

/** Every signal as it is now: value, whether it can be believed and why not, and the device that it comes from. */
export function Signals({ state, plant }: { state: PageState; plant: PlantDescription }) {
  const { t, language } = useSpeech();
  const [filter, setFilter] = useState<SignalFilter>({ words: '', troubled: false });
  const shown = signalsShown(plant, state.tags, filter, language);
  return (
    <section class="signals sheet" aria-labelledby="signals-title">
      <div class="sheet-head">
        <h2 id="signals-title">{t('nav.signals')}</h2>
        <label class="find">
          <span class="unseen">{t('signals.find')}</span>
          <input
            type="search"
            placeholder={t('signals.find')}
            value={filter.words}
            onInput={({ currentTarget }) => setFilter({ ...filter, words: currentTarget.value })}
          />
        </label>
        <label class="only">
          <input
            type="checkbox"
            checked={filter.troubled}
            onChange={({ currentTarget }) => setFilter({ ...filter, troubled: currentTarget.checked })}
          />
          {t('signals.troubled')}
        </label>
        <output>{t('signals.count', { shown: shown.length, total: plant.tags.length })}</output>
      </div>
      {devicesWithSignals(plant, shown).map(({ device, signals }) => (
        <Device key={device.id} device={device} signals={signals} state={state} />
      ))}
      {shown.length === 0 && <p class="empty">{t('signals.none')}</p>}
    </section>
  );
}
