import { useSpeech } from './context.ts';
import type { PlantDescription } from './contract.ts';
import { Shape } from './shapes.tsx';
import { isStale, type PageState, plantNow } from './state/state.ts';

/** Which plant, what time there, and whether what is shown is the present. */
export function Header({ state, switchLanguage }: { state: PageState; switchLanguage: () => void }) {
  const { t, format } = useSpeech();
  const now = plantNow(state);
  return (
    <header>
      <h1>{state.plant?.equipment.replaceAll('/', ' / ') ?? 'Pertonne'}</h1>
      {state.plant && <Simulated plant={state.plant} />}
      <Connection state={state} />
      {now !== null && (
        <time class="clock">
          <span class="date">{format.date(now)}</span>
          <span class="digits">{format.clock(now)}</span>
        </time>
      )}
      <button type="button" onClick={switchLanguage}>
        {t('language.switch')}
      </button>
    </header>
  );
}

function Simulated({ plant: { simulated, speed } }: { plant: PlantDescription }) {
  const { t } = useSpeech();
  const pace = speed === null ? t('header.steps') : speed === 1 ? null : t('header.speed', { speed });
  const words = [simulated ? t('header.simulated') : null, pace].filter((word) => word !== null);
  return words.length > 0 ? <span class="simulated">{words.join(' · ')}</span> : null;
}

function Connection({ state }: { state: PageState }) {
  const { t, format } = useSpeech();
  const [look, words] = ((): ['good' | 'alarm' | 'waiting', string] => {
    if (state.refused) return ['alarm', t('link.refused')];
    if (isStale(state))
      return [
        'alarm',
        state.plantTime === null ? t('link.none') : t('link.stale', { time: format.clock(state.plantTime) }),
      ];
    if (state.link === 'open') return ['good', t('link.live')];
    return ['waiting', t(state.link === 'connecting' ? 'link.connecting' : 'link.waiting')];
  })();
  return (
    <output class={`connection ${look}`}>
      <Shape kind={look === 'good' ? 'dot' : look === 'alarm' ? 'alarm' : 'ring'} />
      {words}
    </output>
  );
}
