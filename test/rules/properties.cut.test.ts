import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Bench } from '../support/engineKit.ts';
import { type RandomPlant, run, smallPlants, storyOf } from '../support/randomPlant.ts';

/** Checkpoint through JSON, restart and go on, at any place of any series, is never having stopped. */

const finals = (bench: Bench, { calendar: { windows } }: RandomPlant): unknown[] =>
  ['energy', 'power', 'coils', 'metal', 'per_coil', 'per_metal'].flatMap((id) =>
    windows.flatMap((kind) => bench.finals(id, kind).map(({ revision: _, ...figure }) => figure)),
  );

test('cut anywhere: what never stopped and what stopped at any places end in the same figures', {
  timeout: 240_000,
}, () => {
  fc.assert(
    fc.property(smallPlants, fc.array(fc.nat({ max: 55 }), { minLength: 1, maxLength: 4 }), (plant, cuts) => {
      const { samples } = storyOf(plant);
      expect(finals(run(plant, samples, cuts), plant)).toEqual(finals(run(plant, samples), plant));
    }),
    { numRuns: 2_000 },
  );
});
