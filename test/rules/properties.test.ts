import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WindowKind } from '../../rules/interval.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

/** What must hold for any series, not only for the examples. */

const T = at('2026-11-23T07:50:00+08:00');
const MODULUS = 10_000;
const setup: Setup = {
  windows: ['minute', 'quarterHour', 'hour', 'shift', 'day'],
  meters: [
    {
      id: 'energy',
      kind: 'counter',
      tag: 'kwh',
      quantity: 'electricity',
      unit: 'kWh',
      scale: 0.1,
      modulus: MODULUS,
      maxRate: 36_000,
    },
    { id: 'power', kind: 'gauge', tag: 'kw', quantity: 'electricity', unit: 'kWh' },
  ],
  metrics: [{ id: 'ratio', unit: 'kWh/kWh', numerator: ['energy'], denominator: ['power'] }],
};

/** Seconds between readings (some beyond maxGap), counts between them, power; the register rolls over now and then. */
const series = fc.array(
  fc.record({
    dt: fc.integer({ min: 1, max: 400 }),
    counts: fc.integer({ min: 0, max: 900 }),
    kw: fc.integer({ min: 0, max: 500 }),
  }),
  {
    minLength: 2,
    maxLength: 60,
  },
);
type Series = readonly { readonly dt: number; readonly counts: number; readonly kw: number }[];

function samplesOf(readings: Series): Sample[] {
  let t = T;
  let count = 0;
  return readings.flatMap(({ dt, counts, kw }) => {
    t += dt * 1000;
    count += Math.min(counts, dt * 100);
    return [sample('kwh', t, count % MODULUS), sample('kw', t, kw)];
  });
}

const run = (samples: readonly Sample[], cuts: ReadonlySet<number> = new Set()): Bench => {
  const bench = new Bench(setup, T);
  samples.forEach((one, index) => {
    if (cuts.has(index)) bench.restart(bench.now);
    bench.feed(Math.max(bench.now, one.receivedAt), one);
  });
  return bench.until(bench.now + 25 * 3_600_000);
};

const sum = (bench: Bench, id: string, kind: WindowKind): number =>
  bench.finals(id, kind).reduce((all, e) => all + e.amounts[0]!.value, 0);

const closeTo = (a: number, b: number): void =>
  expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(a), Math.abs(b)) * 10);

describe('for any series', () => {
  test('conservation and refinement: every kind of window adds up to the register’s change', () => {
    fc.assert(
      fc.property(series, (readings) => {
        const bench = run(samplesOf(readings));
        const change = readings.slice(1).reduce((all, { dt, counts }) => all + Math.min(counts, dt * 100), 0) * 0.1;
        for (const kind of setup.windows!) closeTo(sum(bench, 'energy', kind), change);
      }),
      { numRuns: 50 },
    );
  });

  test('cut anywhere: checkpoint, restart and go on gives what never stopping gives', () => {
    fc.assert(
      fc.property(series, fc.array(fc.nat({ max: 119 }), { maxLength: 5 }), (readings, cuts) => {
        const samples = samplesOf(readings);
        const whole = run(samples);
        const cut = run(samples, new Set(cuts));
        for (const id of ['energy', 'power', 'ratio']) {
          for (const kind of setup.windows!)
            expect(withoutRevision(cut, id, kind)).toEqual(withoutRevision(whole, id, kind));
        }
      }),
      { numRuns: 25 },
    );
  });

  test('order: one tag delivered late, in order, ends in the same amounts', () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 3_600 }), (readings, delay) => {
        const samples = samplesOf(readings);
        const delayed = samples
          .map((one) => (one.tag === 'kwh' ? { ...one, receivedAt: one.receivedAt + delay * 1000 } : one))
          .sort((a, b) => a.receivedAt - b.receivedAt);
        const [whole, late] = [run(samples), run(delayed)];
        for (const kind of setup.windows!) {
          const [a, b] = [amounts(whole, kind), amounts(late, kind)];
          for (const [start, value] of a) closeTo(b.get(start) ?? 0, value);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('null over nonsense: no figure is NaN, infinite or negative, and none is null without a reason', () => {
    fc.assert(
      fc.property(series, fc.array(fc.nat({ max: 119 }), { maxLength: 20 }), (readings, spoiled) => {
        const bad = new Set(spoiled);
        const samples = samplesOf(readings).map(
          (one, index): Sample => (bad.has(index) ? { ...one, value: null, statusCode: 'bad' } : one),
        );
        for (const evaluation of run(samples).log) {
          if (evaluation.value === null) expect(evaluation.reason).not.toBeNull();
          else expect(evaluation.value).toSatisfy((value: number) => Number.isFinite(value) && value >= -1e-9);
          expect(evaluation.coverage.measured).toBeLessThanOrEqual(evaluation.coverage.known + 1e-12);
        }
      }),
      { numRuns: 25 },
    );
  });
});

const withoutRevision = (bench: Bench, id: string, kind: WindowKind): unknown[] =>
  bench.finals(id, kind).map(({ revision: _, ...rest }) => rest);
const amounts = (bench: Bench, kind: WindowKind): Map<Ms, number> =>
  new Map(bench.finals('energy', kind).map((e) => [e.window.start, e.amounts[0]!.value]));
