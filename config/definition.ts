import { createHash } from 'node:crypto';
import { inputsOf, type MeterSpec } from '../rules/plan.ts';
import { tagEntries } from './diff.ts';
import type { PlantConfig, TagConfig } from './plant.ts';
import { canonicalJson } from './resolve.ts';

/**
 * What readings mean to meters and derived tags, as a short text for each: with another one, what was kept of it from
 * before is of something else.
 */
export interface Definitions {
  readonly meters: ReadonlyMap<string, string>;
  /** Of tags that are computed. */
  readonly derived: ReadonlyMap<string, string>;
}

/** How a meter is judged and shown, and where: its count stays what it was. */
const NOT_DEFINING = new Set(['name', 'line', 'equipment', 'maxRate', 'maxGap', 'periodMs', 'class', 'jitter']);
/** Of a tag. Where its endpoint is reached is left out too: a device may get another address. */
const DEFINING = ['endpoint', 'address', 'unit', 'scale', 'expression', 'acquired'];
/** Letters of a definition's text, each of 6 bits. */
export const LENGTH = 8;

export function definitionsOf(config: PlantConfig): Definitions {
  const tagOf = tagsOf(config);
  const meters = new Map(config.meters.map((meter) => [meter.id, meter]));
  const meterOf = (id: string): unknown => {
    const meter = meters.get(id);
    if (!meter) return null;
    const own = Object.entries(meter).filter(([key]) => !NOT_DEFINING.has(key));
    return [Object.fromEntries(own), inputsOf(meter).map((tag) => tag && tagOf(tag)), restsOn(meter).map(meterOf)];
  };
  const derived = config.tags.filter(({ derivation }) => derivation);
  return {
    meters: new Map(config.meters.map(({ id }) => [id, textOf(meterOf(id))])),
    derived: new Map(derived.map(({ id }) => [id, textOf(tagOf(id))])),
  };
}

/** The ids of what is defined otherwise in `after`; what is only in one of them is not among them. */
export const redefinedIn = (before: Definitions, after: Definitions) => ({
  meters: redefined(before.meters, after.meters),
  derived: redefined(before.derived, after.derived),
});

const redefined = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Set<string> =>
  new Set([...after].filter(([id, text]) => before.has(id) && before.get(id) !== text).map(([id]) => id));

/** The meters without which it has nothing to divide or to settle. */
const restsOn = (meter: MeterSpec): string[] => {
  if (meter.kind === 'product') return [meter.pieces];
  if (meter.kind === 'idle') return [meter.of, meter.outside];
  return meter.kind === 'faraday' && meter.settle ? [meter.settle.tapped] : [];
};

function tagsOf(config: PlantConfig): (id: string) => unknown {
  const entries = tagEntries(config);
  const inputs = new Map(config.tags.map(({ id, derivation }: TagConfig) => [id, derivation?.inputs ?? []]));
  const tagOf = (id: string): unknown => [
    DEFINING.map((key) => entries.get(id)?.[key] ?? null),
    (inputs.get(id) ?? []).map(tagOf),
  ];
  return tagOf;
}

const textOf = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('base64url').slice(0, LENGTH);
