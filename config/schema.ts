import { z } from 'zod';
import { protocols } from '../drivers/index.ts';
import { WINDOW_KINDS } from '../rules/interval.ts';
import { CalendarOptions, Duration, Id, MeterOptions, MetricOptions, Name } from '../rules/options.ts';
import { Include } from './include.ts';
import { Platform } from './platforms.ts';
import { Retention } from './retention.ts';

/** The plant's file: what each floor says of itself, put together. Validation, types, JSON Schema and reference come from here. */

/** No device is asked more often: a PLC has other things to do. */
const SHORTEST_PERIOD = 10;
const Period = Duration.refine((period) => period >= SHORTEST_PERIOD, `a poll period is at least ${SHORTEST_PERIOD}ms`);

const EquipmentPath = z
  .string()
  .regex(/^[\p{L}\p{N}_.-]+(\/[\p{L}\p{N}_.-]+)*$/u, 'names with letters, digits, _ . - between slashes');
const Instant = z.iso
  .datetime({ offset: true, error: 'an instant such as 2018-01-01T00:00:00+09:00' })
  .transform((text) => Date.parse(text));

const Plant = z
  .strictObject({
    path: EquipmentPath.describe('equipment path of the plant (ISA-95): enterprise/site'),
    ...CalendarOptions.shape,
    windows: z
      .array(z.enum(WINDOW_KINDS))
      .min(1)
      .default([...WINDOW_KINDS])
      .describe('the windows over which meters and metrics are formed'),
    grace: Duration.prefault('5s').describe('how long after its end a window waits for samples'),
    allowedSkew: Duration.prefault('5s').describe(
      "how far ahead of the agent's clock timestamps are believed; what is further counts from when it was received, uncertain",
    ),
    reviseWithin: Duration.prefault('48h').describe('how late data may come and still revise a closed window'),
  })
  .describe('the plant and its calendar');

const Http = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
    port: z.number().int().min(0).max(65_535).default(8080).describe('0 takes any free port'),
    names: z
      .array(z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'a host name in small letters'))
      .default([])
      .describe('host names under which it is reached, besides localhost and addresses'),
    tls: z
      .strictObject({
        certFile: z.string().min(1).describe('certificate with its chain (PEM); taken up when it changes'),
        keyFile: z.string().min(1).describe('its key (PEM)'),
      })
      .optional()
      .describe(
        'TLS 1.2 and later instead of plain HTTP, on the same port; browsers then refuse plain HTTP of this host',
      ),
    allowPlain: z
      .boolean()
      .default(false)
      .describe('other machines without TLS: tokens and figures can be read, and changed, on the way'),
    maxReaders: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(1_024)
      .describe('readers of the stream at a time; of all connections 256 more'),
  })
  .describe('the one port for page, stream and metrics');

const PlantClock = z
  .strictObject({
    speed: z.number().positive().default(1).describe('plant seconds in a real second'),
    from: Instant.describe('the plant time at `at`, and before it'),
    at: Instant.describe('the real instant from which plant time runs'),
  })
  .describe('only against a simulated plant: plant time = from + (real − at) · speed');

const ModelMeter = z.union([Id, z.record(z.string(), z.unknown())]);

export const Line = z
  .strictObject({
    id: Id,
    model: Id.optional().describe('a file of config/models, or of models/ beside the plant file, which makes the rest'),
    route: z.string().optional().describe('the process route, of those that the model has; decides the limits'),
    meters: z
      .record(Id, z.union([ModelMeter, z.array(ModelMeter)]))
      .optional()
      .describe("for the model: by its meters' names a tag, or meter options, or a list of these"),
    name: Name,
    kind: z.string().describe('rolling-mill, potline …'),
    equipment: EquipmentPath.describe("path below the plant's"),
    main: Id.describe('the metric shown first and largest'),
    load: Id.optional().describe(
      'the tag that says what the line is doing, in a unit or as 0 and not 0; default: a coil in the line, or the line current',
    ),
    shows: z.array(Id).optional().describe('further tags to show with the line, though no figure needs them'),
  })
  .describe('a line of the plant; a model gives name, kind, equipment and main where the line does not');

const endpointCommon = {
  id: Id,
  period: Period.prefault('1s').describe('default poll period of its tags, in plant time'),
};

/** What the file may say of an endpoint of each protocol: the common part and the protocol's own options. */
const endpointsByProtocol = Object.entries(protocols).map(([protocol, { options }]) => {
  if (!(options instanceof z.ZodObject)) throw new TypeError(`the options of ${protocol} are not a zod object`);
  return options.safeExtend({ ...endpointCommon, protocol: z.literal(protocol) });
});

export interface Endpoint {
  readonly id: string;
  readonly protocol: keyof typeof protocols;
  readonly period: number;
  readonly [option: string]: unknown;
}
const Endpoint = z
  .discriminatedUnion('protocol', endpointsByProtocol as never)
  .describe('a device or server; the options beside id, protocol and period are those of its protocol') as z.ZodType<
  unknown,
  unknown
> as z.ZodType<Endpoint>;

/** Which protocol's address is meant is known only by the endpoint: checked when the references are. */
export const TagAddress = z
  .record(z.string(), z.unknown())
  .describe("where the endpoint finds it, in its protocol's own terms, or a meter profile's point");

