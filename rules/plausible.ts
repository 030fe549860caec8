import type { Amount } from './evaluation.ts';
import type { MeterSpec, MetricSpec } from './plan.ts';
import { parseUnit, ratio } from './units.ts';

/** Figures that are arithmetic, but cannot be true: shown, and never judged (metering.md §6, plausibility). */

/** The thermodynamic minimum of aluminium electrolysis. */
const LEAST = { value: 6_340, unit: parseUnit('kWh/t') };

/** What is plausible of a metric of which the configuration says nothing. */
export function plausibleRange(
  { unit, denominator }: Pick<MetricSpec, 'unit' | 'denominator'>,
  aluminium: ReadonlySet<string>,
): readonly [number, number] | undefined {
  if (unit === '%') return [0, 100];
  if (!denominator.every(({ meter }) => aluminium.has(meter))) return undefined;
  const factor = ratio(LEAST.unit, parseUnit(unit));
  return factor === null ? undefined : [LEAST.value * factor, Infinity];
}

/** The meters of aluminium of cells: by their name, by how they meter, or because metal from current is settled by them. */
export const aluminiumIn = (meters: readonly MeterSpec[]): ReadonlySet<string> =>
  new Set(
    meters.flatMap((meter) => {
      if (meter.kind === 'faraday') return [meter.id, meter.settle?.tapped ?? meter.id];
      return ALUMINIUM.test(meter.quantity) ? [meter.id] : [];
    }),
  );
const ALUMINIUM = /^(liquid alumini?um|铝液|原铝液?)$/i;

/** Slack for the arithmetic's own rounding: 100.000 000 000 000 01 % is 100 %. */
const ROUNDING = 1e-12;

/** Energy, or its coal equivalent, per something. */
const ENERGY_PER = /^([kMG]?(Wh|J)|kgce|tce)\//;

interface Judged {
  readonly unit: string;
  readonly plausible?: readonly [number, number] | undefined;
}

/** Nothing is produced without energy, and a register that stands still while its line runs counts nothing. */
export function isImplausible({ unit, plausible }: Judged, value: number, amounts: readonly Amount[]): boolean {
  const [least, most] = plausible ?? [-Infinity, Infinity];
  const isOutside = value < least - Math.abs(least) * ROUNDING || value > most + Math.abs(most) * ROUNDING;
  return isOutside || (value === 0 && ENERGY_PER.test(unit)) || amounts.some(isFrozen);
}

export const isFrozen = ({ flags }: Pick<Amount, 'flags'>): boolean => flags.includes('frozen');
