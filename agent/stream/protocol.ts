import { z } from 'zod';
import { ALARM_ACTIONS, ALARM_STATES } from '../../rules/alarm.ts';
import { ENTRY_TYPES } from '../../rules/entry.ts';
import { FLAGS } from '../../rules/evaluation.ts';
import { ALL_KINDS } from '../../rules/interval.ts';

/** What `pertonne.v1` carries: records and live values. The schemas are the contract: types, validation and documents come from them. */

const StatusCode = z.enum(['good', 'uncertain', 'bad']);
export const Instant = z.string().describe('ISO 8601 with the offset of the plant');
export const Seq = z.number().int().nonnegative();
export const Cursor = z.object({ epoch: z.string(), seq: Seq });
const Coverage = z.object({ known: z.number(), measured: z.number() });
export const WindowKind = z.enum(ALL_KINDS);
export const WireWindow = z.object({
  kind: WindowKind,
  start: Instant,
  end: Instant,
  day: z.iso.date().optional().describe('production day of a shift: the local date on which that day starts'),
  product: z.string().optional().describe('identity of the piece, for windows of pieces'),
});
export const Verdict = z.object({
  indicator: z.string().nullable(),
  op: z.enum(['<=', '>=']),
  bound: z.number(),
  state: z.enum(['normal', 'warning', 'excursion', 'returned']),
  stale: z.boolean(),
  indicative: z.boolean(),
  marginal: z.literal(true).optional().describe('closer to the bound than the uncertainty of the value'),
  beyondMs: z.number().describe('how long figures have been beyond the bound without a break; against onDelay'),
});
const Comparison = z
  .object({
    unit: z.string(),
    base: z.number(),
    slope: z.number(),
    actual: z.number().nullable(),
    expected: z.number().nullable(),
    difference: z.number().nullable(),
    cumulative: z.number().nullable(),
  })
  .describe('the numerator against its baseline: base × hours + slope × denominator; cumulative: sum of differences');

const Mark = z
  .object({ at: Instant, value: z.union([z.number(), z.string()]) })
  .describe('a reading as the device gave it; a count beyond 2^53 is text');
const Border = z
  .object({ before: Mark.nullable(), after: Mark.nullable() })
  .describe('the readings on either side of a border of the window; read at the border itself where `before` is at it');
const workingOfAny = {
  readings: z.number().int().describe('usable readings in the window'),
  bad: z.number().int().describe('bad readings in the window'),
  unknown: z.number().describe('milliseconds of which nothing is known'),
  estimated: z.number().describe('milliseconds of which only the split of a measured total is an estimate'),
  uncertain: z
    .number()
    .optional()
    .describe('milliseconds that rest on uncertain readings; what is in doubt twice counts twice'),
  revised: z.boolean().describe('something came, or was settled, after the window had closed'),
};
const Working = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('counter'),
    ...workingOfAny,
    start: Border,
    end: Border,
    scale: z.number().describe('unit per count, since the last exchange of the meter that was declared'),
    glitches: z.number().int().describe('readings rejected as momentary errors'),
  }),
  z.object({
    kind: z.literal('gauge'),
    ...workingOfAny,
    start: Border,
    end: Border,
    scale: z.number().describe("unit per hour for one unit of the tag; the rates are in the tag's"),
    mean: z.number().nullable(),
    least: z.number().nullable(),
    most: z.number().nullable(),
  }),
  z.object({
    kind: z.literal('event'),
    ...workingOfAny,
    pieces: z.number().int(),
    uncertainPieces: z.number().int().optional().describe('pieces whose weight or identity is uncertain'),
  }),
  z.object({ kind: z.literal('product'), ...workingOfAny }),
  z.object({ kind: z.literal('idle'), ...workingOfAny }),
  z.object({
    kind: z.literal('faraday'),
    ...workingOfAny,
    current: z.number().nullable().describe("mean line current, in the tag's unit"),
    cells: z.number().nullable().describe('cells in operation, mean by current'),
    efficiency: z.number().nullable().describe('current efficiency 0..1'),
    constant: z.number().optional().describe('electrochemical equivalent, g/(A·h)'),
    basis: z.enum(['estimate', 'settled']),
  }),
]);

export const EvaluationBody = z.object({
  metric: z.string(),
  equipment: z.string(),
  window: WireWindow,
  revision: z.number().int().positive(),
  value: z.number().nullable(),
  unit: z.string(),
  uncertainty: z.number().optional().describe('expanded (k = 2), in the unit; where every meter states its class'),
  statusCode: StatusCode,
  reason: z.enum(['no-production', 'incomplete', 'implausible']).nullable(),
  coverage: Coverage,
  amounts: z.array(
    z.object({
      meter: z.string(),
      role: z.enum(['numerator', 'denominator']),
      value: z.number(),
      unit: z.string(),
      coefficient: z.number(),
      statusCode: StatusCode,
      coverage: Coverage,
      flags: z.array(z.enum(FLAGS)),
      class: z.number().optional().describe('accuracy class of the meter: ± % of the value'),
      basis: z
        .object({
          ...{ table: z.string(), name: z.string(), edition: z.string() },
          boundary: z.string().optional().describe('of a CO2 factor: what it takes in'),
          year: z.number().int().optional().describe('of a CO2 factor; none where its source states none'),
        })
        .optional()
        .describe("where the coefficient comes from; none for a number of the plant's own"),
      working: Working.optional().describe('how the amount was formed'),
    }),
  ),
  limit: Verdict.nullable(),
  baseline: Comparison.nullable(),
  config: z.string().describe('fingerprint of the configuration'),
});
export type EvaluationBody = z.infer<typeof EvaluationBody>;

