import { z } from 'zod';
import { Sheet } from '../explain/sheet.ts';
import { EntryBody, EvaluationBody, Instant, WireRecord, WireWindow } from '../stream/protocol.ts';
import { Name } from './contract.ts';
import { Next } from './page.ts';

/** What is answered to questions about the past. */

export const Alive = z.object({ alive: z.literal(true) });

export const Ready = z.object({
  ready: z.boolean().describe('at least one device answers, and the log takes records'),
  reasons: z.array(z.string()).describe('what is amiss, in words'),
});

export const FiguresPage = z.object({
  metric: z.string(),
  figures: z.array(EvaluationBody).describe('the latest revision of each closed window, oldest first'),
  next: Next,
});
export type FiguresPage = z.infer<typeof FiguresPage>;

export const MinuteBody = z.object({
  tag: z.string(),
  minute: Instant,
  min: z.number().nullable(),
  max: z.number().nullable(),
  mean: z.number().nullable(),
  last: z.number().nullable(),
  goodShare: z.number().describe('good samples among all, 0 to 1'),
});
export type MinuteBody = z.infer<typeof MinuteBody>;

export const MinutesPage = z.object({
  tag: z.string(),
  unit: z.string(),
  scale: z.number().describe('so much of the unit is one count: values are as the device gave them'),
  minutes: z.array(MinuteBody).describe('oldest first'),
  next: Next,
});

export const RecordsPage = z.object({
  epoch: z.string().describe('identity of this log'),
  firstSeq: z.number().int().describe('what is before it has been dropped by retention'),
  lastSeq: z.number().int(),
  records: z.array(WireRecord).describe('in the order of seq'),
  next: Next,
});

const Term = z.object({
  meter: z.string(),
  quantity: z.string(),
  kind: z.string(),
  role: z.enum(['numerator', 'denominator']),
  tagUnit: z.string().nullable(),
  tagScale: z.number().describe("of the tag's unit for one count"),
  coefficientUnit: z.string().nullable(),
  basis: z
    .object({
      ...{ table: z.string(), name: z.string(), title: z.string(), edition: z.string() },
      ...{ value: z.number(), unit: z.string(), source: z.string() },
    })
    .nullable()
    .describe('where the coefficient comes from, as its table has it'),
});

export const ExplanationBody = z.object({
  name: Name.nullable(),
  timeZone: z.string(),
  productionDay: z.string().nullable().describe('of a shift: the local date on which its production day starts'),
  figure: EvaluationBody,
  upTo: Instant.nullable().describe('up to when a window is filled that is still running'),
  terms: z.array(Term).describe('of the amounts whose meters are still configured'),
  limit: z.object({ quote: z.string().nullable(), deadband: z.number() }).nullable(),
  minKnown: z.number().nullable(),
  minDenominator: z.number().nullable(),
  plausible: z.array(z.number()).length(2).nullable(),
  revisions: z.array(EvaluationBody.extend({ at: Instant })).describe('oldest first'),
  happened: z.array(
    z.object({ at: Instant, meter: z.string(), event: z.string(), detail: z.string(), window: WireWindow.optional() }),
  ),
  hasMore: z.boolean().describe('more happened than is told'),
  entered: z.array(EntryBody.extend({ at: Instant, unit: z.string() })).describe('by operators, about its time'),
  hasMoreEntered: z.boolean(),
  presentConfig: z.string().describe('fingerprint of the present configuration'),
  sheet: Sheet.describe('the same in words, in the language that is asked for'),
});

export const EnteredBody = EntryBody.extend({
  at: Instant.describe('when it was entered'),
  epoch: z.string().describe('identity of the log that has its record'),
  seq: z.number().int().describe('its record'),
});
export type EnteredBody = z.infer<typeof EnteredBody>;

export const Revised = EvaluationBody.pick({
  metric: true,
  window: true,
  revision: true,
  value: true,
  unit: true,
}).extend({
  ...{ statusCode: EvaluationBody.shape.statusCode, seq: z.number().int() },
});

export type Revised = z.infer<typeof Revised>;

export const EntryReceipt = z.object({
  entry: EnteredBody,
  revised: z.array(Revised).describe('the windows that it revised, as it left them; at most 500 are told'),
  hasMore: z.boolean().describe('it revised more than is told; all is in the log after its record'),
});
export type EntryReceipt = z.infer<typeof EntryReceipt>;

export const EntriesPage = z.object({
  entries: z.array(EnteredBody).describe('the newest first'),
  next: Next,
});
export type EntriesPage = z.infer<typeof EntriesPage>;
