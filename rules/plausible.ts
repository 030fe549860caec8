import type { Amount } from './evaluation.ts';
import type { MetricSpec } from './plan.ts';

/** Figures that are arithmetic, but cannot be true: shown, and never judged (metering.md §6, plausibility). */

/** The thermodynamic minimum of aluminium electrolysis, by unit. */
const LEAST_FOR_ALUMINIUM: Readonly<Record<string, number>> = { 'kWh/t': 6_340, 'MWh/t': 6.34, 'kWh/kg': 6.34 };

/** What is plausible of a metric of which the configuration says nothing. */
export function plausibleRange(
  { unit, denominator }: Pick<MetricSpec, 'unit' | 'denominator'>,
  quantityOf: (meter: string) => string | undefined,
): readonly [number, number] | undefined {
  if (unit === '%') return [0, 100];
  const isAluminium = denominator.every(({ meter }) => quantityOf(meter) === 'liquid aluminium');
  const least = LEAST_FOR_ALUMINIUM[unit];
  return isAluminium && least !== undefined ? [least, Infinity] : undefined;
}

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