export const AlarmState = z.enum(ALARM_STATES);
/** An alarm went from one state to another, or its figure went missing or came back (`limit.stale`). */
export const AlarmBody = z.object({
  metric: z.string(),
  equipment: z.string(),
  window: WireWindow,
  from: AlarmState,
  to: AlarmState,
  value: z.number().nullable(),
  unit: z.string(),
  limit: Verdict,
  action: z.enum(ALARM_ACTIONS).nullable().describe('what an operator did; null: the figure'),
  who: z.string().nullable(),
  reason: z.string().nullable(),
  until: Instant.nullable().describe('until when it is shelved'),
});
/** An endpoint came up or went down; `reason` says why. */
export const EndpointBody = z.object({
  endpoint: z.string(),
  state: z.enum(['up', 'down']),
  reason: z.string().nullable(),
});
/** Something a meter did that its figures cannot show: a reset, a replacement, missed pieces, late samples. */
export const MeterBody = z.object({
  meter: z.string(),
  event: z.string(),
  detail: z.string(),
  window: WireWindow.optional(),
});
/** What an operator entered by hand; the numbers are as entered, a count above 2^53 as text. */
export const EntryBody = z.object({
  key: z.string(),
  type: z.enum(ENTRY_TYPES),
  meter: z.string(),
  by: z.string().nullable(),
  refused: z.string().nullable().describe('why it changes nothing; null when it was taken'),
  about: z
    .object({ from: Instant, to: Instant })
    .nullable()
    .describe("the time that it is about, of a correction its piece's; null where that is not known"),
  entered: z.record(z.string(), z.union([z.number(), z.string()])).describe('the rest of the entry'),
});
/**
 * Something is missing, here or in the log before this one. `damaged-record`: this number's record is not as it was
 * written. `damaged-checkpoint`: figures begin anew. `damaged-log`: the file was set aside. `lost-end`: records that had
 * been committed are gone. `missing-log`: another log was here before. `restored`: from a backup. `not-stored`: the disk
 * took nothing, and the oldest of what waited was dropped. `not-made`: a fault of the agent kept records from being made.
 */
export const GapBody = z.object({
  reason: z.string().describe('one of those above; more may come'),
  from: Seq.optional().describe('first number that carries nothing any more'),
  to: Seq.optional(),
  records: z.number().int().optional().describe('how many are lost; absent where nobody can know'),
  minutes: z.number().int().optional().describe('rows of history that are lost'),
  since: Instant.optional(),
  until: Instant.optional(),
  former: z
    .object({ epoch: z.string(), lastSeq: Seq })
    .nullable()
    .optional()
    .describe('the log before this one; null where that cannot be read'),
  keptIn: z.string().optional().describe('folder in which the damaged file lies'),
  detail: z.string().optional(),
});
export type GapBody = z.infer<typeof GapBody>;

/** Another configuration is in force from this record on: a plant file was changed, and taken up without a restart. */
export const ConfigBody = z.object({
  before: z.string().describe('fingerprint of the configuration until then'),
  after: z.string().describe('fingerprint of the configuration from then on, as figures carry it'),
  changes: z
    .array(
      z.object({
        part: z.enum(['lines', 'endpoints', 'tags', 'meters', 'metrics', 'platforms', 'settings']),
        id: z.string(),
        change: z.enum(['added', 'removed', 'changed']),
        keys: z.array(z.string()).optional().describe('what of it was changed, as the file names it'),
      }),
    )
    .describe('the first thousand'),
  more: z.number().int().describe('changes beyond those'),
  redefined: z.array(z.string()).describe('meters that count anew, since their readings mean something else now'),
  waiting: z.array(z.string()).describe('settings that a new start takes up'),
});
export type ConfigBody = z.infer<typeof ConfigBody>;

export const RECORD_KINDS = ['evaluation', 'alarm', 'entry', 'endpoint', 'meter', 'gap', 'config'] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];
const record = <K extends RecordKind, B extends z.ZodType>(kind: K, body: B) =>
  z.object({ seq: Seq, kind: z.literal(kind), at: Instant, body });
export const WireRecord = z.discriminatedUnion('kind', [
  record('evaluation', EvaluationBody),
  record('alarm', AlarmBody),
  record('endpoint', EndpointBody),
  record('meter', MeterBody),
  record('entry', EntryBody),
  record('gap', GapBody),
  record('config', ConfigBody),
]);
export type WireRecord = z.infer<typeof WireRecord>;

export const LiveValue = z.object({
  id: z.string(),
  of: z
    .enum(['tag', 'metric', 'endpoint', 'platform', 'log'])
    .describe('log: bad, with the reason, while what the agent makes cannot be kept'),
  value: z.number().nullable(),
  unit: z.string(),
  statusCode: StatusCode,
  reason: z.string().nullable(),
  /** When the value held (a tag), up to when its window is filled (a metric), when it was last heard of (an endpoint). */
  at: Instant,
  /** Since when `statusCode` has been what it is. */
  since: Instant,
  /** A metric's running window: the figure so far. */
  window: WireWindow.optional(),
  coverage: Coverage.optional(),
  /** What happened to the amounts that a metric's figure rests on. */
  flags: z.array(z.enum(FLAGS)).optional(),
  limit: Verdict.nullable().optional(),
  baseline: Comparison.nullable().optional(),
  /** An endpoint's values since the start: due (one a tag and period), good, and good before the next fell due. */
  acquired: z.object({ due: z.number(), good: z.number(), inTime: z.number() }).optional(),
  /** A platform's: committed records that are not safe with it; null where it has never subscribed to any. */
  behind: z.number().nullable().optional(),
});
export type LiveValue = z.infer<typeof LiveValue>;
