import type { FaradayOptions } from '../options.ts';
import type { Ms, StatusCode } from '../sample.ts';
import { worst } from '../sample.ts';
import { isUsable, nothing, type Outcome, type Reading } from './contract.ts';
import { ramp } from './gauge.ts';

interface Known {
  readonly t: Ms;
  readonly value: number;
  readonly statusCode: StatusCode;
}

export interface FaradayState {
  /** The last current, with the cells then in operation. */
  readonly last: (Known & { readonly cells: Known }) | null;
  readonly cells: Known | null;
  /** Metal in the cells, the newest two readings. */
  readonly inventory: readonly Known[];
  /** Inventory at the last settlement. */
  readonly settledInventory: Known | null;
  /** Current efficiency 0..1: the configured one until one is settled. */
  readonly efficiency: number;
}

export const faradayStart = (options: FaradayOptions): FaradayState => ({
  last: null,
  cells: typeof options.cells === 'number' ? { t: 0, value: options.cells, statusCode: 'good' } : null,
  inventory: [],
  settledInventory: null,
  efficiency: options.efficiency,
});

/**
 * Metal produced in the cells: constant × current × cells × hours × efficiency (Faraday; metering.md §5).
 * Input 0 is the line current, 1 the cells in operation, 2 the metal in the cells.
 */
export function readFaraday(
  options: FaradayOptions & { readonly maxGap: Ms },
  state: FaradayState,
  reading: Reading,
): Outcome<FaradayState> {
  const known = knownOf(reading);
  if (reading.input === 1) return nothing({ ...state, cells: known });
  if (reading.input === 2)
    return nothing(known ? { ...state, inventory: [...state.inventory.slice(-1), known] } : state);
  const { last, cells } = state;
  const next = known && cells ? { ...known, cells } : null;
  if (!last || !known || known.t - last.t > options.maxGap) return nothing({ ...state, last: next });
  const tonnesPerAmpereHour = (options.constant / 1e6) * last.cells.value * state.efficiency * options.scale;
  const from = { t: last.t, rate: last.value, statusCode: worst(last.statusCode, last.cells.statusCode) };
  const segment = ramp(from, { t: known.t, rate: known.value, statusCode: known.statusCode }, tonnesPerAmpereHour);
  return { state: { ...state, last: next }, segments: [{ ...segment, flags: ['estimate'] }], notes: [] };
}

function knownOf(reading: Reading): Known | null {
  if (!isUsable(reading) || typeof reading.value === 'string') return null;
  return { t: reading.t, value: Number(reading.value), statusCode: reading.statusCode };
}

/** The inventory as it stood at `t`: the newest reading not after it. */
export const inventoryAt = (state: FaradayState, t: Ms): Known | null =>
  state.inventory.findLast((known) => known.t <= t) ?? null;
