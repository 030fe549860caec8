import type { ProductKind } from '../interval.ts';
import type { MeterSpec, MetricSpec } from '../plan.ts';

/** What a product meter divides, made once. */
export interface Product {
  /** Its own position among the meters. */
  readonly meter: number;
  readonly kind: ProductKind;
  /** The meters whose amounts are divided, and of each those that count it while idle. */
  readonly parts: readonly { readonly meter: number; readonly weighs: boolean; readonly idle: readonly number[] }[];
  /** Those that are formed for every piece. */
  readonly metrics: readonly MetricSpec[];
}

type Known = readonly MeterSpec[];

/** A product meter takes its pieces' identity, and its pace, from the meter that weighs them; an idle meter from its source. */
export function withOrigins(meters: Known): MeterSpec[] {
  const byId = new Map(meters.map((meter) => [meter.id, meter]));
  return meters.map((meter): MeterSpec => {
    if (meter.kind !== 'product' && meter.kind !== 'idle') return meter;
    const origin = byId.get(meter.kind === 'product' ? meter.pieces : meter.of)!;
    const pace = {
      periodMs: Math.max(meter.periodMs, origin.periodMs),
      maxGap: Math.max(meter.maxGap, origin.maxGap),
    };
    if (origin.kind !== 'event') return { ...meter, ...pace, class: meter.class ?? origin.class };
    return { ...meter, ...pace, sequence: origin.sequence, ...(origin.tag !== undefined && { identity: origin.tag }) };
  });
}

/** The metrics of a product are those of its equipment that have its kind of window. */
export const metricsOf = (product: MeterSpec & { kind: 'product' }, metrics: readonly MetricSpec[]): MetricSpec[] =>
  metrics.filter((metric) => metric.equipment === product.equipment && metric.windows.includes(product.product));

/** All that is to be looked at together with a product meter. */
export function togetherWith(
  product: MeterSpec & { kind: 'product' },
  meters: Known,
  metrics: readonly MetricSpec[],
): string[] {
  const terms = metricsOf(product, metrics).flatMap(({ numerator, denominator }) => [...numerator, ...denominator]);
  const idle = meters.flatMap((meter) =>
    meter.kind === 'idle' && meter.outside === product.id ? [meter.id, meter.of] : [],
  );
  return [...new Set([product.id, product.pieces, ...terms.map(({ meter }) => meter), ...idle])];
}

export function productsOf(
  meters: Known,
  metrics: readonly MetricSpec[],
  index: ReadonlyMap<string, number>,
): Product[] {
  return meters.flatMap((product, meter): Product[] => {
    if (product.kind !== 'product') return [];
    const divided = togetherWith(product, meters, metrics).filter((id) => isDivided(meters[index.get(id)!]!));
    return [
      {
        meter,
        kind: product.product,
        metrics: metricsOf(product, metrics),
        parts: divided.map((id) => ({
          meter: index.get(id)!,
          weighs: id === product.pieces,
          idle: meters.flatMap((one, position) =>
            one.kind === 'idle' && one.of === id && one.outside === product.id ? [position] : [],
          ),
        })),
      },
    ];
  });
}

/** Metal by current is not: its estimate gives way to what a whole period's ladles say. */
const isDivided = ({ kind }: MeterSpec): boolean => kind === 'counter' || kind === 'gauge' || kind === 'event';
