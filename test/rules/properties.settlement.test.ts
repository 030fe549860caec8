import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Evaluation } from '../../rules/evaluation.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';
import { runs } from '../support/properties.ts';

/** Random potlines whose metal is settled shift by shift: by what was tapped, whatever came when. */

const T = at('2026-11-23T00:00:00+08:00');
const HOUR = 3_600_000;
const HALF = HOUR / 2;
const SHIFT = 8 * HOUR;

const setup: Setup = {
  windows: ['hour', 'shift', 'day'],
  meters: [
    {
      ...{ id: 'tapped', kind: 'event', tag: 'ladle', amountTag: 'ladle_t' },
      ...{ quantity: 'liquid aluminium', unit: 't', maxGapMs: 2 * HALF, periodMs: HALF },
    },
    {
      ...{ id: 'metal', kind: 'faraday', tag: 'kA', cells: 'cells', efficiency: 0.93 },
      ...{ settle: { tapped: 'tapped', period: 'shift' } },
      ...{ quantity: 'liquid aluminium', unit: 't', maxGapMs: 2 * HALF, periodMs: HALF },
    },
  ],
};

const shift = fc.record({
  /** Line current at every half hour, and cells in operation. */
  kA: fc.array(fc.integer({ min: 300, max: 360 }), { minLength: 16, maxLength: 16 }),
  cells: fc.integer({ min: 238, max: 240 }),
  /** In which half hours ladles are weighed, and how much of what the current can make. */
  ladles: fc.uniqueArray(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 4 }),
  share: fc.integer({ min: 800, max: 985 }),
});
type Shift = typeof shift extends fc.Arbitrary<infer S> ? S : never;
type Course = readonly Shift[];

const placesOf = ({ ladles }: Shift): number[] => [...ladles].sort((a, b) => a - b);

/** Hundredths of a tonne of each ladle. */
const ladleOf = ({ kA, cells, ladles, share }: Shift): number =>
  Math.round((0.3356e-3 * Math.min(...kA) * cells * 8 * share) / 10 / ladles.length);

/** All tags at every half hour, beyond the end of the last shift by one. */
function samplesOf(course: Course): Sample[] {
  let [ladle, weight] = [0, 0];
  const last = course.at(-1)!;
  const beats = course.flatMap((one) => one.kA.map((kA, place) => ({ one, kA, place })));
  return [...beats, { one: last, kA: last.kA[0]!, place: 0 }, { one: last, kA: last.kA[0]!, place: 0 }].flatMap(
    ({ one, kA, place }, index) => {
      if (index < beats.length && placesOf(one).includes(place)) [ladle, weight] = [ladle + 1, ladleOf(one) / 100];
      const t = T + index * HALF;
      return Object.entries({ ladle_t: weight, ladle, cells: one.cells, kA }).map(([tag, value]) =>
        sample(tag, t, value),
      );
    },
  );
}

const TAGS = ['ladle_t', 'ladle', 'cells', 'kA'];

/** Each tag's samples held up by so many hours, in their order. */
const heldUp = (samples: readonly Sample[], hours: readonly number[]): Sample[] =>
  samples
    .map((one) => ({ ...one, receivedAt: one.receivedAt + hours[TAGS.indexOf(one.tag)]! * HOUR }))
    .sort((a, b) => a.receivedAt - b.receivedAt || a.sourceTimestamp - b.sourceTimestamp);

function run(samples: readonly Sample[], restarts: readonly number[]): Bench {
  const bench = new Bench(setup, T);
  for (const [index, one] of samples.entries()) {
    if (restarts.includes(index)) bench.restart(bench.now);
    bench.feed(Math.max(bench.now, one.receivedAt), one);
  }
  return bench.until(bench.now + 26 * HOUR);
}

const KINDS = ['hour', 'shift', 'day'] as const;
const amount = ({ amounts }: Evaluation): number => amounts[0]!.value;
const inside = (figures: readonly Evaluation[], start: Ms, end: Ms): number =>
  figures.filter(({ window }) => window.start >= start && window.end <= end).reduce((sum, one) => sum + amount(one), 0);

/** A figure but for its number, and how often it was revised. */
const told = ({ window, statusCode, reason, amounts: [one] }: Evaluation): unknown => [
  window,
  statusCode,
  reason,
  [...one!.flags].sort(),
];
const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(a));
const isSame = (a: Evaluation, b: Evaluation): boolean =>
  isNear(amount(a), amount(b)) &&
  isNear(a.coverage.known, b.coverage.known) &&
  isNear(a.coverage.measured, b.coverage.measured);

const finals = (bench: Bench): Evaluation[] =>
  KINDS.flatMap((kind) => bench.finals('metal', kind)).filter(({ coverage }) => coverage.known > 0);

test('settled metal is what was tapped, over every shift and in all its hours, held up, restarted or not', {
  timeout: 480_000,
}, () => {
  fc.assert(
    fc.property(
      fc.array(shift, { minLength: 1, maxLength: 4 }),
      fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20 })), { minLength: 4, maxLength: 4 }),
      fc.array(fc.nat({ max: 260 }), { maxLength: 3 }),
      (course, hours, restarts) => {
        const samples = samplesOf(course);
        const bench = run(heldUp(samples, hours), restarts);
        const all = bench.finals('metal', 'hour');
        for (const [index, one] of course.entries()) {
          const start = T + index * SHIFT;
          const figure = bench.final('metal', 'shift', start);
          const tapped = (ladleOf(one) / 100) * one.ladles.length;
          expect(figure.amounts[0]!.flags).toEqual(['settled']);
          expect(Math.abs(amount(figure) / tapped - 1)).toBeLessThan(1e-9);
          expect(Math.abs(inside(all, start, start + SHIFT) / tapped - 1)).toBeLessThan(1e-9);
        }
        const [late, straight] = [finals(bench), finals(run(samples, []))];
        expect(late.map(told)).toEqual(straight.map(told));
        expect(late.filter((one, place) => !isSame(one, straight[place]!))).toEqual([]);
      },
    ),
    { numRuns: runs(300) },
  );
});
