import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Ms, Sample } from '../../rules/sample.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';
import { runs } from '../support/properties.ts';

/** The cumulative sum of differences from the baseline: what it is, whatever came when. */

const T = at('2026-11-23T10:00:00+08:00');
const MIN = 60_000;
/** 600 kWh an hour are 10 a minute; each tonne takes 100. */
const [BASE, SLOPE] = [10, 100];

const setup: Setup = {
  windows: ['minute'],
  meters: [
    { id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 1e6 },
    { id: 'mass', kind: 'counter', tag: 't', quantity: 'steel', unit: 't', maxRate: 1e6 },
  ],
  metrics: [
    {
      ...{ id: 'kwh_per_t', unit: 'kWh/t', numerator: ['energy'], denominator: ['mass'] },
      baseline: { unit: 'kWh', base: BASE * 60, slope: SLOPE, cumulate: 'minute' },
    },
  ],
};

/** What was used and made in a minute: whole numbers, so that sums are exact. */
const minute = fc.record({ kwh: fc.integer({ min: 0, max: 400 }), t: fc.integer({ min: 0, max: 3 }) });
/** By how many seconds a reading of either tag is held up. */
const hold = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 600 }));

interface Minute {
  readonly kwh: number;
  readonly t: number;
}

/** Both registers at the end of every minute, each held up behind those before it. */
function samplesOf(minutes: readonly Minute[], holds: readonly (readonly [number, number])[]): Sample[] {
  const [count, last] = [
    { kwh: 0, t: 0 },
    { kwh: T, t: T },
  ];
  const samples = [sample('kwh', T, 0), sample('t', T, 0)];
  for (const [index, one] of minutes.entries()) {
    const end = T + (index + 1) * MIN;
    for (const [place, tag] of (['kwh', 't'] as const).entries()) {
      count[tag] += one[tag];
      last[tag] = Math.max(last[tag], end + (holds[index % holds.length]?.[place] ?? 0) * 1_000);
      samples.push({ ...sample(tag, end, count[tag]), receivedAt: last[tag] });
    }
  }
  return samples.sort((a, b) => a.receivedAt - b.receivedAt);
}

function sums(samples: readonly Sample[], restarts: readonly number[]): [start: Ms, number | null, number | null][] {
  const bench = new Bench(setup, T);
  for (const [index, one] of samples.entries()) {
    if (restarts.includes(index)) bench.restart(bench.now);
    bench.feed(Math.max(bench.now, one.receivedAt), one);
  }
  bench.until(bench.now + 20 * MIN);
  return bench
    .finals('kwh_per_t', 'minute')
    .map(({ window, baseline }) => [window.start, baseline!.difference, baseline!.cumulative]);
}

test('it is the sum of actual − (base × hours + slope × tonnes) over the minutes in which both are plausible, held up, restarted or not', {
  timeout: 480_000,
}, () => {
  fc.assert(
    fc.property(
      fc.array(minute, { minLength: 1, maxLength: 15 }),
      fc.array(fc.tuple(hold, hold), { maxLength: 6 }),
      fc.array(fc.nat({ max: 30 }), { maxLength: 2 }),
      (minutes, holds, restarts) => {
        let cumulative = 0;
        const expected = minutes.map(({ kwh, t }, index) => {
          // Tonnes of no energy are implausible; energy of no tonnes has no ratio, but was used.
          const difference = t === 0 || kwh > 0 ? kwh - BASE - SLOPE * t : null;
          cumulative += difference ?? 0;
          return [T + index * MIN, difference, cumulative];
        });
        expect(sums(samplesOf(minutes, holds), restarts).slice(0, minutes.length)).toEqual(expected);
      },
    ),
    { numRuns: runs(1_000) },
  );
});
