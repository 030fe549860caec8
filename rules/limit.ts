import type { LimitState, Verdict } from './evaluation.ts';
import type { Figure } from './metric.ts';
import type { LimitSpec } from './plan.ts';
import type { Ms } from './sample.ts';

/** Slack for the arithmetic's own rounding: equality meets the bound, and 13 000.000 000 000 002 is 13 000. */
const ROUNDING = 1e-12;

/** Whether an unrounded value meets its bound (GB/T 8170, full-value comparison), at least `inside` away from it. */
export function meets({ op, bound }: Pick<LimitSpec, 'op' | 'bound'>, value: number, inside = 0): boolean {
  const slack = Math.abs(bound) * ROUNDING;
  return op === '<=' ? value <= bound - inside + slack : value >= bound + inside - slack;
}

/** What the judgement of a window builds on: how the windows of its kind before it stood to the bound. */
export type Standing = Pick<Verdict, 'state' | 'beyondMs'>;
export const AT_FIRST: Standing = { state: 'normal', beyondMs: 0 };

/**
 * Judges a figure of `length` (metering.md §8). Beyond the bound, it is an alarm once the figures have been so for
 * `onDelay`: the lengths of the windows since the last one that met the bound, and of a running window what has passed of
 * it. A figure that is missing says nothing: neither does it end such a row, nor does it make it longer.
 */
export function judge(limit: LimitSpec, before: Standing, figure: Figure, length: Ms): Verdict {
  const { indicator, op, bound } = limit;
  const { value } = figure;
  const said = { indicator, op, bound, indicative: indicator !== null };
  if (value === null || figure.statusCode === 'bad')
    return { ...said, state: before.state, beyondMs: before.beyondMs, stale: true };
  const isMarginal = Math.abs(value - bound) < (figure.uncertainty ?? 0);
  const judged = { ...said, stale: false, ...(isMarginal && { marginal: true as const }) };
  if (meets(limit, value)) return { ...judged, state: within(limit, before.state, value), beyondMs: 0 };
  const beyondMs = before.beyondMs + length;
  return { ...judged, state: beyond(limit, before.state, beyondMs, isFirm(figure)), beyondMs };
}

/** Only a good figure that rests on no estimate, not even in part, can be an excursion; others warn. */
const isFirm = (figure: Figure): boolean =>
  figure.statusCode === 'good' && !figure.amounts.some((amount) => amount.flags.includes('estimate'));

function beyond({ onDelay }: LimitSpec, before: LimitState, beyondMs: Ms, firm: boolean): LimitState {
  if (before === 'excursion') return 'excursion';
  if (before !== 'warning' && beyondMs < onDelay) return 'normal';
  return firm ? 'excursion' : 'warning';
}

function within(limit: LimitSpec, before: LimitState, value: number): LimitState {
  if (before !== 'excursion' && before !== 'warning') return 'normal';
  if (!meets(limit, value, limit.deadband)) return before;
  return before === 'excursion' ? 'returned' : 'normal';
}
