import { useEffect, useMemo, useState } from 'preact/hooks';
import { PlaceContext, SpeechContext } from './context.ts';
import type { PlantDescription } from './contract.ts';
import { formats } from './format.ts';
import { Header } from './header.tsx';
import { type Language, preferredLanguage, translator } from './i18n/index.ts';
import { hashOf, type Place, usePlace } from './route.ts';
import { SessionContext, useMayEnter } from './session.tsx';
import { type Action, isStale, type PageState, plantNow } from './state/state.ts';
import type { Store } from './state/store.ts';
import { Alarms } from './views/alarms/alarms.tsx';
import { Entries } from './views/entries/entries.tsx';
import { Explain } from './views/explain/explain.tsx';
import { Line } from './views/line/line.tsx';
import { Login } from './views/login/login.tsx';
import { Overview } from './views/overview/overview.tsx';
import { Wall } from './views/overview/wall.tsx';
import { Report } from './views/report/report.tsx';
import { Signals } from './views/signals/signals.tsx';
import { System } from './views/system/system.tsx';

/** The frame around the views; the address says which is shown. */
export function App({ store }: { store: Store<PageState, Action> }) {
  const state = useStore(store);
  const place = usePlace();
  const [language, setLanguage] = useLanguage();
  const timeZone = state.plant?.timeZone ?? 'UTC';
  const speech = useMemo(
    () => ({ language, t: translator(language), format: formats(language, timeZone) }),
    [language, timeZone],
  );
  return (
    <SpeechContext.Provider value={speech}>
      <SessionContext.Provider value={state.session}>
        <Header state={state} place={place} switchLanguage={() => setLanguage(language === 'en' ? 'zh' : 'en')} />
        <main class={isStale(state) && state.refused !== 'login' ? 'stale' : undefined}>
          <PlaceContext.Provider value={place}>
            {state.refused === 'login' ? (
              <Login />
            ) : (
              state.plant && <Shown place={place} state={state} plant={state.plant} />
            )}
          </PlaceContext.Provider>
        </main>
      </SessionContext.Provider>
    </SpeechContext.Provider>
  );
}

function Shown({ place, state, plant }: { place: Place; state: PageState; plant: PlantDescription }) {
  const { explain, ...behind } = place;
  return (
    <>
      <View place={place} state={state} plant={plant} />
      {explain && (
        <Explain
          key={hashOf(place)}
          asked={explain}
          plant={plant}
          close={() => {
            location.hash = hashOf(behind);
          }}
        />
      )}
    </>
  );
}

function View({ place, state, plant }: { place: Place; state: PageState; plant: PlantDescription }) {
  const line = plant.lines.find(({ id }) => id === place.id) ?? null;
  const [first] = plant.lines;
  const mayEnter = useMayEnter();
  if (place.view === 'alarms') return <Alarms state={state} plant={plant} />;
  if (place.view === 'signals') return <Signals state={state} plant={plant} />;
  // A form begins with the time it is.
  if (place.view === 'entries' && mayEnter)
    return plantNow(state) === null ? null : <Entries line={line} state={state} plant={plant} />;
  if (place.view === 'report' && first)
    return <Report key={place.id} line={line ?? first} state={state} plant={plant} />;
  if (place.view === 'wall') return <Wall state={state} plant={plant} />;
  if (place.view === 'system') return <System state={state} />;
  if (place.view === 'line' && line) return <Line key={line.id} line={line} state={state} plant={plant} />;
  // A plant that is being set up has no line yet: its first values are what is to be seen.
  return first ? <Overview state={state} plant={plant} /> : <Signals state={state} plant={plant} />;
}

/** The state as of the last frame that the browser drew: however much is told in between, it is drawn once. */
function useStore<State>(store: Store<State, never>): State {
  const [state, setState] = useState(store.get());
  useEffect(() => {
    let drawing: number | null = null;
    const draw = (): void => {
      drawing = null;
      setState(store.get());
    };
    const stop = store.subscribe(() => {
      drawing ??= requestAnimationFrame(draw);
    });
    return () => {
      stop();
      if (drawing !== null) cancelAnimationFrame(drawing);
    };
  }, [store]);
  return state;
}

const REMEMBERED = 'language';

function useLanguage(): [Language, (language: Language) => void] {
  const [language, setLanguage] = useState(() => {
    const chosen = localStorage.getItem(REMEMBERED);
    return preferredLanguage(chosen ? [chosen] : navigator.languages);
  });
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  }, [language]);
  return [
    language,
    (chosen) => {
      localStorage.setItem(REMEMBERED, chosen);
      setLanguage(chosen);
    },
  ];
}
