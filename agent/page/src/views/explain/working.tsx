import type { ComponentChildren } from 'preact';
import { useSpeech } from '../../context.ts';
import type { EvaluationBody, PlantDescription, Sheet } from '../../contract.ts';
import { Shape, STATUS_SHAPE } from '../../shapes.tsx';
import { metricOf } from '../../state/plant.ts';
import { Amounts } from './amounts.tsx';

interface Props {
  figure: Pick<EvaluationBody, 'value' | 'unit' | 'limit'>;
  sheet: Sheet;
  plant: PlantDescription;
}

/** The figure, what it is made of, what it is judged by, and what happened to it. */
export function Working({ figure, sheet, plant }: Props) {
  const { result, limit, baseline, happened, entered, revisions } = sheet;
  const { language } = useSpeech();
  const named = (meter: string): string => metricOf(plant, meter).name?.[language] ?? meter;
  return (
    <>
      <Head figure={figure} sheet={sheet} />
      {sheet.parts.map((part) => (
        <Amounts key={part.title} part={part} named={named} />
      ))}
      {result && (
        <section>
          <h3>{result.title}</h3>
          <p class="division">{result.text}</p>
        </section>
      )}
      {limit && <Limit limit={limit} />}
      <Rows table={baseline} cells={({ name, text }) => [name, text]} />
      <Rows table={happened} cells={({ at, meter, event, detail }) => [at, named(meter), event, detail]} />
      <Rows
        table={entered}
        cells={({ at, who, meter, text, effects }) => [at, who, named(meter), [text, ...effects].join('; ')]}
      />
      <Rows
        table={revisions}
        cells={({ revision, at, value, status, changes }) => [
          String(revision),
          at,
          <strong key="value">{value}</strong>,
          [status, ...changes].join('; '),
        ]}
      />
      <p class="label">{sheet.config}</p>
    </>
  );
}

/** The figure as it is shown elsewhere; the division below has all its digits. */
function Head({ figure: { value, unit, limit }, sheet }: Pick<Props, 'figure' | 'sheet'>) {
  const { format } = useSpeech();
  const { equipment, window, statusCode, status, uncertainty, reason } = sheet;
  const shown = value === null ? sheet.value : limit ? format.against(value, limit.bound) : format.number(value);
  return (
    <div class="explain-figure">
      <p class={`status ${statusCode}`}>
        <strong>{shown}</strong>
        {value !== null && <span class="unit">{format.unit(unit)}</span>}
        <span>
          <Shape kind={STATUS_SHAPE[statusCode]} />
          {status}
        </span>
      </p>
      {uncertainty && <p>{uncertainty}</p>}
      {reason && <p class="reason">{reason}</p>}
      <p class="label">
        {window} · {equipment}
      </p>
    </div>
  );
}

const STATE = { normal: 'good', returned: 'good', warning: 'uncertain', excursion: 'bad' } as const;

function Limit({ limit: { title, bound, source, state, judgement, notes } }: { limit: NonNullable<Sheet['limit']> }) {
  return (
    <section>
      <h3>{title}</h3>
      <table>
        <tbody>
          <tr>
            <th scope="row">
              <strong>{bound}</strong>
            </th>
            <td>{source}</td>
          </tr>
          <tr>
            <th scope="row" class={`status ${STATE[state]}`}>
              <Shape kind={STATUS_SHAPE[STATE[state]]} />
              {judgement}
            </th>
            <td>
              {notes.map((note) => (
                <p key={note}>{note}</p>
              ))}
            </td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}

interface Told<Row> {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly more: string | null;
}

/** A part that need not be there; what a row begins with says what it is. */
function Rows<Row>({ table, cells }: { table: Told<Row> | null; cells: (row: Row) => ComponentChildren[] }) {
  if (!table) return null;
  return (
    <section>
      <h3>{table.title}</h3>
      <table class="told">
        <tbody>
          {table.rows.map((row, place) => {
            const [first, ...rest] = cells(row);
            return (
              <tr key={place}>
                <th scope="row">{first}</th>
                {rest.map((cell, column) => (
                  <td key={column}>{cell}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      {table.more && <p class="label">{table.more}</p>}
    </section>
  );
}
