import { type Accumulator, mergeFlags, statusCodeOf, total } from './accumulator.ts';
import { type Amount, type Coverage, type Evaluation, FLAGS, type Flag, type Reason, type Role } from './evaluation.ts';
import type { Window } from './interval.ts';
import type { MeterSpec, MetricSpec, TermSpec } from './plan.ts';
import { isFrozen, isImplausible } from './plausible.ts';
import { type Ms, type StatusCode, worst } from './sample.ts';
import type { Amendment } from './state.ts';
import { amountUncertainty, ratioUncertainty } from './uncertainty.ts';
import { doubtLeft, withLate, withSettlement, workingOf } from './working.ts';

/** A figure before it is judged and compared. */
export type Figure = Omit<Evaluation, 'limit' | 'baseline' | 'revision'>;

/** Least share of a window that must be measured for a good figure, and known for a meter's amount (metering.md §6). */
const ENOUGH = 0.99;

/** Slack for sums of shares, and for amounts that cancel: no one makes a millionth of a gram. */
const ROUNDING = 1e-9;

/** A meter's own amount over a window: a metric without denominator. `length` is the window's, or what of it has passed. */
export function meterFigure(meter: MeterSpec, window: Window, acc: Accumulator, length: Ms): Figure {
  const coverage = { known: share(acc.known, length), measured: share(acc.measured, length) };
  const value = total(acc);
  const statusCode = statusCodeOf(acc);
  const working = workingOf(meter, acc, length);
  const flags = flagsOf(acc.flags, acc, value, coverage);
  return figureWith(meter, window, ownAmount(meter, { value, statusCode, coverage, flags, working }));
}

type Flagging = Pick<Accumulator, 'start' | 'end' | 'settled' | 'resolution'>;

/** Flags that depend on the whole: a part of it estimated, all of it settled, or one step of a float32 register over 1 % of it (metering.md §2). */
function flagsOf(
  flags: readonly Flag[],
  { start, end, settled, resolution }: Flagging,
  amount: number,
  coverage: Coverage,
): readonly Flag[] {
  const own = flags.length > 0 ? flags.filter((flag) => isOwn(flag, resolution, settled < end - start)) : flags;
  const isCoarse = resolution > 0.01 * Math.abs(amount);
  const told = hasEstimate(coverage, end - start) ? mergeFlags(own, ['estimated']) : own;
  return isCoarse ? mergeFlags(told, ['low-resolution']) : told;
}

/** Whether a flag is the whole's too: not that of an estimate that has given way to settled metal. */
const isOwn = (flag: Flag, resolution: number, isUnsettled: boolean): boolean =>
  flag === 'low-resolution' ? resolution === 0 : flag !== 'estimate' || isUnsettled;

/** Whether of any millisecond only the split of a measured total is estimated. */
const hasEstimate = ({ known, measured }: Coverage, length: Ms): boolean => (known - measured) * length > 0.5;

/** What a meter's own figure says of its amount. */
export type MeterAmount = Pick<Amount, 'value' | 'statusCode' | 'coverage' | 'flags' | 'working'>;

/** The amount with what came late, or with the real metal in place of the estimate. */
export function changed(meter: MeterSpec, before: MeterAmount, change: Amendment): MeterAmount {
  const { working } = before;
  if (change.type === 'settle') {
    const flags = before.flags.filter((flag) => flag !== 'estimate');
    const value = before.value * change.ratio;
    return {
      ...before,
      value,
      flags: change.isReal ? mergeFlags(flags, ['settled']) : before.flags,
      ...(working && { working: withSettlement(working, change.ratio, change.isReal) }),
    };
  }
  const { late } = change;
  const length = late.end - late.start;
  const value = before.value + total(late);
  const coverage = {
    known: Math.min(1, before.coverage.known + late.known / length),
    measured: Math.min(1, before.coverage.measured + late.measured / length),
  };
  return {
    ...before,
    value,
    statusCode: statusCodeOf(doubtLeft(before, late)),
    coverage,
    flags: flagsOf(mergeFlags(flagsLeft(before, coverage, length), late.flags), late, value, coverage),
    ...(working && { working: withLate(meter, { ...before, working }, { value, coverage }, late) }),
  };
}

