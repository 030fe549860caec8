import type { Entry } from '../entry.ts';
import type { MeterSpec } from '../plan.ts';
import { correctPiece, enterPiece } from './entered.ts';
import { withInventory } from './faraday.ts';
import { type MeterMind, type Minded, minded } from './meter.ts';
import { declareSwap } from './swap.ts';

/** The entries that a kind of meter can take. */
export const TAKES: Readonly<Record<MeterSpec['kind'], readonly Entry['type'][]>> = {
  counter: ['swap'],
  gauge: [],
  event: ['piece', 'correction'],
  faraday: ['inventory'],
  product: [],
  idle: [],
};

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
  if (meter.kind !== 'event' || mind.kind !== 'event') return 'only an event meter counts pieces';
  if (entry.type === 'piece') return minded('event', enterPiece(meter, mind.of, entry));
  const outcome = correctPiece(meter, mind.of, entry);
  return typeof outcome === 'string' ? outcome : minded('event', outcome);
}
