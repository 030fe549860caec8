import { z } from 'zod';

/** A figure's working in one language, part by part: as text it is read from top to bottom, on the page it is tables. */

const Text = z.string();
const Status = z.enum(['good', 'uncertain', 'bad']);

const Line = z.object({
  what: z
    .enum(['coverage', 'doubt', 'start', 'end', 'count', 'rate', 'pieces', 'metal', 'readings', 'flag', 'class'])
    .describe('flag: what happened on the way'),
  label: Text.nullable().describe('of a border: when it was'),
  text: Text,
});
export type Line = z.infer<typeof Line>;

const Told = z.object({
  meter: z.string(),
  quantity: Text.nullable().describe('as the plant file has it; null where the meter is configured no more'),
  kind: Text.nullable().describe('of meter'),
  value: Text.nullable().describe('with its unit; null where nothing is known'),
  statusCode: Status,
  status: Text,
  lines: z.array(Line),
  coefficient: z
    .object({ factor: Text, origin: Text.nullable(), result: Text })
    .nullable()
    .describe('null where the amount stands as it is'),
});
export type Told = z.infer<typeof Told>;

const Part = z.object({ title: Text, amounts: z.array(Told) });
export type Part = z.infer<typeof Part>;

const Judged = z.object({
  title: Text,
  bound: Text,
  source: Text.describe('the row of the plan, as the plan words it, or that the plant has set it'),
  state: z.enum(['normal', 'warning', 'excursion', 'returned']),
  judgement: Text,
  notes: z.array(Text),
});

const table = <Row extends z.ZodType>(row: Row) =>
  z.object({ title: Text, rows: z.array(row), more: Text.nullable().describe('that there is more than is told') });

export const Sheet = z.object({
  title: Text,
  equipment: Text,
  window: Text,
  value: Text,
  statusCode: Status,
  status: Text,
  uncertainty: Text.nullable(),
  reason: Text.nullable().describe('why there is no figure, or why it is not judged'),
  parts: z.array(Part).describe('numerator and denominator, or the amount alone'),
  result: z.object({ title: Text, text: Text }).nullable().describe('the division'),
  limit: Judged.nullable(),
  baseline: table(z.object({ name: Text, text: Text })).nullable(),
  happened: table(z.object({ at: Text, meter: z.string(), event: Text, detail: Text })).nullable(),
  entered: table(z.object({ at: Text, who: Text, meter: z.string(), text: Text, effects: z.array(Text) })).nullable(),
  revisions: table(
    z.object({ revision: z.number().int(), at: Text, value: Text, status: Text, changes: z.array(Text) }),
  ).nullable(),
  config: Text,
});
export type Sheet = z.infer<typeof Sheet>;
