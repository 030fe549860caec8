import type { StoredRecord } from '../store/contract.ts';
import type { EvaluationBody } from '../stream/protocol.ts';
import type { EnteredBody, MinuteBody } from './answers.ts';
import { type Cell, columns } from './csv.ts';

/** The columns of tables. Within v1 columns are only added, at the end. */

type Figure = EvaluationBody;

/** What stands above or below the line: Σ coefficient × amount; nothing where a metric has no denominator. */
function sum({ amounts }: Figure, role: Figure['amounts'][number]['role']): Cell {
  const own = amounts.filter((amount) => amount.role === role);
  return own.length === 0 ? null : own.reduce((all, { coefficient, value }) => all + coefficient * value, 0);
}

export const FIGURE_COLUMNS = columns(({ body }: StoredRecord) => JSON.parse(body) as Figure, {
  metric: ({ metric }) => metric,
  equipment: ({ equipment }) => equipment,
  window: ({ window }) => window.kind,
  start: ({ window }) => window.start,
  end: ({ window }) => window.end,
  day: ({ window }) => window.day,
  product: ({ window }) => window.product,
  revision: ({ revision }) => revision,
  value: ({ value }) => value,
  unit: ({ unit }) => unit,
  statusCode: ({ statusCode }) => statusCode,
  reason: ({ reason }) => reason,
  known: ({ coverage }) => coverage.known,
  measured: ({ coverage }) => coverage.measured,
  numerator: (figure) => sum(figure, 'numerator'),
  denominator: (figure) => sum(figure, 'denominator'),
  flags: ({ amounts }) => [...new Set(amounts.flatMap(({ flags }) => flags))].join(' '),
  bound: ({ limit }) => limit?.bound,
  limitState: ({ limit }) => limit?.state,
  config: ({ config }) => config,
});

/** Values are counts, as the device gave them; one is `scale` of the unit. */
export const minuteColumns = ({ unit, scale }: { unit: string; scale: number }) =>
  columns((row: MinuteBody) => row, {
    tag: ({ tag }) => tag,
    minute: ({ minute }) => minute,
    min: ({ min }) => min,
    max: ({ max }) => max,
    mean: ({ mean }) => mean,
    last: ({ last }) => last,
    goodShare: ({ goodShare }) => goodShare,
    unit: () => unit,
    scale: () => scale,
  });

/** What a record is about; the rest of its body is in the last column. */
interface About {
  readonly metric?: string;
  readonly meter?: string;
  readonly endpoint?: string;
  readonly window?: { readonly kind: string; readonly start: string };
}

export const RECORD_COLUMNS = columns(
  (record: StoredRecord) => ({ ...record, about: JSON.parse(record.body) as About }),
  {
    seq: ({ seq }) => seq,
    kind: ({ kind }) => kind,
    at: ({ at }) => at,
    about: ({ about: { metric, meter, endpoint } }) => metric ?? meter ?? endpoint,
    window: ({ about }) => about.window?.kind,
    start: ({ about }) => about.window?.start,
    body: ({ body }) => body,
  },
);

export const ENTRY_COLUMNS = columns((entry: EnteredBody) => entry, {
  at: ({ at }) => at,
  key: ({ key }) => key,
  type: ({ type }) => type,
  meter: ({ meter }) => meter,
  by: ({ by }) => by,
  refused: ({ refused }) => refused,
  from: ({ about }) => about?.from,
  to: ({ about }) => about?.to,
  piece: ({ entered }) => entered.piece,
  amount: ({ entered }) => entered.amount,
  last: ({ entered }) => entered.last,
  first: ({ entered }) => entered.first,
  scale: ({ entered }) => entered.scale,
  modulus: ({ entered }) => entered.modulus,
  seq: ({ seq }) => seq,
});
