import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Amount, Evaluation } from '../../rules/evaluation.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import type { Bench } from '../support/engineKit.ts';
import { runs } from '../support/properties.ts';
import { type Beat, type RandomPlant, run, smallPlants, storyOf, TAGS, type Tag } from '../support/randomPlant.ts';

/** However tags interleave, and however long each one's samples are held up in their order: the final figures are the same. */

const IDS = ['energy', 'power', 'coils', 'metal', 'inLine', 'idle', 'per_coil', 'per_metal'];

/** What has come out in the end. Of a window of which nothing is known there may be a figure or none. */
const finals = (bench: Bench, { calendar: { windows } }: RandomPlant): Evaluation[] =>
  IDS.flatMap((id) => [...windows, 'coil' as const].flatMap((kind) => bench.finals(id, kind))).filter(({ amounts }) =>
    amounts.some(({ coverage }) => coverage.known > 1e-12),
  );

const isNear = (a: number | null, b: number | null): boolean =>
  a === b || (a !== null && b !== null && Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(a), Math.abs(b)));
/** What became of an amount of which nothing is left (it was counted, and then a late reading said otherwise) says nothing. */
const signOfAmount = ({ statusCode, flags, coverage }: Amount): unknown =>
  coverage.known > 1e-12 && [statusCode, [...flags].sort()];
const signOf = ({ metric, window, statusCode, reason, amounts }: Evaluation): string =>
  JSON.stringify([metric, window, statusCode, reason, amounts.map(signOfAmount)]);
const isSame = (a: Evaluation, b: Evaluation | undefined): boolean =>
  b !== undefined &&
  signOf(a) === signOf(b) &&
  isNear(a.value, b.value) &&
  a.amounts.every((amount, index) => {
    const other = b.amounts[index]!;
    const { known, measured } = other.coverage;
    const isAsKnown = isNear(amount.coverage.known, known) && isNear(amount.coverage.measured, measured);
    return isNear(amount.value, other.value) && isAsKnown;
  });

/** Each sample so much later, none before one of its tag that was made earlier. */
function heldUp(samples: readonly Sample[], holds: readonly number[]): Sample[] {
  const last = new Map<string, Ms>();
  const held = samples.map((one, index) => {
    const seconds = holds[(index * 7 + TAGS.indexOf(one.tag as Tag)) % holds.length]!;
    const receivedAt = Math.max(one.receivedAt + seconds * 1_000, last.get(one.tag) ?? 0);
    last.set(one.tag, receivedAt);
    return { ...one, receivedAt };
  });
  return held.sort((a, b) => a.receivedAt - b.receivedAt);
}

/** A sample from the future is placed where it was received: later, when it is held up. */
const onTime = (beat: Beat): Beat => (beat.fault?.kind === 'ahead' ? { ...beat, fault: null } : beat);

test('order: any interleaving of tags and any delay of samples in order end in the same figures', {
  timeout: 480_000,
}, () => {
  const holds = fc.array(
    fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 40_000 })),
    {
      minLength: 1,
      maxLength: 9,
    },
  );
  fc.assert(
    fc.property(smallPlants, holds, (given, seconds) => {
      const plant = { ...given, beats: given.beats.map(onTime) };
      const { samples } = storyOf(plant);
      const straight = finals(run(plant, samples), plant);
      const late = finals(run(plant, heldUp(samples, seconds)), plant);
      const differing = straight.flatMap((one, index) => (isSame(one, late[index]) ? [] : [[one, late[index]]]));
      expect(differing).toEqual([]);
      expect(late).toHaveLength(straight.length);
    }),
    { numRuns: runs(2_000) },
  );
});
