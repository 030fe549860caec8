import { useExplain, useSpeech } from '../../context.ts';
import type { EvaluationBody, Line, Metric } from '../../contract.ts';
import { Shape } from '../../shapes.tsx';
import { usualSpan } from '../../state/series.ts';
import { type PageState, plantNow } from '../../state/state.ts';
import { type PieceKind, pieceKinds } from '../../state/verdict.ts';
import { useSeries } from './useSeries.ts';

/** So many of the last pieces are shown. */
const SHOWN = 12;

/** Coil by coil, heat by heat or ladle by ladle: weight, what it took, and that per tonne. */
export function Pieces({ line, state }: { line: Line; state: PageState }) {
  return (
    <>
      {line.metrics.flatMap((metric) =>
        pieceKinds(metric).map((kind) => (
          <PiecesOf key={`${metric.id}|${kind}`} metric={metric} kind={kind} state={state} />
        )),
      )}
    </>
  );
}

function PiecesOf({ metric, kind, state }: { metric: Metric; kind: PieceKind; state: PageState }) {
  const { t, format, language } = useSpeech();
  const now = plantNow(state) ?? 0;
  const { from, to } = usualSpan(kind, now);
  const pieces = (useSeries(metric.id, kind, from, to).data ?? []).toReversed().slice(0, SHOWN);
  const [first] = pieces;
  return (
    <section class="sheet pieces" aria-label={metric.name[language]}>
      <h3>{metric.name[language]}</h3>
      {first ? (
        <table>
          <thead>
            <tr>
              <th scope="col">{t(`piece.${kind}`)}</th>
              <th scope="col">{t('piece.time')}</th>
              <th scope="col" class="number">
                {format.unit(sum(first, 'denominator').unit)}
              </th>
              <th scope="col" class="number">
                {format.unit(sum(first, 'numerator').unit)}
              </th>
              <th scope="col" class="number">
                {format.unit(metric.unit)}
              </th>
            </tr>
          </thead>
          <tbody>
            {pieces.map((piece) => (
              <Piece key={piece.window.start} piece={piece} now={now} />
            ))}
          </tbody>
        </table>
      ) : (
        <p class="empty">{t('piece.none')}</p>
      )}
    </section>
  );
}

function Piece({ piece, now }: { piece: EvaluationBody; now: number }) {
  const { t, format } = useSpeech();
  const explain = useExplain();
  const { metric, window, value, statusCode } = piece;
  const asked = { metric, window: window.kind, at: window.start };
  return (
    <tr>
      <th scope="row">
        <a href={explain(asked)}>{window.product ?? '–'}</a>
      </th>
      <td>
        {format.since(window.start, now)}–{format.time(Date.parse(window.end))}
      </td>
      <td class="number">{format.number(sum(piece, 'denominator').value)}</td>
      <td class="number">{format.number(sum(piece, 'numerator').value)}</td>
      <td class={`number status ${statusCode}`}>
        {statusCode !== 'good' && (
          <>
            <Shape kind={statusCode === 'bad' ? 'alarm' : 'doubt'} />
            <span class="unseen">{t(`signals.${statusCode}`)}</span>
          </>
        )}
        {value === null ? '–' : format.number(value)}
      </td>
    </tr>
  );
}

/** Amounts of one role together, each by its coefficient; the unit is the first one's. */
function sum({ amounts }: EvaluationBody, role: 'numerator' | 'denominator'): { value: number; unit: string } {
  const some = amounts.filter((amount) => amount.role === role);
  return {
    value: some.reduce((total, { value, coefficient }) => total + value * coefficient, 0),
    unit: some[0]?.unit ?? '',
  };
}
