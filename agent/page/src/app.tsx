import { useEffect, useMemo, useState } from 'preact/hooks';
import { SpeechContext } from './context.ts';
import { formats } from './format.ts';
import { Header } from './header.tsx';
import { type Language, preferredLanguage, translator } from './i18n/index.ts';
import { type Action, isStale, type PageState } from './state/state.ts';
import type { Store } from './state/store.ts';
import { Overview } from './views/overview/overview.tsx';

/** The frame around the views; this first page has one. */
export function App({ store }: { store: Store<PageState, Action> }) {
  const state = useStore(store);
  const [language, setLanguage] = useLanguage();
  const timeZone = state.plant?.timeZone ?? 'UTC';
  const speech = useMemo(
    () => ({ language, t: translator(language), format: formats(language, timeZone) }),
    [language, timeZone],
  );
  return (
    <SpeechContext.Provider value={speech}>
      <Header state={state} switchLanguage={() => setLanguage(language === 'en' ? 'zh' : 'en')} />
      <main class={isStale(state) ? 'stale' : ''}>{state.plant && <Overview state={state} plant={state.plant} />}</main>
    </SpeechContext.Provider>
  );
}

function useStore<State>(store: Store<State, never>): State {
  const [state, setState] = useState(store.get());
  useEffect(() => store.subscribe(() => setState(store.get())), [store]);
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
