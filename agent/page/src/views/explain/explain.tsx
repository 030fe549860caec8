import { useEffect, useRef } from 'preact/hooks';
import { agentUrl, ask, useFetched } from '../../api.ts';
import { useSpeech } from '../../context.ts';
import type { PlantDescription } from '../../contract.ts';
import type { Asked } from '../../route.ts';
import { metricOf } from '../../state/plant.ts';

interface Props {
  asked: Asked;
  plant: PlantDescription;
  close: () => void;
}

/** How a figure came about, as the agent writes it out. */
export function Explain({ asked: { metric, window, at }, plant, close }: Props) {
  const { t, language } = useSpeech();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current!.showModal(), []);
  const path = `v1/metrics/${encodeURIComponent(metric)}/explain`;
  const working = useFetched(
    async () => (await ask(agentUrl(path, { window, at, lang: language }))).text(),
    [path, window, at, language],
  );
  const { name } = metricOf(plant, metric);
  return (
    <dialog ref={dialog} class="explain" onClose={close} aria-labelledby="explain-title">
      <div class="sheet-head">
        <h2 id="explain-title">{t('explain.title', { name: name?.[language] ?? metric })}</h2>
        <button type="button" onClick={() => dialog.current!.close()}>
          {t('ask.close')}
        </button>
      </div>
      {working.error && (
        <p class="refusal" role="alert">
          {working.error.message}
        </p>
      )}
      <pre>{working.data ?? (working.error ? '' : t('explain.waiting'))}</pre>
    </dialog>
  );
}
