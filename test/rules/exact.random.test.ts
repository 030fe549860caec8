import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { Evaluation } from '../../rules/evaluation.ts';
import { at, type Bench } from '../support/engineKit.ts';
import { agrees, counterRun } from '../support/exact/engine.ts';
import { Fraction, sum } from '../support/exact/fraction.ts';
import {
  amountIn,
  counterStretches,
  type ExactReading,
  gaugeStretches,
  knownIn,
  metalStretches,
  pieceStretches,
  type Stretch,
} from '../support/exact/meters.ts';
import { runs } from '../support/properties.ts';
import { type Beat, placedAt, run, smallPlants, storyOf } from '../support/randomPlant.ts';

/** The engine against an arithmetic of fractions that was written from the contract alone, over random series. */

const T = at('2026-11-23T10:00:00+08:00');
const [S, MIN] = [1_000, 60_000];
const F = Fraction.of;

function maxRateOf({ plan }: Bench): number {
  const [meter] = plan.meters;
  if (meter?.kind !== 'counter') throw new TypeError('the first meter is the counter');
  return meter.maxRate;
}

/** Readings of all tags at every beat; those of the register, the power and the current may be bad, or of a wrong clock. */
const withSoundHelpers = (beat: Beat): Beat => {
  const isKept = beat.fault && (beat.fault.tag === 'kwh' || beat.fault.tag === 'kw' || isOfCurrent(beat.fault));
  return isKept ? beat : { ...beat, fault: null };
};
const isOfCurrent = ({ tag, kind }: NonNullable<Beat['fault']>): boolean =>
  tag === 'kA' && kind !== 'silent' && kind !== 'twice';

describe('random series', () => {
  function expectExact(figures: readonly Evaluation[], stretches: readonly Stretch[]): void {
    const whole = sum(stretches.map(({ amount }) => amount));
    for (const { window, amounts, coverage } of figures) {
      agrees(amounts[0]!.value, amountIn(stretches, window.start, window.end), whole);
      agrees(coverage.known, knownIn(stretches, window.start, window.end), F(1));
    }
  }

  test('of plants with glitches, rollovers, bad readings and gaps', { timeout: 480_000 }, () => {
    fc.assert(
      fc.property(smallPlants, (plant) => {
        const { samples } = storyOf(plant);
        const bench = run(plant, samples);
        const readingsOf = (tag: string): ExactReading[] =>
          samples
            .filter((one, index) => one.tag === tag && samples[index - 1] !== one)
            .map((one) => ({ t: placedAt(one), value: one.value as number | bigint | null }));
        const { modulus, scale } = plant.register;
        const maxRate = maxRateOf(bench);
        const counter = counterStretches(
          { scale, maxRate, jitter: 0, ...(modulus !== null && { modulus }) },
          readingsOf('kwh'),
        );
        const gauge = gaugeStretches({ scale: 1, maxGap: MIN, hold: plant.method === 'hold' }, readingsOf('kw'));
        for (const kind of plant.calendar.windows) {
          expectExact(bench.finals('energy', kind), counter);
          expectExact(bench.finals('power', kind), gauge);
        }
      }),
      { numRuns: runs(2_000) },
    );
  });

  test('of pieces and of metal from current', { timeout: 480_000 }, () => {
    fc.assert(
      fc.property(smallPlants, (given) => {
        const plant = { ...given, beats: given.beats.map(withSoundHelpers) };
        const { samples } = storyOf(plant);
        const bench = run(plant, samples);
        const of = (tag: string) => samples.filter((one) => one.tag === tag);
        const [coils, weights, cells] = [of('coil'), of('coil_t'), of('cells')];
        const began = coils.flatMap(({ sourceTimestamp: t, value }, index) =>
          index > 0 && value !== coils[index - 1]!.value ? [{ t, amount: weights[index]!.value as number }] : [],
        );
        const watched: Stretch = {
          ...{ from: coils[0]!.sourceTimestamp, to: coils.at(-1)!.sourceTimestamp },
          ...{ amount: F(0), known: true },
        };
        const metal = metalStretches(
          { maxGap: MIN, efficiency: 0.93 },
          of('kA').map((one, index) => ({
            ...{ t: placedAt(one), value: one.value as number | null },
            cells: cells[index]!.value as number,
          })),
        );
        for (const kind of plant.calendar.windows) {
          expectExact(bench.finals('coils', kind), [watched, ...pieceStretches(began)]);
          expectExact(bench.finals('metal', kind), metal);
        }
      }),
      { numRuns: runs(2_000) },
    );
  });

  test('of registers that fall to zero, are exchanged, or step back a little', { timeout: 480_000 }, () => {
    const step = fc.record({
      seconds: fc.integer({ min: 1, max: 300 }),
      counts: fc.integer({ min: 0, max: 900 }),
      odd: fc.option(fc.constantFrom('reset', 'replacement', 'jitter', 'bad'), { freq: 2 }),
    });
    const steps = fc.array(step, { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(steps, fc.boolean(), (list, resetsToZero) => {
        let [t, count, calm] = [T, 50_000, 0];
        const readings = [{ t, value: count as number | null }];
        for (const { seconds, counts, odd } of list) {
          t += seconds * S;
          const event = calm > 1 ? odd : null;
          calm = event === 'reset' || event === 'replacement' ? 0 : calm + 1;
          count += Math.min(counts, seconds * 3);
          if (event === 'reset') count = Math.min(counts, seconds * 3);
          if (event === 'replacement') count += 1_000_000;
          readings.push({ t, value: event === 'bad' ? null : event === 'jitter' ? count - 1 : count });
        }
        const { bench, stretches } = counterRun({ scale: 0.1, maxRate: 1_080, jitter: 1, resetsToZero }, readings);
        expectExact(bench.finals('energy', 'minute'), stretches);
        expectExact(bench.finals('energy', 'hour'), stretches);
      }),
      { numRuns: runs(2_000) },
    );
  });
});
