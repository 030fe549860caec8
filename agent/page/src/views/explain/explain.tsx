import { useEffect, useRef } from 'preact/hooks';
import { agentUrl, getJson, useFetched } from '../../api.ts';
import { useSpeech } from '../../context.ts';
import type { EvaluationBody, PlantDescription, Sheet } from '../../contract.ts';
import type { Asked } from '../../route.ts';
import { metricOf } from '../../state/plant.ts';
import { Working } from './working.tsx';

interface Answer {
  readonly figure: EvaluationBody;
  readonly sheet: Sheet;
}

interface Props {
  asked: Asked;
  plant: PlantDescription;
  close: () => void;
}

/** How a figure came about, to be read or printed. */
export function Explain({ asked: { metric, window, at }, plant, close }: Props) {
  const { t, language } = useSpeech();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current!.showModal(), []);
  const path = `v1/metrics/${encodeURIComponent(metric)}/explain`;
  const { data, error } = useFetched(
    () => getJson<Answer>(agentUrl(path, { window, at, lang: language })),
    [path, window, at, language],
  );
  const { name, line } = metricOf(plant, metric);
  return (
    <dialog ref={dialog} class="explain" onClose={close} aria-labelledby="explain-title">
      <div class="explain-head">
        <h2 id="explain-title">
          {t('explain.title', { name: name?.[language] ?? metric })}
          {line && <span class="label"> · {line.name[language]}</span>}
        </h2>
        <div class="buttons no-print">
          <button type="button" disabled={!data} onClick={() => print()}>
            {t('report.print')}
          </button>
          <button type="button" onClick={() => dialog.current!.close()}>
            {t('ask.close')}
          </button>
        </div>
      </div>
      {error && (
        <p class="refusal" role="alert">
          {error.message}
        </p>
      )}
      {data ? (
        <Working figure={data.figure} sheet={data.sheet} plant={plant} />
      ) : (
        !error && <p class="empty">{t('explain.waiting')}</p>
      )}
    </dialog>
  );
}
