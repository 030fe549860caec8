import type { LimitState, Verdict } from './evaluation.ts';
import type { Figure } from './metric.ts';
import type { LimitSpec } from './plan.ts';

/** Slack for the arithmetic's own rounding: equality meets the bound, and 13 000.000 000 000 002 is 13 000. */
const ROUNDING = 1e-12;

/** Whether an unrounded value meets its bound (GB/T 8170, full-value comparison), at least `inside` away from it. */
export function meets({ op, bound }: Pick<LimitSpec, 'op' | 'bound'>, value: number, inside = 0): boolean {
  const slack = Math.abs(bound) * ROUNDING;
  return op === '<=' ? value <= bound - inside + slack : value >= bound + inside - slack;
}

/** Judges a figure; `before` is the state of the same metric's window before it (metering.md §8). */
export function judge(limit: LimitSpec, before: LimitState, figure: Figure): Verdict {
  const { indicator, op, bound } = limit;
  const stale = figure.value === null || figure.statusCode === 'bad';
  const state = stale ? before : next(limit, before, figure.value!, isFirm(figure));
  const marginal = !stale && Math.abs(figure.value! - bound) < (figure.uncertainty ?? 0);
  return { indicator, op, bound, state, stale, indicative: indicator !== null, ...(marginal && { marginal }) };
}

/** Only a good figure that rests on no estimate, not even in part, can be an excursion; others warn. */
const isFirm = (figure: Figure): boolean =>
  figure.statusCode === 'good' && !figure.amounts.some((amount) => amount.flags.includes('estimate'));

function next(limit: LimitSpec, before: LimitState, value: number, firm: boolean): LimitState {
  if (!meets(limit, value)) return firm || before === 'excursion' ? 'excursion' : 'warning';
  if (before !== 'excursion' && before !== 'warning') return 'normal';
  if (!meets(limit, value, limit.deadband)) return before;
  return before === 'excursion' ? 'returned' : 'normal';
}
