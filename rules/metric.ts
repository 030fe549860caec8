import { type Accumulator, total } from './accumulator.ts';
import type { Amount, Coverage, Evaluation, Flag, Reason } from './evaluation.ts';
import type { Window } from './interval.ts';
import type { MeterSpec, MetricSpec } from './plan.ts';
import { type StatusCode, worst } from './sample.ts';

/** A figure before it is judged. */
export type Figure = Omit<Evaluation, 'limit' | 'revision'>;

/** Least share of a window that must be measured for a good figure, and known for a meter's amount (metering.md §6). */
const ENOUGH = 0.99;

/** A meter's own amount over a window: a metric without denominator. `length` is the window's, or what of it has passed. */
export function meterFigure(
  meter: MeterSpec,
  window: Window,
  acc: Accumulator,
  flags: readonly Flag[],
  length: number,
): Figure {
  const coverage = { known: share(acc.known, length), measured: share(acc.measured, length) };
  return meterFigureOf(meter, window, { value: total(acc), statusCode: acc.statusCode, coverage, flags });
}

export function meterFigureOf(
  meter: MeterSpec,
  window: Window,
  known: Pick<Amount, 'value' | 'statusCode' | 'coverage' | 'flags'>,
): Figure {
  const amount: Amount = { meter: meter.id, role: 'numerator', unit: meter.unit, coefficient: 1, ...known };
  const statusCode = statusOf([amount], known.coverage, ENOUGH);
  return {
    metric: meter.id,
    equipment: meter.equipment,
    window,
    value: statusCode === 'bad' ? null : amount.value,
    unit: meter.unit,
    statusCode,
    reason: statusCode === 'bad' ? 'incomplete' : null,
    coverage: known.coverage,
    amounts: [amount],
  };
}

const share = (part: number, length: number): number => (length > 0 ? Math.min(1, part / length) : 0);

/** Σ kᵢ·amountᵢ / Σ kⱼ·amountⱼ over one window: a ratio of sums, never a mean of ratios. `meters` are the meters' own figures. */
export function metricFigure(metric: MetricSpec, window: Window, meters: (id: string) => Figure): Figure {
  const amounts: Amount[] = [
    ...metric.numerator.map((term) => ({
      ...meters(term.meter).amounts[0]!,
      role: 'numerator' as const,
      coefficient: term.coefficient,
    })),
    ...metric.denominator.map((term) => ({
      ...meters(term.meter).amounts[0]!,
      role: 'denominator' as const,
      coefficient: term.coefficient,
    })),
  ];
  const coverage: Coverage = {
    known: Math.min(...amounts.map((amount) => amount.coverage.known)),
    measured: Math.min(...amounts.map((amount) => amount.coverage.measured)),
  };
  const statusCode = statusOf(amounts, coverage, metric.minKnown);
  const { value, reason } = ratio(metric, amounts, statusCode);
  const judged: StatusCode = reason === 'implausible' ? 'bad' : statusCode;
  return {
    metric: metric.id,
    equipment: metric.equipment,
    window,
    value,
    unit: metric.unit,
    statusCode: judged,
    reason,
    coverage,
    amounts,
  };
}

function statusOf(amounts: readonly Amount[], coverage: Coverage, minKnown: number): StatusCode {
  if (coverage.known < minKnown) return 'bad';
  return amounts.map((amount) => amount.statusCode).reduce(worst, coverage.measured >= ENOUGH ? 'good' : 'uncertain');
}

function ratio(
  metric: MetricSpec,
  amounts: readonly Amount[],
  statusCode: StatusCode,
): { value: number | null; reason: Reason | null } {
  if (statusCode === 'bad') return { value: null, reason: 'incomplete' };
  const denominator = sumOf(amounts, 'denominator');
  if (denominator <= 0 || denominator < metric.minDenominator) return { value: null, reason: 'no-production' };
  const value = sumOf(amounts, 'numerator') / denominator;
  const [least, most] = metric.plausible ?? [-Infinity, Infinity];
  return { value, reason: value < least || value > most ? 'implausible' : null };
}

const sumOf = (amounts: readonly Amount[], role: Amount['role']): number =>
  amounts.filter((amount) => amount.role === role).reduce((sum, amount) => sum + amount.coefficient * amount.value, 0);
