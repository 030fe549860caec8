import type { Amount, Role } from './evaluation.ts';

/** How far a figure may be off because its meters are (metering.md §6). */

/** Limits within which all values are equally likely have this standard deviation. */
const RECTANGULAR = Math.sqrt(3);
const COVERAGE_FACTOR = 2;

/**
 * The expanded uncertainty (k = 2) of a ratio, in its own unit: √(u_N² + u_D²) with the amounts of each side as
 * independent ones. Undefined where a meter does not state its class: a part of the uncertainty would pass for all of it.
 */
export function ratioUncertainty(amounts: readonly Amount[], value: number | null): number | undefined {
  if (value === null || amounts.some((amount) => amount.class === undefined)) return undefined;
  const relative = Math.hypot(relativeOf(amounts, 'numerator'), relativeOf(amounts, 'denominator'));
  return Number.isFinite(relative) ? COVERAGE_FACTOR * Math.abs(value) * relative : undefined;
}

/** The same of a single amount. */
export const amountUncertainty = ({ value, class: ofMeter }: Pick<Amount, 'value' | 'class'>): number | undefined =>
  ofMeter === undefined ? undefined : COVERAGE_FACTOR * Math.abs(value) * standard(ofMeter);

const standard = (limits: number): number => limits / 100 / RECTANGULAR;

/** Standard uncertainty of one side of the ratio over its sum; 0 for a side that is 0 for certain. */
function relativeOf(amounts: readonly Amount[], role: Role): number {
  const own = amounts.filter((amount) => amount.role === role);
  const parts = own.map((amount) => amount.coefficient * amount.value);
  const absolute = Math.hypot(...parts.map((part, index) => part * standard(own[index]!.class!)));
  return absolute === 0 ? 0 : absolute / Math.abs(parts.reduce((sum, part) => sum + part, 0));
}
