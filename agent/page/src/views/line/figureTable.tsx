import { useState } from 'preact/hooks';
import { useExplain, useSpeech } from '../../context.ts';
import type { EvaluationBody, Line } from '../../contract.ts';
import { Shape, STATUS_SHAPE } from '../../shapes.tsx';

/** More rows are shown when asked for. */
const FIRST = 12;

interface Props {
  line: Line;
  id: string;
  evaluations: readonly EvaluationBody[];
  now: number;
}

/** The same figures in numbers, the newest first; each leads to its working. */
export function FigureTable({ line, id, evaluations, now }: Props) {
  const { t, format } = useSpeech();
  const [all, setAll] = useState(false);
  const newest = evaluations.toReversed();
  const shown = all ? newest : newest.slice(0, FIRST);
  const limit = line.metrics.find((one) => one.id === id)?.limit ?? null;
  if (newest.length === 0) return null;
  return (
    <>
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">{t('line.window')}</th>
            <th scope="col" class="number">
              {format.unit(newest[0]!.unit)}
            </th>
            {limit && (
              <th scope="col" class="number">
                {t('line.margin')}
              </th>
            )}
            <th scope="col">{t('signals.state')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((one) => (
            <Figure key={`${one.window.start}|${one.window.product}`} one={one} now={now} limited={limit !== null} />
          ))}
        </tbody>
      </table>
      {shown.length < newest.length && (
        <button type="button" onClick={() => setAll(true)}>
          {t('signals.all', { more: newest.length - shown.length })}
        </button>
      )}
    </>
  );
}

function Figure({ one, now, limited }: { one: EvaluationBody; now: number; limited: boolean }) {
  const { t, format } = useSpeech();
  const explain = useExplain();
  const { metric, window, value, statusCode, reason, limit, revision } = one;
  const span = `${format.since(window.start, now)}–${format.time(Date.parse(window.end))}`;
  const margin = value !== null && limit ? (limit.op === '<=' ? limit.bound - value : value - limit.bound) : null;
  return (
    <tr>
      <th scope="row">
        <a href={explain({ metric, window: window.kind, at: window.start })}>
          {window.product ? `${window.product} · ${span}` : span}
        </a>
      </th>
      <td class="number">{value === null ? '–' : limit ? format.against(value, limit.bound) : format.number(value)}</td>
      {limited && (
        <td class={`number ${limit && limit.state !== 'normal' ? 'over' : ''}`}>
          {margin === null || !limit
            ? '–'
            : `${margin < 0 ? '−' : '+'}${format.distance(Math.abs(margin), limit.bound)}`}
        </td>
      )}
      <td class={`status ${statusCode}`}>
        <Shape kind={STATUS_SHAPE[statusCode]} />
        {reason ? t(`reason.${reason}`) : t(`signals.${statusCode}`)}
        {revision > 1 && <span class="label"> {t('line.revision', { revision })}</span>}
      </td>
    </tr>
  );
}
