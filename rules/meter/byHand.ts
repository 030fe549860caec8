import type { Entry } from '../entry.ts';
import type { MeterSpec } from '../plan.ts';
import { correctPiece, enterPiece } from './entered.ts';
import { isByHand, tellCells, withInventory } from './faraday.ts';
import { type MeterMind, type Minded, minded } from './meter.ts';
import { declareSwap } from './swap.ts';

/** The entries that a meter can take; cells are asked for once, of the first of the `meters` that they are told for. */
export function takes(meter: MeterSpec, meters: readonly MeterSpec[]): readonly Entry['type'][] {
  switch (meter.kind) {
    case 'counter':
      return ['swap'];
    case 'event':
      return ['piece', 'correction'];
    case 'faraday':
      return meters.find((one) => sharesCells(one, meter)) === meter ? ['inventory', 'cells'] : ['inventory'];
    default:
      return [];
  }
}

/** Whether both are metal from the same current, of which no tag tells the cells. */
export const sharesCells = (one: MeterSpec, other: MeterSpec): boolean =>
  one.kind === 'faraday' && other.kind === 'faraday' && one.tag === other.tag && isByHand(one) && isByHand(other);

/** The meters, by their positions, that an entry for the one at `index` concerns. */
export function concernedBy({ type }: Entry, index: number, meters: readonly MeterSpec[]): readonly number[] {
  if (type !== 'cells' || !sharesCells(meters[index]!, meters[index]!)) return [index];
  return [...meters.keys()].filter((place) => sharesCells(meters[place]!, meters[index]!));
}

/** Gives an operator's entry to the meter's own rule; a text says why the meter cannot take it. */
export function enter(meter: MeterSpec, mind: MeterMind, entry: Entry): Minded | string {
  if (entry.type === 'swap') {
    if (meter.kind !== 'counter' || mind.kind !== 'counter') return 'only a counter has a register that is exchanged';
    const outcome = declareSwap(meter, mind.of, entry);
    return typeof outcome === 'string' ? outcome : minded('counter', outcome);
  }
  if (entry.type === 'inventory') {
    if (mind.kind !== 'faraday') return 'only a faraday meter has metal in cells';
    const known = { t: entry.at, value: entry.amount, statusCode: 'good' as const };
    return { mind: { kind: 'faraday', of: withInventory(mind.of, known) }, segments: [], notes: [] };
  }
  if (entry.type === 'cells') {
    if (meter.kind !== 'faraday' || mind.kind !== 'faraday') return 'only a faraday meter has cells';
    const outcome = tellCells(meter, mind.of, entry);
    return typeof outcome === 'string' ? outcome : minded('faraday', outcome);
  }
  if (meter.kind !== 'event' || mind.kind !== 'event') return 'only an event meter counts pieces';
  if (entry.type === 'piece') return minded('event', enterPiece(meter, mind.of, entry));
  const outcome = correctPiece(meter, mind.of, entry);
  return typeof outcome === 'string' ? outcome : minded('event', outcome);
}
