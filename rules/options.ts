import { z } from 'zod';
import { ALL_KINDS, PRODUCT_KINDS, SHIFT_DAYS, WINDOW_KINDS } from './interval.ts';

/** What an energy engineer writes about meters, metrics and limits; `config/` puts it into the plant's file. */

export const Id = z.string().regex(/^[A-Za-z][\w.-]*$/, 'a name starts with a letter and has letters, digits, _ . -');

/** Text on one line, without what a log or a terminal would take for an order. */
export const Plain = z.string().regex(/^[^\p{Cc}\p{Cs}]*$/u, 'no control characters');

const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)$/;
const UNIT_MS = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
/** A duration such as `250ms`, `5s`, `15min`, `48h`; milliseconds inside. */
export const Duration = z
  .string()
  .regex(DURATION, 'a duration such as 250ms, 5s, 15min, 48h')
  .transform((text) => {
    const [, count, unit] = DURATION.exec(text)!;
    return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  });

/** Of an environment variable that holds a secret, where a file cannot be had. */
export const EnvironmentName = z.string().regex(/^[A-Za-z_]\w*$/, 'a name of letters, digits and _');

export const Name = z.strictObject({ en: z.string(), zh: z.string() }).describe('what operators call it');

const common = {
  id: Id,
  name: Name.optional(),
  line: Id.optional().describe('the line it belongs to'),
  quantity: z.string().describe('what is metered: electricity, new water, steel, liquid aluminium …'),
  unit: z.string().describe('unit of the amount: kWh, m3, t …'),
  maxGap: Duration.optional().describe(
    'longest stretch between readings that counts as measured; default the larger of 60 s and 5 poll periods',
  ),
  class: z
    .number()
    .positive()
    .optional()
    .describe('accuracy class: the amount is within ± so many % of itself; figures then carry their uncertainty'),
};

export const CounterOptions = z.strictObject({
  ...common,
  kind: z.literal('counter'),
  tag: Id.describe('the totaliser register'),
  scale: z.number().positive().default(1).describe('unit per count, CT and PT ratio included'),
  modulus: z
    .union([z.number().int().positive(), z.string().regex(/^\d+$/).transform(BigInt)])
    .optional()
    .describe('raw count at which the register rolls over, such as 4294967296; none for floats'),
  maxRate: z.number().positive().describe('largest plausible rate, in unit per hour'),
  jitter: z.number().nonnegative().default(1).describe('counts by which a reading may fall without meaning anything'),
  resetsToZero: z.boolean().default(false).describe('after a reset the register counts from zero'),
  float32: z.boolean().default(false).describe('the register is a float32, whose step grows with its value'),
  frozen: z
    .strictObject({
      proof: Id.describe('the tag that proves that the line runs: its power, its speed, the number of the piece'),
      above: z
        .number()
        .optional()
        .describe('the line runs while the proof is above this; without it, while the proof changes'),
      for: Duration.prefault('15min').describe('for so long of running no sound register stands still'),
    })
    .optional()
    .describe('how to know a register that is stuck: its figures are then implausible'),
});

export const GaugeOptions = z.strictObject({
  ...common,
  kind: z.literal('gauge'),
  tag: Id.describe('the rate: kW, m3/h …'),
  scale: z.number().default(1).describe('unit per hour for one unit of the tag'),
  method: z.enum(['trapezoid', 'hold']).default('trapezoid').describe('hold: each value holds until the next'),
});

export const EventOptions = z.strictObject({
  ...common,
  kind: z.literal('event'),
  tag: Id.optional().describe(
    'the piece identity: a sequence register, or an id that changes (one shown again counts once among the last 32); without it operators enter each piece',
  ),
  amountTag: Id.optional().describe('the weighed amount of the piece'),
  scale: z.number().positive().default(1),
  sequence: z.boolean().default(true).describe('the identity rises by one a piece, so that missed pieces are noticed'),
});

export const FaradayOptions = z.strictObject({
  ...common,
  kind: z.literal('faraday'),
  tag: Id.describe('line current'),
  scale: z.number().positive().default(1000).describe('amperes for one unit of the current tag (kA: 1000)'),
  cells: z.union([z.number().positive(), Id]).describe('cells in operation: a constant, or the tag that says it'),
  efficiency: z.number().positive().max(1).describe('current efficiency 0..1 until one is settled'),
  constant: z.number().positive().default(0.3356).describe('electrochemical equivalent, g/(A·h)'),
  settle: z
    .strictObject({
      tapped: Id.describe('the event meter of tapped metal'),
      inventory: Id.optional().describe('the tag of the metal in the cells, in t'),
      period: z.enum(['shift', 'day']).default('day'),
    })
    .optional(),
});

