import type { Ms } from '../sample.ts';
import { cut, type Segment, times, within } from '../segment.ts';

/** What went through the line, as long as an operator may still tell through how many cells it went. */

/** Within it the current counts as even when cells are told afterwards. */
const STEP: Ms = 300_000;
/** Fifty hours; the oldest go first. */
const MOST_STEPS = 600;

/** Current × hours from `start` to `end` without a gap, by the steps of which the first and the last may be parts. */
interface Run {
  readonly start: Ms;
  readonly end: Ms;
  readonly steps: readonly number[];
}

export interface Charge {
  /** What was before is not kept. */
  readonly since: Ms;
  readonly runs: readonly Run[];
}

export const chargeFrom = (since: Ms): Charge => ({ since, runs: [] });

const stepOf = (t: Ms): number => Math.floor(t / STEP);
const startOf = ({ start }: Run, index: number): Ms => Math.max(start, (stepOf(start) + index) * STEP);
const endOf = ({ start, end }: Run, index: number): Ms => Math.min(end, (stepOf(start) + index + 1) * STEP);

/** With a stretch of current that comes after all before it. */
export function withCharge({ since, runs }: Charge, stretch: Segment): Charge {
  const first = stepOf(stretch.start) + 1;
  const borders = Array.from({ length: stepOf(stretch.end) - first + 1 }, (_, index) => (first + index) * STEP);
  return bounded({ since, runs: cut(stretch, borders).reduce(added, runs) });
}

function added(runs: readonly Run[], { start, end, amount }: Segment): readonly Run[] {
  const last = runs.at(-1);
  if (last?.end !== start) return [...runs, { start, end, steps: [amount] }];
  const isSame = start < endOf({ ...last, end: Infinity }, last.steps.length - 1);
  const steps = isSame ? last.steps.with(-1, last.steps.at(-1)! + amount) : [...last.steps, amount];
  return runs.with(-1, { ...last, end, steps });
}

function bounded(charge: Charge): Charge {
  const [first, ...rest] = charge.runs;
  if (!first || charge.runs.reduce((sum, { steps }) => sum + steps.length, 0) <= MOST_STEPS) return charge;
  const since = endOf(first, 0);
  const left = first.steps.length > 1 ? [{ ...first, start: since, steps: first.steps.slice(1) }] : [];
  return bounded({ since, runs: [...left, ...rest] });
}

/** What went through one cell in [from, to), as a stretch for each step. */
export function chargeBetween({ runs }: Charge, from: Ms, to: Ms): Segment[] {
  return runs.flatMap((run) =>
    run.steps.flatMap((amount, index) => {
      const whole = even(startOf(run, index), endOf(run, index), amount);
      const [start, end] = [Math.max(whole.start, from), Math.min(whole.end, to)];
      return end > start ? [even(start, end, within(whole, start, end))] : [];
    }),
  );
}

/** Its time is known already, and so is the doubt about it. */
const even = (start: Ms, end: Ms, amount: number): Segment => ({
  ...{ start, end, amount, bend: 0 },
  knowledge: 'unknown',
  statusCode: 'good',
  flags: ['manual'],
  seen: { perHour: Infinity, efficiency: 1 },
});

/** What it makes of metal in so many cells more. */
export const inCells = (stretches: readonly Segment[], cells: number, perCell: number): Segment[] =>
  cells === 0 ? [] : stretches.map((stretch) => times(stretch, cells * perCell));
