import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import type { Derivation } from '../rules/derived.ts';
import { inputsOf, type MeterSpec } from '../rules/plan.ts';
import type { Ms } from '../rules/sample.ts';
import type { Place } from './address.ts';
import { baselineOf } from './baseline.ts';
import type { FilledMetric } from './coefficients.ts';
import type { Formula } from './formulas.ts';
import type { IndicatorTable } from './library.ts';
import type { EndpointConfig, LimitConfig, MetricConfig, PlantConfig, TagConfig } from './plant.ts';
import { kindsOf } from './products.ts';
import { indicatorOf } from './references.ts';
import type { Derived, PlantFile, Tag } from './schema.ts';

/** What a file without faults is resolved with. */
export interface Findings {
  readonly sourceFile: string;
  readonly places: ReadonlyMap<string, Place>;
  readonly formulas: ReadonlyMap<string, Formula>;
  readonly indicators: IndicatorTable | undefined;
  readonly metrics: readonly FilledMetric[];
  /** Whether the meter at this position says its scale itself. */
  hasScale(meter: number): boolean;
}

/** In the place of an endpoint where samples come from a file, and how often they are taken to come. */
const SAMPLES = 'samples';
const SAMPLE_PERIOD: Ms = 1_000;
/** How often the agent tells what it has counted of its own reading. */
const COUNTED_EVERY: Ms = 10_000;
const LEAST_GAP: Ms = 60_000;
const GAP_PERIODS = 5;

/** Fills in all defaults that depend on more than one entry. The file is known to be without faults. */
export function resolvePlant(file: PlantFile, findings: Findings): PlantConfig {
  const { path, windows, grace, reviseWithin, allowedSkew, ...calendar } = file.plant;
  const equipmentOf = equipmentPaths(file);
  const endpointPeriods = new Map(file.endpoints.map(({ id, period }) => [id, period]));
  const read = file.tags.map((tag): TagConfig => {
    const { unit, scale } = findings.places.get(tag.id)!;
    const { address: _, endpoint = deviceOf(tag, file), ...rest } = tag;
    const period = tag.period ?? (tag.acquired ? COUNTED_EVERY : endpointPeriods.get(endpoint)) ?? SAMPLE_PERIOD;
    return { ...rest, endpoint, unit, scale, period } as TagConfig;
  });
  const tags = [...read, ...file.derived.map((derived) => derivedTag(derived, read, findings))];
  const periods = new Map(tags.map(({ id, period }) => [id, period]));
  const figures = {
    plant: { path, calendar, windows, graceMs: grace, reviseWithinMs: reviseWithin, allowedSkewMs: allowedSkew },
    lines: file.lines.map(({ meters: _, load: _load, shows: _shows, ...line }) => ({
      ...line,
      equipment: equipmentOf(line.id),
    })),
    endpoints: endpointsOf(file, findings, periods),
    tags,
    meters: metersOf(file, findings, periods, equipmentOf),
    metrics: findings.metrics.map((metric) => metricOf(metric, file, findings, equipmentOf(metric.line))),
  };
  const { agent, http, store, clock } = file;
  const absolute = <Options extends object>(options: Options): Options =>
    withAbsoluteFiles(options, dirname(findings.sourceFile));
  return {
    agent,
    ...figures,
    lines: file.lines.map(({ meters: _, ...line }) => ({ ...line, equipment: equipmentOf(line.id) })),
    http: { ...http, ...(http.tls && { tls: absolute(http.tls) }) },
    store,
    ...(clock && { clock }),
    endpoints: figures.endpoints.map((endpoint) => ({ ...endpoint, options: absolute(endpoint.options as object) })),
    platforms: file.platforms.map(absolute),
    // The inputs stand in the derivation too.
    fingerprint: fingerprintOf({ ...figures, tags: tags.map(({ inputs: _, ...tag }) => tag) }),
    sourceFile: findings.sourceFile,
  };
}

/** What is counted of all devices is shown with the first. */
const deviceOf = ({ acquired }: Tag, { endpoints }: PlantFile): string =>
  (acquired && (acquired.of ?? endpoints[0]?.id)) ?? SAMPLES;

