import type { PlantConfig } from '../../config/plant.ts';
import { inputsOf, type MeterSpec } from '../../rules/plan.ts';
import type { Ms, RawValue } from '../../rules/sample.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

/** A loaded configuration through the rules, over one made-up day. */

export const DAY: Ms = at('2026-01-01T00:00:00+08:00');
const END = DAY + 24 * 3_600_000;
const MINUTE = 60_000;
/** 350 kA make 629.2 t a day in 240 cells at 93 %. */
const CURRENT = 350;

type Reading = readonly [t: Ms, tag: string, value: RawValue];

/** The configuration as the bench takes it. */
function setupOf(config: PlantConfig): Setup {
  const { timeZone, dayStart, shifts } = config.plant.calendar;
  const meters = config.meters.map(({ equipment: _, maxGap, periodMs, ...options }) => {
    const modulus = 'modulus' in options && options.modulus !== undefined ? { modulus: String(options.modulus) } : {};
    return { ...options, ...modulus, maxGapMs: maxGap, periodMs };
  }) as unknown as Setup['meters'];
  const metrics = config.metrics.map(({ equipment: _, limit, ...metric }) => ({
    ...metric,
    windows: ['day' as const],
    numerator: metric.numerator.map(({ basis: _, ...term }) => term),
    denominator: metric.denominator.map(({ basis: _, ...term }) => term),
    ...(limit && { limit }),
  })) as unknown as NonNullable<Setup['metrics']>;
  const derived = Object.fromEntries(
    config.tags.flatMap(({ id, derivation }) => (derivation ? [[id, derivation]] : [])),
  );
  return { meters, metrics, windows: ['day'], timeZone, dayStart, shifts, derived };
}

/** Runs a day on which each meter counts its amount; of the other meters nothing is heard. */
export function runDay(config: PlantConfig, amounts: Readonly<Record<string, number>>): Bench {
  const metal = config.meters.filter((meter) => meter.kind === 'faraday');
  const readings = [
    ...Object.entries(amounts).flatMap(([id, amount]) => readingsOf(config, meterOf(config, id), amount)),
    ...[...new Set(metal.flatMap((meter) => inputsOf(meter)[0]!))].flatMap((tag) => steady(tag, CURRENT)),
  ];
  const byTime = Map.groupBy(readings, ([t]) => t);
  const bench = new Bench(setupOf(config), DAY);
  for (const t of [...byTime.keys()].sort((a, b) => a - b))
    bench.feed(t, ...byTime.get(t)!.map(([, tag, value]) => sample(tag, t, value)));
  return bench.until(END + 10 * MINUTE);
}

function meterOf(config: PlantConfig, id: string): MeterSpec {
  const meter = config.meters.find((one) => one.id === id);
  if (!meter) throw new Error(`the example has no meter ${id}`);
  return meter;
}

/** Counters are read at the day's ends, rates every minute, two equal pieces weighed in between. */
function readingsOf(config: PlantConfig, meter: MeterSpec, amount: number): readonly Reading[] {
  switch (meter.kind) {
    case 'counter':
      return [
        [DAY, meter.tag, 0],
        [END, meter.tag, amount / meter.scale],
      ];
    case 'gauge':
      return rate(config, meter.tag, amount / 24 / meter.scale);
    case 'event': {
      const { tag, amountTag } = meter;
      if (tag === undefined || amountTag === undefined) throw new Error(`${meter.id} is entered by hand`);
      const noon = DAY + 12 * 3_600_000;
      return [
        [DAY, amountTag, 0],
        [DAY, tag, 7],
        ...[1, 2].flatMap((piece): Reading[] => [
          [noon + piece * MINUTE, amountTag, amount / 2 / meter.scale],
          [noon + piece * MINUTE, tag, 7 + piece],
        ]),
        [END, tag, 9],
      ];
    }
    case 'product':
    case 'idle':
    case 'faraday':
      throw new Error(`${meter.id} follows from other meters; give those`);
  }
}

/** A steady rate; a derived one comes of a swinging second input, so that a product of means would give another amount. */
function rate(config: PlantConfig, tag: string, value: number): readonly Reading[] {
  const derivation = config.tags.find(({ id }) => id === tag)?.derivation;
  if (!derivation) return steady(tag, value);
  const [content, flow] = derivation.inputs as [string, string];
  return steady(flow, 0).flatMap(([t], minute): Reading[] => {
    const swinging = 1e5 * (1 + (minute % 3));
    return [
      [t, content, value / derivation.evaluate([1, swinging])],
      [t, flow, swinging],
    ];
  });
}

const steady = (tag: string, value: number): readonly Reading[] =>
  Array.from({ length: 24 * 60 + 1 }, (_, minute): Reading => [DAY + minute * MINUTE, tag, value]);
