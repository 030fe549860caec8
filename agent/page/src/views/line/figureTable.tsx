import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useExplain, useSpeech } from '../../context.ts';
import type { Bound, EvaluationBody, Line, LiveValue } from '../../contract.ts';
import type { Asked } from '../../route.ts';
import { Shape, STATUS_SHAPE } from '../../shapes.tsx';
import { isReason } from '../overview/figureText.tsx';

type Window = NonNullable<LiveValue['window']>;

/** More rows are shown when asked for. */
const FIRST = 12;

interface Props {
  line: Line;
  id: string;
  evaluations: readonly EvaluationBody[];
  /** Of the window that has not ended, where the table reaches up to now. */
  running: LiveValue | undefined;
  now: number;
}

/** The same figures in numbers, the newest first; each leads to its working. */
export function FigureTable({ line, id, evaluations, running, now }: Props) {
  const { t, format } = useSpeech();
  const [all, setAll] = useState(false);
  const newest = evaluations.toReversed();
  const shown = all ? newest : newest.slice(0, FIRST);
  const limit = line.metrics.find((one) => one.id === id)?.limit ?? null;
  const unit = running?.unit ?? newest[0]?.unit;
  if (unit === undefined) return null;
  return (
    <>
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">{t('line.window')}</th>
            <th scope="col" class="number">
              {format.unit(unit)}
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
          {running?.window && <Running figure={running} window={running.window} now={now} limited={limit !== null} />}
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

interface RowProps {
  now: number;
  limited: boolean;
}

function Running({ figure, window, now, limited }: RowProps & { figure: LiveValue; window: Window }) {
  const { t, format } = useSpeech();
  return (
    <Row
      {...figure}
      reason={isReason(figure.reason) ? figure.reason : null}
      name={`${format.since(window.start, now)}– ${t('line.soFar')}`}
      asked={{ metric: figure.id, window: window.kind, at: 'now' }}
      limit={figure.limit ?? null}
      limited={limited}
    />
  );
}

function Figure({ one, now, limited }: RowProps & { one: EvaluationBody }) {
  const { t, format } = useSpeech();
  const { metric, window, revision } = one;
  const span = `${format.since(window.start, now)}–${format.time(Date.parse(window.end))}`;
  return (
    <Row
      {...one}
      name={window.product ? `${window.product} · ${span}` : span}
      asked={{ metric, window: window.kind, at: window.start }}
      limited={limited}
    >
      {revision > 1 && <span class="label"> {t('line.revision', { revision })}</span>}
    </Row>
  );
}

interface FigureProps extends Pick<EvaluationBody, 'value' | 'statusCode' | 'reason'> {
  name: string;
  asked: Asked;
  limit: (Bound & { readonly state: string }) | null;
  limited: boolean;
  children?: ComponentChildren;
}

function Row({ name, asked, value, statusCode, reason, limit, limited, children }: FigureProps) {
  const { t, format } = useSpeech();
  const explain = useExplain();
  const margin = value !== null && limit ? (limit.op === '<=' ? limit.bound - value : value - limit.bound) : null;
  return (
    <tr>
      <th scope="row">
        <a href={explain(asked)}>{name}</a>
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
        {children}
      </td>
    </tr>
  );
}
