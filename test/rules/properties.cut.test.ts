import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Amount, Evaluation } from '../../rules/evaluation.ts';
import type { Bench } from '../support/engineKit.ts';
import { runs } from '../support/properties.ts';
import { type RandomPlant, run, smallPlants, storyOf } from '../support/randomPlant.ts';

/** Checkpoint through JSON, restart and go on, at any place of any series, is never having stopped. */

const IDS = ['energy', 'power', 'coils', 'metal', 'inLine', 'idle', 'per_coil', 'per_metal'];

/**
 * All that a figure says but which revision it is. After a restart inputs get their time to report before windows close
 * without them: what comes then is no revision, and is one where nothing was restarted.
 */
const finals = (bench: Bench, { calendar: { windows } }: RandomPlant): unknown[] =>
  IDS.flatMap((id) =>
    [...windows, 'coil' as const].flatMap((kind) =>
      bench.finals(id, kind).map(({ revision: _, amounts, ...figure }) => ({ ...figure, amounts: amounts.map(said) })),
    ),
  );
const said = ({ working, ...amount }: Amount): unknown => ({ ...amount, working: { ...working, revised: null } });

test('cut anywhere: what never stopped and what stopped at any places end in the same figures', {
  timeout: 480_000,
}, () => {
  fc.assert(
    fc.property(smallPlants, fc.array(fc.nat({ max: 55 }), { minLength: 1, maxLength: 4 }), (plant, cuts) => {
      const { samples } = storyOf(plant);
      expect(finals(run(plant, samples, cuts), plant)).toEqual(finals(run(plant, samples), plant));
    }),
    { numRuns: runs(2_000) },
  );
});

/** The working of a meter's own figure says that it was revised when it was. */
const isTold = ({ revision, amounts: [amount] }: Evaluation): boolean => amount?.working?.revised === revision > 1;

test('a meter’s figure says that it was revised exactly when it was, restarted or not', { timeout: 480_000 }, () => {
  fc.assert(
    fc.property(smallPlants, fc.array(fc.nat({ max: 55 }), { maxLength: 4 }), (plant, cuts) => {
      const { log, plan } = run(plant, storyOf(plant).samples, cuts);
      expect(log.filter((one) => plan.meterIndex.has(one.metric) && !isTold(one))).toEqual([]);
    }),
    { numRuns: runs(500) },
  );
});
