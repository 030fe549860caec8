import type { Comparison } from './evaluation.ts';
import { type Figure, sumOf } from './metric.ts';
import type { BaselineSpec } from './plan.ts';
import type { Ms } from './sample.ts';

const HOUR: Ms = 3_600_000;

/**
 * What was used in a figure's window of `length` against what was to be expected (ISO 50006). `before` is the comparison
 * of the window of its kind before it; its sum goes on as long as the baseline stays what it is. A window without
 * production has no ratio, but what it used is known, and so is its base load. What is incomplete or implausible adds nothing.
 */
export function compare(
  baseline: BaselineSpec,
  before: Comparison | null | undefined,
  figure: Figure,
  length: Ms,
): Comparison {
  const { unit, base, slope, cumulate } = baseline;
  const isKnown = figure.statusCode !== 'bad';
  const actual = isKnown ? sumOf(figure.amounts, 'numerator') : null;
  const expected = isKnown ? (base * length) / HOUR + slope * sumOf(figure.amounts, 'denominator') : null;
  const difference = isKnown ? actual! - expected! : null;
  const goesOn = before?.base === base && before.slope === slope;
  const sum = (goesOn ? (before.cumulative ?? 0) : 0) + (difference ?? 0);
  return { unit, base, slope, actual, expected, difference, cumulative: figure.window.kind === cumulate ? sum : null };
}
