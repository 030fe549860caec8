import type { Ms } from '../../rules/sample.ts';
import type { Meter } from './contract.ts';

/** What befalls a meter. */
export interface MeterFault {
  /** Its register begins a minute before it rolls over. */
  readonly rollover?: boolean;
  /** A new meter, which starts at 0, takes its place: at that instant, when the old one had counted so many units. */
  readonly swap?: { readonly at: Ms; readonly total: number };
}

/** A meter's register at an instant, exact at any width. */
export function counter(meter: Meter, { rollover, swap }: MeterFault): (at: Ms) => bigint {
  const aMinute = BigInt(Math.ceil((meter.usual * meter.perUnit) / 60));
  const start = rollover ? meter.modulus - aMinute : meter.start;
  return (at) => {
    const swapped = swap && at >= swap.at ? swap : undefined;
    const units = meter.total(at) - (swapped?.total ?? 0);
    return ((swapped ? 0n : start) + whole(units * meter.perUnit)) % meter.modulus;
  };
}

/** Whole counts; a hair is added because 29 / 100 * 100 falls short of 29. */
const whole = (counts: number): bigint => BigInt(Math.floor(counts + 1e-6));
