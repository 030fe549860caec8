import type { Window } from './interval.ts';
import type { Note } from './meter/contract.ts';
import { type FaradayState, inventoryAt } from './meter/faraday.ts';
import type { Figure } from './metric.ts';
import type { MeterSpec } from './plan.ts';

/** What settling a period comes to: `ratio` of real to estimated metal, null when the period cannot be settled. */
export interface Settlement {
  readonly state: FaradayState;
  readonly ratio: number | null;
  readonly note: Note | null;
}

type FaradaySpec = Extract<MeterSpec, { kind: 'faraday' }>;

/**
 * Metal really produced in a period = tapped + change of metal in the cells (0 when no inventory is metered), against
 * the estimate of the same period; the efficiency found becomes the estimate's from now on (metering.md §5).
 */
export function settlementOf(
  meter: FaradaySpec,
  state: FaradayState,
  window: Window,
  estimate: Figure,
  tapped: Figure,
): Settlement {
  const stock = inventoryAt(state, window.end);
  const before = state.settledInventory;
  const kept: FaradayState = { ...state, settledInventory: stock };
  const change = meter.settle?.inventory === undefined ? 0 : stock && before ? stock.value - before.value : null;
  const estimated = estimate.amounts[0]!.value;
  if (change === null || estimate.statusCode !== 'good' || tapped.statusCode !== 'good' || estimated <= 0) {
    return { state: kept, ratio: null, note: { event: 'not-settled', detail: why(change, estimate, tapped) } };
  }
  const mass = tapped.amounts[0]!.value + change;
  const ratio = mass / estimated;
  // The estimate covers only what is known of the period; the efficiency is that of all of it.
  const efficiency = state.efficiency * ratio * estimate.coverage.known;
  const detail = `${tapped.amounts[0]!.value} t tapped, inventory change ${change} t, efficiency ${efficiency}`;
  if (mass <= 0 || efficiency > 1)
    return { state: kept, ratio: null, note: { event: 'implausible-settlement', detail } };
  return { state: { ...kept, efficiency }, ratio, note: { event: 'settled', detail } };
}

function why(change: number | null, estimate: Figure, tapped: Figure): string {
  if (change === null) return 'the metal in the cells at the start or end of the period is not known';
  return `estimate ${estimate.statusCode}, tapped metal ${tapped.statusCode}`;
}
