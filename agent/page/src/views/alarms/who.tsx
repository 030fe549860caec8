import { useRef, useState } from 'preact/hooks';
import { useSpeech } from '../../context.ts';
import { useMayEnter, useSessionName } from '../../session.tsx';
import { Ask } from '../ask.tsx';

const REMEMBERED = 'operator';
const LONGEST = 100;

/** Whoever stands at the page; the name stands in the records of what is done. */
export interface Operator {
  readonly who: string;
  /** As it stands in the field. */
  readonly typed: string;
  change(typed: string): void;
  /** Does it in the operator's name, for which is asked where it is not known. */
  act(deed: Deed): void;
  /** What waits for a name. */
  readonly waiting: Deed | null;
  /** Goes on with it, or drops it. */
  answer(who: string | null): void;
}

type Deed = (who: string) => void;

/** The operator, remembered by this browser. */
export function useOperator(): Operator {
  const [typed, setTyped] = useState(() => localStorage.getItem(REMEMBERED) ?? '');
  const [waiting, wait] = useState<Deed | null>(null);
  const known = useSessionName();
  const who = known ?? typed.trim();
  const change = (text: string): void => {
    localStorage.setItem(REMEMBERED, text.trim());
    setTyped(text);
  };
  return {
    ...{ who, typed, change, waiting },
    act: (deed) => (who === '' ? wait(() => deed) : deed(who)),
    answer(name) {
      wait(null);
      if (name === null || waiting === null) return;
      change(name);
      waiting(name);
    },
  };
}

/** The name where it can be changed, and the question for it. */
export function Who({ operator: { typed, change, waiting, answer } }: { operator: Operator }) {
  const { t } = useSpeech();
  // Who is logged in has said who he is; who may only look does nothing.
  const isAsked = useSessionName() === null && useMayEnter();
  if (!isAsked) return null;
  return (
    <>
      <label class="who">
        {t('who.label')}
        <input
          type="text"
          autocomplete="name"
          maxLength={LONGEST}
          value={typed}
          placeholder={t('who.hint')}
          onInput={({ currentTarget }) => change(currentTarget.value)}
        />
      </label>
      {waiting && <AskWho answer={answer} />}
    </>
  );
}

function AskWho({ answer }: Pick<Operator, 'answer'>) {
  const { t } = useSpeech();
  const [name, setName] = useState('');
  const given = useRef<string | null>(null);
  return (
    <Ask
      id="who"
      title={t('who.ask')}
      verb={t('who.go')}
      answered={() => {
        given.current = name.trim();
      }}
      closed={() => answer(given.current)}
    >
      <p class="label">{t('who.why')}</p>
      <label>
        {t('who.label')}
        <input
          type="text"
          autocomplete="name"
          required
          maxLength={LONGEST}
          pattern=".*\S.*"
          value={name}
          onInput={({ currentTarget }) => setName(currentTarget.value)}
        />
      </label>
    </Ask>
  );
}
