import { definitionsOf } from '../config/definition.ts';
import type { MetricConfig, PlantConfig } from '../config/plant.ts';
import { takes } from '../rules/meter/byHand.ts';
import { inputsOf, type MeterSpec, makePlan, type Plan } from '../rules/plan.ts';
import type { Configured } from './configured.ts';
import type { PlantDescription } from './http/contract.ts';

/** The configuration as the engine needs it. */
export const planOf = (config: PlantConfig): Plan =>
  makePlan({
    calendar: config.plant.calendar,
    windows: config.plant.windows,
    grace: config.plant.graceMs,
    reviseWithin: config.plant.reviseWithinMs,
    allowedSkew: config.plant.allowedSkewMs,
    tags: config.tags.map(({ id, range, derivation }) => ({ id, range, derivation })),
    meters: config.meters,
    metrics: config.metrics,
  });

/** The configuration as the pipeline needs it. */
export const configuredOf = (config: PlantConfig): Configured => ({
  plan: planOf(config),
  fingerprint: config.fingerprint,
  definitions: definitionsOf(config),
});

/** The configuration as the page needs it. */
export function describe(config: PlantConfig, speed: number | null, simulated: boolean): PlantDescription {
  const linesOf = linesByTag(config);
  return {
    agent: config.agent,
    equipment: config.plant.path,
    timeZone: config.plant.calendar.timeZone,
    speed,
    simulated,
    lines: config.lines.map(({ id, name, kind, equipment, main, load }) => ({
      id,
      name,
      kind,
      equipment,
      main,
      load: load ?? loadOf(config, id),
      metrics: config.metrics.filter((metric) => metric.line === id).map(metricDescription),
      meters: config.meters.filter((meter) => meter.line === id).map((meter) => meterDescription(meter, config.meters)),
    })),
    endpoints: config.endpoints.map(({ id, protocol }) => ({ id, protocol })),
    tags: config.tags.map(({ id, name, endpoint, unit, scale }) => ({
      id,
      name: name ?? null,
      endpoint,
      unit,
      scale,
      lines: [...(linesOf.get(id) ?? [])],
    })),
  };
}

/** What tells a coil in the line, or else the line current. */
function loadOf({ meters }: PlantConfig, line: string): string | null {
  const own = meters.filter((meter) => meter.line === line);
  const pieces = own.find((meter) => meter.kind === 'product');
  return pieces?.inLine ?? own.find((meter) => meter.kind === 'faraday')?.tag ?? null;
}

/** By tag, the lines whose figures it goes into, by itself or through derived tags, and those that show it. */
function linesByTag({ tags, meters, lines }: PlantConfig): ReadonlyMap<string, ReadonlySet<string>> {
  const byTag = new Map<string, Set<string>>();
  const add = (tag: string, line: string): void => {
    const all = byTag.get(tag);
    if (all) all.add(line);
    else byTag.set(tag, new Set([line]));
  };
  for (const meter of meters)
    for (const tag of inputsOf(meter)) if (tag !== null && meter.line !== undefined) add(tag, meter.line);
  for (const { id, derivation } of tags)
    for (const line of derivation ? (byTag.get(id) ?? []) : []) for (const tag of derivation!.inputs) add(tag, line);
  for (const { id, shows } of lines) for (const tag of shows ?? []) add(tag, id);
  return byTag;
}

const named = (id: string): { en: string; zh: string } => ({ en: id, zh: id });

const metricDescription = ({ id, name, unit, windows, limit }: MetricConfig) => ({
  id,
  name: name ?? named(id),
  unit,
  windows: [...windows],
  limit: limit && { indicator: limit.indicator, op: limit.op, bound: limit.bound, quote: limit.quote },
});

const meterDescription = (meter: MeterSpec, meters: readonly MeterSpec[]) => {
  const { id, name, unit, quantity } = meter;
  return { id, name: name ?? named(id), unit, quantity, entries: [...takes(meter, meters)] };
};
