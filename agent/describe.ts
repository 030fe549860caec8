import { definitionsOf } from '../config/definition.ts';
import type { MetricConfig, PlantConfig } from '../config/plant.ts';
import { TAKES } from '../rules/meter/byHand.ts';
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
      meters: config.meters.filter((meter) => meter.line === id).map(meterDescription),
    })),
    endpoints: config.endpoints.map(({ id, protocol }) => ({ id, protocol })),
    tags: config.tags.map(({ id, name, endpoint, unit, scale }) => ({
      id,
      name: name ?? null,
      endpoint,
      unit,
      scale,
      lines: linesOf(config, id),
    })),
  };
}

/** What tells a coil in the line, or else the line current. */
function loadOf({ meters }: PlantConfig, line: string): string | null {
  const own = meters.filter((meter) => meter.line === line);
  const pieces = own.find((meter) => meter.kind === 'product');
  return pieces?.inLine ?? own.find((meter) => meter.kind === 'faraday')?.tag ?? null;
}

/** The lines whose figures the tag goes into, by itself or through derived tags, and those that show it. */
const linesOf = (config: PlantConfig, tag: string): string[] => {
  const derived = config.tags.filter(({ derivation }) => derivation?.inputs.includes(tag)).map(({ id }) => id);
  const meters = config.meters.filter((meter) =>
    inputsOf(meter).some((id) => id === tag || derived.includes(id ?? '')),
  );
  const showing = config.lines.filter(({ shows }) => shows?.includes(tag)).map(({ id }) => id);
  return [...new Set([...meters.flatMap(({ line }) => (line === undefined ? [] : [line])), ...showing])];
};

const named = (id: string): { en: string; zh: string } => ({ en: id, zh: id });

const metricDescription = ({ id, name, unit, windows, limit }: MetricConfig) => ({
  id,
  name: name ?? named(id),
  unit,
  windows: [...windows],
  limit: limit && { indicator: limit.indicator, op: limit.op, bound: limit.bound, quote: limit.quote },
});

const meterDescription = ({ id, name, unit, quantity, kind }: MeterSpec) => ({
  ...{ id, name: name ?? named(id), unit, quantity },
  entries: [...TAKES[kind]],
});