/** A derived tag is as slow as the slowest of its inputs, and belongs to the device of the first. */
function derivedTag(derived: Derived, read: readonly TagConfig[], { formulas }: Findings): TagConfig {
  const { inputs, evaluate } = formulas.get(derived.id)!;
  const tags = inputs.map((id) => read.find((tag) => tag.id === id)!);
  const period = Math.max(...tags.map((tag) => tag.period));
  const derivation = derivationOf(inputs, tags, period, evaluate);
  return { ...derived, endpoint: tags[0]!.endpoint, scale: 1, period, derivation } as TagConfig;
}

/** `tags` are the inputs', in their order. */
export const derivationOf = (
  inputs: readonly string[],
  tags: readonly Pick<TagConfig, 'scale'>[],
  period: Ms,
  evaluate: (values: readonly number[]) => number,
): Derivation => ({
  inputs,
  maxAge: Math.max(LEAST_GAP, GAP_PERIODS * period),
  evaluate: (values) => evaluate(values.map((value, index) => value * tags[index]!.scale)),
});

function equipmentPaths({ plant, lines }: PlantFile): (line: string | undefined) => string {
  const paths = new Map(lines.map(({ id, equipment }) => [id, `${plant.path}/${equipment}`]));
  return (line) => (line === undefined ? plant.path : paths.get(line)!);
}

function endpointsOf(file: PlantFile, { places }: Findings, periods: ReadonlyMap<string, Ms>): EndpointConfig[] {
  return file.endpoints.map(({ id, protocol, period: _, ...options }) => ({
    id,
    protocol,
    options,
    points: file.tags
      .filter((tag) => tag.endpoint === id)
      .map(({ id: tag }) => {
        const { address, unit } = places.get(tag)!;
        return { tag, address, period: periods.get(tag)!, unit };
      }),
  }));
}

/** Options that name files end so; such names are relative to the plant's file. */
export const NAMES_FILE = /(Certificate|File|Key)$/;

function withAbsoluteFiles<Options extends object>(options: Options, folder: string): Options {
  const entries = Object.entries(options).map(([key, value]) =>
    NAMES_FILE.test(key) && typeof value === 'string' ? [key, resolve(folder, value)] : [key, value],
  );
  return Object.fromEntries(entries) as Options;
}

function metersOf(
  file: PlantFile,
  { places, hasScale }: Findings,
  periods: ReadonlyMap<string, Ms>,
  equipmentOf: (line: string | undefined) => string,
): MeterSpec[] {
  return file.meters.map((meter, index): MeterSpec => {
    // Metal in the cells is entered now and then; only what the amount is formed from sets the pace.
    const tags = inputsOf(meter)
      .slice(0, 2)
      .filter((tag) => tag !== null);
    const periodMs = Math.max(0, ...tags.map((tag) => periods.get(tag)!));
    const common = {
      equipment: equipmentOf(meter.line),
      periodMs,
      maxGap: meter.maxGap ?? Math.max(LEAST_GAP, GAP_PERIODS * periodMs),
    };
    if (meter.kind === 'faraday' || meter.kind === 'product' || meter.kind === 'idle') return { ...meter, ...common };
    const tag = meter.kind === 'event' ? meter.amountTag : meter.tag;
    // Operators enter amounts in the meter's own unit.
    if (tag === undefined) return { ...meter, ...common };
    const place = places.get(tag)!;
    const scale = hasScale(index) ? meter.scale : place.scale;
    if (meter.kind === 'counter') return { ...meter, ...common, scale, float32: meter.float32 || place.isFloat32 };
    return { ...meter, ...common, scale };
  });
}

function metricOf(metric: FilledMetric, file: PlantFile, { indicators }: Findings, equipment: string): MetricConfig {
  const limit = metric.limit ? limitOf(metric.limit, metric.unit, indicators) : null;
  const windows = metric.windows ?? [...file.plant.windows, ...kindsOf(metric, file.meters)];
  const baseline = baselineOf(metric, file.meters, windows);
  return { ...metric, equipment, windows, limit, baseline } as MetricConfig;
}

function limitOf(
  { indicator: id, op, bound, deadband, onDelay = 0 }: NonNullable<PlantFile['metrics'][number]['limit']>,
  unit: string,
  table: IndicatorTable | undefined,
): LimitConfig {
  const row = indicatorOf(table, id);
  if (row)
    return { indicator: row.id, op: row.op, bound: row.bound, deadband, onDelay, unit: row.unit, quote: row.quote };
  return { indicator: null, op: op!, bound: bound!, deadband, onDelay, unit, quote: null };
}

export function fingerprintOf(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}

/** Keys in order, counts above 2^53 as strings. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return String(inner);
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
