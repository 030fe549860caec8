import { useState } from 'preact/hooks';
import { useSpeech } from '../../context.ts';

const REMEMBERED = 'operator';

/** The operator's name, remembered by this browser; it stands in the records of what is done. */
export function useOperator(): [string, (who: string) => void] {
  const [who, setWho] = useState(() => localStorage.getItem(REMEMBERED) ?? '');
  return [
    who.trim(),
    (name) => {
      localStorage.setItem(REMEMBERED, name.trim());
      setWho(name);
    },
  ];
}

export function Who({ who, change }: { who: string; change: (who: string) => void }) {
  const { t } = useSpeech();
  return (
    <label class="who">
      {t('who.label')}
      <input
        type="text"
        autocomplete="name"
        maxLength={100}
        defaultValue={who}
        placeholder={t('who.hint')}
        onInput={({ currentTarget }) => change(currentTarget.value)}
      />
    </label>
  );
}