export const ProductOptions = z.strictObject({
  ...common,
  kind: z
    .literal('product')
    .describe("divides a line's time among its pieces; its own amount is the time with one in the line"),
  product: z.enum(PRODUCT_KINDS).describe('what a piece is called, and the kind of its windows'),
  pieces: Id.describe('the event meter that weighs the pieces and tells their identity'),
  inLine: Id.optional().describe('the tag that is not 0 while a piece is in the line'),
  starts: Id.optional().describe('the tag that changes when a piece enters: a count, or its identity'),
  ends: Id.optional().describe('the tag that changes when a piece leaves'),
  longest: Duration.optional().describe(
    'without these tags a piece lasts from the one before it to its own identity, but no longer than this; before that the line was idle, which is known only so much later',
  ),
});

export const IdleOptions = z.strictObject({
  ...common,
  kind: z.literal('idle').describe('what a meter counts while no piece is in the line'),
  of: Id.describe('the counter or gauge'),
  outside: Id.describe('the product meter outside whose pieces it counts'),
});

export const MeterOptions = z.discriminatedUnion('kind', [
  CounterOptions,
  GaugeOptions,
  EventOptions,
  FaradayOptions,
  ProductOptions,
  IdleOptions,
]);
export type CounterOptions = z.infer<typeof CounterOptions>;
export type GaugeOptions = z.infer<typeof GaugeOptions>;
export type EventOptions = z.infer<typeof EventOptions>;
export type FaradayOptions = z.infer<typeof FaradayOptions>;
export type MeterOptions = z.infer<typeof MeterOptions>;

const Term = z.union([
  Id.transform((meter) => ({ meter, coefficient: 1, unit: undefined as string | undefined })),
  z
    .strictObject({
      meter: Id,
      coefficient: z.number().describe('such as 0.1229 kgce/kWh; negative for what is passed on to others'),
      unit: z
        .string()
        .optional()
        .describe("the coefficient's unit, such as kgce/kWh; needed where it changes the unit"),
    })
    .transform(({ meter, coefficient, unit }) => ({ meter, coefficient, unit })),
]);

export const LimitOptions = z.strictObject({
  indicator: Id.optional().describe("a row of the plan's indicator table; gives op, bound and unit"),
  op: z.enum(['<=', '>=']).optional(),
  bound: z.number().optional().describe("the plant's own target where the plan has none"),
  deadband: z
    .number()
    .nonnegative()
    .default(0)
    .describe('how far inside the bound a figure must be to count as returned'),
  onDelay: Duration.optional().describe(
    'how long figures must be beyond the bound before it is an excursion: consecutive windows, and what has passed of the running one; default 0s',
  ),
});

const Load = z.strictObject({ value: z.number(), unit: z.string() });
export const BaselineOptions = z
  .union([
    z.number().describe("the figure to be expected, in the metric's unit"),
    z.strictObject({
      base: Load.optional().describe('what is used each hour whatever is produced, such as 3200 kWh/h'),
      slope: Load.optional().describe('what each unit of the denominator takes, such as 540 kWh/t'),
      cumulate: z
        .enum(WINDOW_KINDS)
        .optional()
        .describe("the windows whose differences are summed up; default day, or the metric's longest"),
    }),
  ])
  .describe('energy baseline (ISO 50006): expected = base × hours + slope × denominator');

export const MetricOptions = z.strictObject({
  id: Id,
  name: Name.optional(),
  line: Id.optional().describe('the line it belongs to'),
  unit: z.string().describe('kWh/t, m3/t, kgce/t, % …'),
  numerator: z.array(Term).min(1),
  denominator: z.array(Term).min(1),
  minDenominator: z.number().nonnegative().default(0).describe('below it there was no production'),
  minKnown: z.number().min(0).max(1).default(0.99).describe('share of the window that must be known for a figure'),
  plausible: z
    .tuple([z.number(), z.number()])
    .optional()
    .describe(
      'a figure outside gets no verdict; default 0 to 100 for a share in %, and from the thermodynamic minimum (6340 kWh/t) on for liquid aluminium',
    ),
  limit: LimitOptions.optional(),
  baseline: BaselineOptions.optional(),
  windows: z
    .array(z.enum(ALL_KINDS))
    .optional()
    .describe("default: the plant's windows, and those of its line's pieces"),
});
export type MetricOptions = z.infer<typeof MetricOptions>;

export const CalendarOptions = z.strictObject({
  timeZone: z.string().default('Asia/Shanghai').describe('IANA name'),
  dayStart: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
    .default('00:00')
    .describe('local start of the production day'),
  shifts: z
    .array(z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/))
    .min(1)
    .default(['00:00', '08:00', '16:00']),
  shiftDay: z
    .enum(SHIFT_DAYS)
    .default('start')
    .describe('a shift belongs to the production day in which it starts, or in which it ends'),
});
