import { type Accumulator, total } from './accumulator.ts';
import type { Window } from './interval.ts';
import type { Known, Note } from './meter/contract.ts';
import { meterFigure } from './metric.ts';
import type { MeterSpec } from './plan.ts';
import type { Ms } from './sample.ts';

/** What was really produced in a period, against what the current says (metering.md §5). */

export type FaradaySpec = Extract<MeterSpec, { kind: 'faraday' }>;

/** A closed period of settlement, kept as long as something may still come for it. */
export interface Period {
  readonly start: Ms;
  readonly end: Ms;
  /** Metal as it counts now: by Faraday at `efficiency`, or the real mass. */
  readonly metal: Accumulator;
  readonly tapped: Accumulator;
  /** Metal in the cells at its start and end; null where none was read. */
  readonly stockBefore: Known | null;
  readonly stockAfter: Known | null;
  /** What the metal by current at full efficiency has been multiplied with. */
  readonly factor: number;
  readonly isSettled: boolean;
  /** Something came since it was last looked at. */
  readonly isDue: boolean;
}

/** A closed window longer than a period, and how much of it is settled. */
export interface Longer extends Window {
  readonly settled: Ms;
}

/** `mass`: metal really produced; null when that is not known. */
export interface Settlement {
  readonly mass: number | null;
  readonly note: Note;
}
export const notSettled = (detail: string): Settlement => ({ mass: null, note: { event: 'not-settled', detail } });

/** The current is known of most of the period, the mass is that of all of it: what is known carries the rest. */
export const efficiencyOf = ({ factor, metal, start, end }: Period): number =>
  factor * Math.min(1, metal.known / (end - start));

/** Metal really produced = tapped + change of metal in the cells (0 when none is entered). */
export function settlementOf(spec: FaradaySpec, period: Period): Settlement {
  const window = { kind: spec.settle!.period, start: period.start, end: period.end };
  const [metal, tapped] = [period.metal, period.tapped].map(
    (acc) => meterFigure(spec, window, acc, period.end - period.start).statusCode,
  );
  const { stockBefore, stockAfter } = period;
  const estimate = total(period.metal);
  if (metal !== 'good' || tapped !== 'good' || estimate <= 0)
    return notSettled(`estimate ${metal}, tapped metal ${tapped}`);
  if (stockAfter && !stockBefore) return notSettled('the metal in the cells at the start is not known');
  const change = stockBefore && stockAfter ? stockAfter.value - stockBefore.value : 0;
  const mass = total(period.tapped) + change;
  const efficiency = (mass / estimate) * efficiencyOf(period);
  const detail = `${total(period.tapped)} t tapped, inventory change ${change} t, efficiency ${efficiency}`;
  if (mass <= 0 || efficiency > 1) return { mass: null, note: { event: 'implausible-settlement', detail } };
  return { mass, note: { event: 'settled', detail } };
}