/** What was estimated is so no more where a late reading says that nothing is known of it. */
const flagsLeft = ({ flags, coverage }: MeterAmount, now: Coverage, length: Ms): readonly Flag[] =>
  hasEstimate(coverage, length) && !hasEstimate(now, length) ? flags.filter((flag) => flag !== 'estimated') : flags;

/** In which order things became known plays no part. */
const inOrder = (flags: readonly Flag[]): readonly Flag[] =>
  flags.length > 1 ? FLAGS.filter((flag) => flags.includes(flag)) : flags;

/** The figure of a revised amount, of which all stands as it was told that the revision does not concern. */
export function revisedMeterFigure(meter: MeterSpec, window: Window, known: MeterAmount): Figure {
  const told: Amount = { ...ownAmount(meter, known), ...known, flags: inOrder(known.flags) };
  return figureWith(meter, window, meter.class === undefined ? told : { ...told, class: meter.class });
}

function figureWith(meter: MeterSpec, window: Window, amount: Amount): Figure {
  const { coverage } = amount;
  const status = statusOf([amount], coverage, ENOUGH);
  const reason: Reason | null = status === 'bad' ? 'incomplete' : isFrozen(amount) ? 'implausible' : null;
  return {
    metric: meter.id,
    equipment: meter.equipment,
    window,
    value: status === 'bad' ? null : amount.value,
    unit: meter.unit,
    uncertainty: status === 'bad' ? undefined : amountUncertainty(amount),
    statusCode: reason === null ? status : 'bad',
    reason,
    coverage,
    amounts: [amount],
  };
}

/** With all of its fields, since there is one of every meter and window: what is added to an object later takes up more. */
const ownAmount = (
  { id, unit, class: ofMeter }: MeterSpec,
  { value, statusCode, coverage, flags, working }: MeterAmount,
): Amount => ({
  meter: id,
  role: 'numerator',
  unit,
  coefficient: 1,
  value,
  statusCode,
  coverage,
  flags: inOrder(flags),
  working,
  class: ofMeter,
  basis: undefined,
});

const share = (part: number, length: number): number => (length > 0 ? Math.min(1, part / length) : 0);

/** Σ kᵢ·amountᵢ / Σ kⱼ·amountⱼ over one window: a ratio of sums, never a mean of ratios. `meters` are the meters' own figures. */
export function metricFigure(metric: MetricSpec, window: Window, meters: (id: string) => Figure): Figure {
  const amountOf =
    (role: Role) =>
    ({ meter, coefficient, basis }: TermSpec): Amount => ({
      ...meters(meter).amounts[0]!,
      role,
      coefficient,
      basis: basis ?? undefined,
    });
  const amounts = metric.numerator.map(amountOf('numerator')).concat(metric.denominator.map(amountOf('denominator')));
  const coverage: Coverage = {
    known: amounts.reduce((least, amount) => Math.min(least, amount.coverage.known), Infinity),
    measured: amounts.reduce((least, amount) => Math.min(least, amount.coverage.measured), Infinity),
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
    uncertainty: ratioUncertainty(amounts, value),
    statusCode: judged,
    reason,
    coverage,
    amounts,
  };
}

function statusOf(amounts: readonly Amount[], coverage: Coverage, minKnown: number): StatusCode {
  if (coverage.known < minKnown - ROUNDING) return 'bad';
  const ofCoverage = coverage.measured >= ENOUGH - ROUNDING ? 'good' : 'uncertain';
  return amounts.reduce<StatusCode>((status, amount) => worst(status, amount.statusCode), ofCoverage);
}

function ratio(
  metric: MetricSpec,
  amounts: readonly Amount[],
  statusCode: StatusCode,
): { value: number | null; reason: Reason | null } {
  if (statusCode === 'bad') return { value: null, reason: 'incomplete' };
  const denominator = sumOf(amounts, 'denominator');
  if (denominator <= ROUNDING || denominator < metric.minDenominator) return { value: null, reason: 'no-production' };
  const value = sumOf(amounts, 'numerator') / denominator;
  return { value, reason: isImplausible(metric, value, amounts) ? 'implausible' : null };
}

export const sumOf = (amounts: readonly Amount[], role: Amount['role']): number =>
  amounts.reduce((sum, one) => (one.role === role ? sum + one.coefficient * one.value : sum), 0);