const Range = z
  .tuple([z.number(), z.number()])
  .refine(([least, most]) => least < most, 'the first is not below the second');

/** What the agent counts of its own reading. */
export const ACQUIRED_COUNTS = ['due', 'good', 'inTime'] as const;

const Acquired = z
  .strictObject({
    count: z
      .enum(ACQUIRED_COUNTS)
      .describe('values that fell due (one a tag and period), of these the good ones, or those good before the next'),
    of: Id.optional().describe('an endpoint; default all of them together'),
  })
  .describe("instead of endpoint and address: a totaliser of the agent's own reading, in unit sample");

const Tag = z
  .strictObject({
    id: Id,
    name: Name.optional(),
    endpoint: Id.optional().describe('needed by an agent; `pertonne test` and `replay` take samples from a file'),
    unit: z.string().optional().describe("what one count of it is, before any scale; a profile's point brings its own"),
    range: Range.optional().describe('physical range [least, most]; a value outside is bad'),
    period: Period.optional().describe("poll period; default the endpoint's"),
    address: TagAddress.optional(),
    acquired: Acquired.optional(),
  })
  .describe('a named point');

const Derived = z
  .strictObject({
    id: Id,
    name: Name.optional(),
    unit: z.string(),
    range: Range.optional().describe('physical range [least, most]; a value outside is bad'),
    inputs: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/, 'a name of letters, digits and _'), Id)
      .refine((inputs) => Object.keys(inputs).length > 0, 'at least one')
      .describe('what the expression calls the tags that it is made of'),
    expression: z.string().min(1).describe('arithmetic in the Common Expression Language: "conc * flow / 1e6"'),
  })
  .describe('a tag that is computed from others, at every instant at which one of them is read');
export type Derived = z.infer<typeof Derived>;

const Coefficient = z
  .union([
    z.number(),
    z.string().min(1),
    z.strictObject({
      table: z.string().min(1).describe('table/name; with a minus before it for what is passed on to others'),
      lowerHeatingValue: z.number().positive().describe('measured; takes the place of the value in the table'),
      unit: z.string().describe('such as MJ/Nm3'),
    }),
  ])
  .describe(
    'a number, or table/name of config/coefficients (such as gb-t-2589-2020/coke), or a measured calorific value',
  );

const Term = z.union([
  Id.transform((meter) => ({
    meter,
    coefficient: 1 as z.infer<typeof Coefficient>,
    unit: undefined as string | undefined,
  })),
  z
    .strictObject({
      meter: Id,
      coefficient: Coefficient,
      unit: z.string().optional().describe("the coefficient's unit, such as kgce/kWh; one by name is converted to it"),
    })
    .transform(({ meter, coefficient, unit }) => ({ meter, coefficient, unit })),
]);

/** As rules know it, and its coefficients by name as well. */
const Metric = z.strictObject({
  ...MetricOptions.shape,
  numerator: z.array(Term).min(1),
  denominator: z.array(Term).min(1),
});

/** The lists, whose entries are judged one by one, so that one bad entry hides no other fault. */
export const LISTS = {
  lines: Line,
  endpoints: Endpoint,
  tags: Tag,
  derived: Derived,
  meters: MeterOptions,
  metrics: Metric,
  platforms: Platform,
};

/** Of the file's form. A later form reads the earlier ones too: `test/config/older` holds files of each. */
const VERSION = 1;

const HEAD = {
  version: z
    .literal(VERSION, {
      error: ({ input }) =>
        typeof input === 'number' && input > VERSION
          ? `${input} is of a later Pertonne; this one reads version ${VERSION}`
          : undefined,
    })
    .describe('of this format; files of every Pertonne so far have 1 and work'),
  include: Include.optional(),
  agent: Id.describe('name of this agent'),
  plant: Plant,
  indicators: Id.optional().describe('the table of indicators that limits name'),
  http: Http.prefault({}),
  store: Retention.prefault({}),
  clock: PlantClock.optional(),
};

export const PlantFile = z.strictObject({
  ...HEAD,
  lines: z.array(LISTS.lines).default([]),
  endpoints: z.array(LISTS.endpoints).default([]),
  tags: z.array(LISTS.tags).min(1),
  derived: z.array(LISTS.derived).default([]),
  meters: z.array(LISTS.meters).default([]),
  metrics: z.array(LISTS.metrics).default([]),
  platforms: z.array(LISTS.platforms).default([]),
});
export type PlantFile = z.infer<typeof PlantFile>;
export type Line = PlantFile['lines'][number];
export type Tag = PlantFile['tags'][number];

/** The file as far as it can be understood: an entry that its schema refuses is a hole, and keeps its place. */
export type Draft = {
  readonly [Key in keyof typeof HEAD]?: PlantFile[Key] | undefined;
} & { readonly [Key in keyof typeof LISTS]: readonly (PlantFile[Key][number] | undefined)[] };

/** Takes from a file what its schemas accept, entry by entry. */
export function draftOf(file: Readonly<Record<string, unknown>>): Draft {
  const head = Object.entries(HEAD).map(([key, schema]) => [key, schema.safeParse(file[key]).data]);
  const lists = Object.entries(LISTS).map(([key, schema]) => [
    key,
    listOf(file[key]).map((entry) => schema.safeParse(entry).data),
  ]);
  return Object.fromEntries([...head, ...lists]) as Draft;
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
