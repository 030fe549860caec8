import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useSpeech } from '../context.ts';

interface Props {
  /** Of its own in the page. */
  id: string;
  title: string;
  /** What stands on the button that does it. */
  verb: string;
  answered: () => void;
  /** It is gone, answered or not. */
  closed: () => void;
  /** What is to be filled in. */
  children: ComponentChildren;
}

/** A question in front of the page, until it is answered or dropped. */
export function Ask({ id, title, verb, answered, closed, children }: Props) {
  const { t } = useSpeech();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current!.showModal(), []);
  return (
    <dialog ref={dialog} class="ask" onClose={closed} aria-labelledby={`${id}-title`}>
      <form method="dialog" onSubmit={answered}>
        <h2 id={`${id}-title`}>{title}</h2>
        {children}
        <div class="buttons">
          <button type="button" onClick={() => dialog.current!.close()}>
            {t('ask.cancel')}
          </button>
          <button type="submit" class="main">
            {verb}
          </button>
        </div>
      </form>
    </dialog>
  );
}
