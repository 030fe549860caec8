import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Evaluation } from '../../rules/evaluation.ts';
import type { Ms, Sample, StatusCode } from '../../rules/sample.ts';
import type { Bench } from '../support/engineKit.ts';
import { runs } from '../support/properties.ts';
import { placedAt, type RandomPlant, run, smallPlants, storyOf } from '../support/randomPlant.ts';

/** Doubt about a sample never makes a figure better. */

/** Not the time with a coil in the line: it is known up to the last coil, and a coil that is read later ends later. */
const IDS = ['energy', 'power', 'coils', 'metal', 'per_coil', 'per_metal'];
const RANK: Readonly<Record<StatusCode, number>> = { good: 0, uncertain: 1, bad: 2 };
const SLACK = 1e-12;

/** Each figure beside that of the same window in the other run; a window of which nothing is known has none. */
function pairs(plant: RandomPlant, before: Bench, after: Bench): [Evaluation, Evaluation | undefined][] {
  return IDS.flatMap((id) =>
    plant.calendar.windows.flatMap((kind) => {
      const known = new Map(before.finals(id, kind).map((one) => [one.window.start, one]));
      return after
        .finals(id, kind)
        .map((one): [Evaluation, Evaluation | undefined] => [one, known.get(one.window.start)]);
    }),
  );
}

/** A figure is refused as implausible for what it says: without a reading it may say something else, and be no better for it. */
function doubtIn({ reason, statusCode, amounts, coverage }: Evaluation): number {
  if (reason !== 'implausible') return RANK[statusCode];
  const ofCoverage = coverage.measured < 0.99 - SLACK ? RANK.uncertain : RANK.good;
  return Math.max(ofCoverage, ...amounts.map((amount) => RANK[amount.statusCode]));
}

/** `shift`: how much longer something is known although less was read. */
function expectNoBetter(plant: RandomPlant, before: Bench, after: Bench, withStatus: boolean, shift: Ms): void {
  const better = pairs(plant, before, after).filter(([doubted, trusted]) => {
    const slack = SLACK + shift / (doubted.window.end - doubted.window.start);
    const most = trusted?.coverage ?? { known: 0, measured: 0 };
    const isMore = doubted.coverage.known > most.known + slack || doubted.coverage.measured > most.measured + slack;
    const isCompared = withStatus && shift === 0;
    return isMore || (isCompared && doubtIn(doubted) < (trusted ? doubtIn(trusted) : RANK.bad));
  });
  expect(better).toEqual([]);
}

const isUsable = ({ statusCode }: Sample): boolean => statusCode !== 'bad';

/**
 * Good readings, but no momentary errors, and no last reading of a piece: taking one of those away is no loss. Nobody
 * would know of the piece then, and one that is not weighed takes from what is known; missed, it only makes it uncertain.
 */
function goodOf(plant: RandomPlant): { samples: readonly Sample[]; good: readonly Sample[] } {
  const { samples, counts } = storyOf(plant);
  const known = new Set(counts.map(({ t }) => t));
  const isTrue = (one: Sample): boolean => {
    if (one.tag === 'kwh') return known.has(one.sourceTimestamp);
    return one.tag !== 'coil' || againAt(samples, one) !== undefined;
  };
  const isGood = (one: Sample): boolean => one.statusCode === 'good' && placedAt(one) === one.sourceTimestamp;
  return { samples, good: samples.filter((one) => isGood(one) && isTrue(one)) };
}

/** When the same piece is read again. */
const againAt = (samples: readonly Sample[], { tag, value, sourceTimestamp: t }: Sample): Ms | undefined =>
  samples
    .filter((one) => one.tag === tag && isUsable(one) && one.value === value)
    .map(placedAt)
    .find((again) => again > t);

/** What a piece that is not weighed leaves unknown begins where the one before it was first read: without that reading, later. */
function shiftWithout(samples: readonly Sample[], chosen: Sample): Ms {
  if (chosen.tag !== 'coil' || samples.every(({ tag, statusCode }) => tag !== 'coil_t' || statusCode === 'good'))
    return 0;
  return (againAt(samples, chosen) ?? chosen.sourceTimestamp) - chosen.sourceTimestamp;
}

const isTwin = (a: Sample, b: Sample): boolean => a.tag === b.tag && a.sourceTimestamp === b.sourceTimestamp;

/** A bad reading is as if it were not there: where good ones stand close by, that is better than an uncertain one. */
test('monotony of doubt: worsening a good sample’s status improves neither status nor coverage', {
  timeout: 480_000,
}, () => {
  fc.assert(
    fc.property(
      smallPlants,
      fc.nat(),
      fc.constantFrom('uncertain' as const, 'bad' as const),
      (plant, place, statusCode) => {
        const { samples, good } = goodOf(plant);
        fc.pre(good.length > 0);
        const chosen = good[place % good.length]!;
        const worsened: Sample = { ...chosen, statusCode, value: statusCode === 'bad' ? null : chosen.value };
        // A reading said twice is one reading.
        const doubted = samples.map((one) => (isTwin(one, chosen) ? worsened : one));
        expectNoBetter(plant, run(plant, samples), run(plant, doubted), true, shiftWithout(samples, chosen));
      },
    ),
    { numRuns: runs(2_000) },
  );
});

test('monotony of doubt: removing a good sample never improves coverage', { timeout: 480_000 }, () => {
  fc.assert(
    fc.property(smallPlants, fc.nat(), (plant, place) => {
      const { samples, good } = goodOf(plant);
      fc.pre(good.length > 0);
      const removed = good[place % good.length]!;
      const fewer = samples.filter((one) => !isTwin(one, removed));
      expectNoBetter(plant, run(plant, samples), run(plant, fewer), false, shiftWithout(samples, removed));
    }),
    { numRuns: runs(2_000) },
  );
});
