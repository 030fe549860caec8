import type { Plan } from '../../rules/plan.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { type MetricTerms, planOf, type Setup } from '../support/engineKit.ts';

/** A plant of ten-meter lines: seven registers, two rates and one scale each, and three figures per tonne of the line. */

const METERS_OF_A_LINE = 10;
type Meters = Setup['meters'];

function lineMeters(line: number): Meters {
  const id = (meter: number): string => `line${line}.m${meter}`;
  const counters = [0, 1, 2, 3, 4, 5, 6].map((meter) => ({
    id: id(meter),
    kind: 'counter' as const,
    tag: `${id(meter)}.count`,
    quantity: 'electricity',
    unit: 'kWh',
    scale: 0.1,
    modulus: 2 ** 32,
    maxRate: 36_000,
  }));
  const gauges = [7, 8].map((meter) => ({
    id: id(meter),
    kind: 'gauge' as const,
    tag: `${id(meter)}.rate`,
    quantity: 'steam',
    unit: 'm3',
  }));
  const scale = {
    id: id(9),
    kind: 'event' as const,
    tag: `${id(9)}.piece`,
    amountTag: `${id(9)}.weight`,
    quantity: 'steel',
    unit: 't',
  };
  return [...counters, ...gauges, scale];
}

function lineMetrics(line: number): NonNullable<Setup['metrics']> {
  const id = (meter: number): string => `line${line}.m${meter}`;
  const perTonne = (name: string, unit: string, numerator: MetricTerms) => ({
    id: `line${line}.${name}`,
    unit,
    numerator,
    denominator: [id(9)],
    limit: { op: '<=' as const, bound: 1_000_000 },
  });
  return [
    perTonne('electricity', 'kWh/t', [id(0), id(1)]),
    perTonne('water', 'm3/t', [{ meter: id(2), coefficient: 0.1 }]),
    perTonne('steam', 'm3/t', [id(7)]),
  ];
}

export function plantOf(meters: number): Plan {
  const lines = Array.from({ length: Math.ceil(meters / METERS_OF_A_LINE) }, (_, line) => line);
  return planOf({ meters: lines.flatMap(lineMeters), metrics: lines.flatMap(lineMetrics) });
}

/** Meters of one endpoint: those of a hundred lines. */
export const METERS_OF_AN_ENDPOINT = 1_000;

type Filled = { -readonly [Key in keyof Sample]: Sample[Key] };

/**
 * What one endpoint's tags read in one second: registers creep, rates sway, a piece is weighed every half minute. The
 * samples are put into the objects of `into`, as far as there are any, so that reading again and again leaves no garbage.
 */
export function pollOf(plan: Plan, endpoint: number, t: Ms, into: Sample[] = []): Sample[] {
  const second = t / 1000;
  let count = 0;
  const read = (tag: string, value: number): void => {
    const sample = into[count++] as Filled | undefined;
    if (!sample) {
      into.push({ tag, value, statusCode: 'good', sourceTimestamp: t, receivedAt: t });
      return;
    }
    sample.tag = tag;
    sample.value = value;
    sample.sourceTimestamp = t;
    sample.receivedAt = t;
  };
  const first = endpoint * METERS_OF_AN_ENDPOINT;
  const end = Math.min(first + METERS_OF_AN_ENDPOINT, plan.meters.length);
  for (let index = first; index < end; index++) {
    const meter = plan.meters[index]!;
    const own = second + index * 7;
    if (meter.kind === 'counter') read(meter.tag, Math.floor((own * (11 + (index % 13))) % 2 ** 32));
    if (meter.kind === 'gauge') read(meter.tag, 400 + 50 * Math.sin(own / 20));
    if (meter.kind !== 'event') continue;
    const piece = Math.floor(own / 30);
    read(meter.amountTag!, 20 + (piece % 7) / 10);
    read(meter.tag!, piece);
  }
  into.length = count;
  return into;
}
