import { PRODUCT_KINDS, type ProductKind, type WindowKind } from '../rules/interval.ts';
import type { Complaint, Path } from './faults.ts';
import type { Draft } from './schema.ts';

/** Windows of pieces, and what is counted between them, as the file has them. */

type Meter = NonNullable<Draft['meters'][number]>;
type Meters = Draft['meters'];
type Metric = {
  readonly line?: string | undefined;
  readonly numerator: readonly { readonly meter: string }[];
  readonly denominator: readonly { readonly meter: string }[];
};

/** What product and idle meters refer to, and metrics by pieces of lines that have none. */
export function* productFaults({ meters, metrics }: Draft): Generator<Complaint> {
  for (const [index, meter] of meters.entries()) {
    if (meter?.kind === 'product') yield* dividedFaults(meter, meters, ['meters', index]);
    if (meter?.kind === 'idle') yield* idleFaults(meter, meters, ['meters', index]);
  }
  for (const [index, metric] of metrics.entries()) {
    const path = ['metrics', index, 'windows'];
    for (const kind of metric?.windows?.filter(isProductKind) ?? []) {
      if (!kindsOf(metric!, meters).includes(kind)) yield { path, message: noWindow(kind, metric!, meters) };
    }
  }
}

const isProductKind = (kind: WindowKind): kind is ProductKind => (PRODUCT_KINDS as readonly string[]).includes(kind);

const named = (id: string, meters: Meters): Meter | undefined => meters.find((meter) => meter?.id === id);

function* dividedFaults(meter: Meter & { kind: 'product' }, meters: Meters, path: Path): Generator<Complaint> {
  const { pieces, inLine, starts, ends, longest, unit } = meter;
  const weighing = named(pieces, meters);
  if (weighing && (weighing.kind !== 'event' || weighing.tag === undefined))
    yield { path: [...path, 'pieces'], message: `"${pieces}" is no event meter with the pieces' identity as its tag` };
  if ((starts === undefined) !== (ends === undefined)) yield { path, message: 'starts and ends go together' };
  if (inLine !== undefined && starts !== undefined) yield { path, message: 'has inLine as well as starts and ends' };
  if (longest !== undefined && (inLine !== undefined || starts !== undefined))
    yield { path: [...path, 'longest'], message: 'is only for pieces that no tag says when they are in the line' };
  if (unit !== 'h') yield { path: [...path, 'unit'], message: `a product meter counts in h, not in ${unit}` };
}

function* idleFaults(meter: Meter & { kind: 'idle' }, meters: Meters, path: Path): Generator<Complaint> {
  const { of, outside, unit } = meter;
  const [source, product] = [named(of, meters), named(outside, meters)];
  if (product && product.kind !== 'product')
    yield { path: [...path, 'outside'], message: `"${outside}" is a ${product.kind}, not a product meter` };
  if (source && source.kind !== 'counter' && source.kind !== 'gauge')
    yield { path: [...path, 'of'], message: `"${of}" is of kind ${source.kind}, not a counter or gauge` };
  else if (source && source.unit !== unit)
    yield { path: [...path, 'unit'], message: `"${of}" is in ${source.unit}, not in ${unit}` };
}

/** The kinds of piece by which a metric can be formed: those of its line, if all its meters can be divided among them. */
export function kindsOf({ line, numerator, denominator }: Metric, meters: Meters): ProductKind[] {
  const isDivided = [...numerator, ...denominator].every(({ meter }) => {
    const kind = named(meter, meters)?.kind;
    return kind === undefined || kind === 'counter' || kind === 'gauge' || kind === 'event';
  });
  if (!isDivided) return [];
  return meters.flatMap((meter) => (meter?.kind === 'product' && meter.line === line ? [meter.product] : []));
}

function noWindow(kind: ProductKind, metric: Metric, meters: Meters): string {
  const isThere = meters.some(
    (meter) => meter?.kind === 'product' && meter.line === metric.line && meter.product === kind,
  );
  if (!isThere) return `the line has no product meter for each ${kind}`;
  return `not by ${kind}: only counters, gauges and event meters are divided among pieces`;
}
