import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Evaluation } from '../../rules/evaluation.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { runs } from '../support/properties.ts';
import { placedAt, plants, run, storyOf } from '../support/randomPlant.ts';

/** Nothing comes of nothing, and nonsense is null. */

const SLACK = 1e-12;
const TAG_OF = { energy: 'kwh', power: 'kw', coils: 'coil', metal: 'kA' } as const;

/** Between which readings of a tag something may be known of it. */
function reachOf(samples: readonly Sample[], tag: string): [Ms, Ms] {
  const times = samples.filter((one) => one.tag === tag && one.statusCode !== 'bad').map(placedAt);
  return [Math.min(...times), Math.max(...times)];
}

const isAmount = (value: number): boolean => Number.isFinite(value) && value >= 0;

function isSense({ value, reason, statusCode, coverage, amounts }: Evaluation): boolean {
  const over = amounts.filter(({ role }) => role === 'denominator');
  return (
    (value === null ? reason !== null : isAmount(value)) &&
    (statusCode !== 'good' || reason === null || reason === 'no-production') &&
    coverage.measured <= coverage.known + SLACK &&
    coverage.known <= 1 + SLACK &&
    amounts.every((amount) => isAmount(amount.value)) &&
    (over.length === 0 || value === null || over.some((amount) => amount.value > 0))
  );
}

/** Whether no more is known than what lies between readings, and nothing is counted beyond them. */
function isFounded({ metric, window, amounts, coverage }: Evaluation, [from, to]: [Ms, Ms]): boolean {
  const inside = Math.max(0, Math.min(window.end, to) - Math.max(window.start, from));
  // A piece is counted at an instant, also at the last one of which anything is known.
  const isReached = inside > 0 || (metric === 'coils' && window.start <= to && window.end > from);
  return coverage.known <= inside / (window.end - window.start) + SLACK && (isReached || amounts[0]!.value === 0);
}

test('no invention, null over nonsense: amounts lie between readings, are finite and not negative, ratios are over something', {
  timeout: 480_000,
}, () => {
  fc.assert(
    fc.property(plants, (plant) => {
      const { samples } = storyOf(plant);
      const bench = run(plant, samples);
      expect(bench.log.filter((figure) => !isSense(figure))).toEqual([]);
      for (const [id, tag] of Object.entries(TAG_OF)) {
        const reach = reachOf(samples, tag);
        const figures = plant.calendar.windows.flatMap((kind) => bench.finals(id, kind));
        expect(figures.filter((figure) => !isFounded(figure, reach))).toEqual([]);
      }
    }),
    { numRuns: runs(2_000) },
  );
});
