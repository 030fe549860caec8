import { useSpeech } from './context.ts';
import type { PlantDescription } from './contract.ts';
import { Nav } from './nav.tsx';
import type { Place } from './route.ts';
import { LoggedIn } from './session.tsx';
import { Shape } from './shapes.tsx';
import { isStale, type PageState, plantNow } from './state/state.ts';

interface Props {
  state: PageState;
  place: Place;
  switchLanguage: () => void;
}

/** Which plant, what time there, whether what is shown is the present, and the ways to the other views. */
export function Header({ state, place, switchLanguage }: Props) {
  const { t, format } = useSpeech();
  const now = plantNow(state);
  return (
    <header>
      <div class="plant">
        <h1>{state.plant?.equipment.replaceAll('/', ' / ') ?? 'Pertonne'}</h1>
        {state.plant && <Simulated plant={state.plant} />}
      </div>
      {place.view !== 'wall' && state.refused !== 'login' && <Nav place={place} state={state} />}
      <Connection state={state} />
      {now !== null && (
        <time class="clock">
          <span class="date">{format.date(now)}</span>
          <span class="digits">{format.clock(now)}</span>
        </time>
      )}
      {place.view !== 'wall' && state.refused === null && <LoggedIn />}
      {place.view !== 'wall' && (
        <button type="button" onClick={switchLanguage}>
          {t('language.switch')}
        </button>
      )}
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
    if (!state.isKept) return ['alarm', t('link.notKept')];
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
