import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../rules/evaluation.ts';
import type { Bench } from '../support/engineKit.ts';
import { runs } from '../support/properties.ts';
import { plants, type RandomPlant, run, storyOf } from '../support/randomPlant.ts';

/** For any plant, calendar and series: what the register rose by is in the windows, whatever their kind, and nothing else. */

const amount = (evaluation: Evaluation): number => evaluation.amounts[0]!.value;
const total = (figures: readonly Evaluation[]): number => figures.reduce((sum, one) => sum + amount(one), 0);

/** Relative to the whole, whose last digit each part may be off by. */
const near = (a: number, b: number, whole = Math.max(Math.abs(a), Math.abs(b))): boolean =>
  Math.abs(a - b) <= 1e-12 * whole;

const METERS = ['energy', 'power', 'coils', 'metal'] as const;

function expectRefined(bench: Bench, { calendar: { windows } }: RandomPlant): void {
  for (const id of METERS) {
    const whole = total(bench.finals(id, windows[0]!));
    for (const [index, coarse] of windows.slice(1).entries()) {
      const parts = bench.finals(id, windows[index]!);
      for (const window of bench.finals(id, coarse)) {
        const inside = parts.filter(
          (part) => part.window.start >= window.window.start && part.window.end <= window.window.end,
        );
        const isTiled = parts.every((part) => inside.includes(part) || isOutside(part, window));
        if (isTiled) expect([id, coarse, near(total(inside), amount(window), whole)]).toEqual([id, coarse, true]);
      }
    }
  }
}
const isOutside = (a: Evaluation, b: Evaluation): boolean =>
  a.window.end <= b.window.start || a.window.start >= b.window.end;

describe('for any plant', () => {
  test('every kind of window adds up to the register’s change, rollovers included, and short ones to long ones', {
    timeout: 480_000,
  }, () => {
    fc.assert(
      fc.property(plants, (plant) => {
        const { samples, counts } = storyOf(plant);
        const bench = run(plant, samples);
        const change = counts.length > 0 ? counts.at(-1)!.count - counts[0]!.count : 0n;
        const expected = Number(change) * plant.register.scale;
        for (const kind of plant.calendar.windows) {
          const sum = total(bench.finals('energy', kind));
          expect([kind, sum, near(sum, expected)]).toEqual([kind, sum, true]);
        }
        expectRefined(bench, plant);
      }),
      { numRuns: runs(2_000) },
    );
  });
});
