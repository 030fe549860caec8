import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, Bench, type Setup } from '../support/engineKit.ts';
import { runs } from '../support/properties.ts';

/** Where meters state their class, a figure says how far it may be off (metering.md §6). */

const T = at('2026-11-23T10:00:00+08:00');
const H = 3_600_000;

interface Given {
  readonly energy: readonly (readonly [kwh: number, accuracy?: number])[];
  readonly mass: readonly [t: number, accuracy?: number];
  readonly bound?: number;
}
const meter = (id: string, unit: string, accuracy?: number) => ({
  kind: 'counter' as const,
  ...{ id, tag: id, quantity: id, unit, maxRate: 1e9, maxGap: '2h', scale: 1e-6 },
  ...(accuracy !== undefined && { class: accuracy }),
});

function hourOf({ energy, mass, bound = 600 }: Given) {
  const feeders = energy.map(([, accuracy], index) => meter(`feeder-${index}`, 'kWh', accuracy));
  const setup: Setup = {
    windows: ['hour'],
    meters: [...feeders, meter('mass', 't', mass[1])],
    metrics: [
      {
        ...{ id: 'figure', unit: 'kWh/t', numerator: feeders.map(({ id }) => id), denominator: ['mass'] },
        limit: { op: '<=', bound },
      },
    ],
  };
  const bench = new Bench(setup, T);
  for (const share of [0, 1]) {
    energy.forEach(([kwh], index) => {
      bench.read(`feeder-${index}`, T + share * H, share * kwh * 1e6);
    });
    bench.read('mass', T + share * H, share * mass[0] * 1e6);
  }
  return bench.until(T + 2 * H);
}
const figureOf = (given: Given) => hourOf(given).final('figure', 'hour', T);
const relative = (percent: number): number => percent / 100 / Math.sqrt(3);

describe('the expanded uncertainty of a ratio', () => {
  test('joins those of its sides: class 0.5 over class 0.2', () => {
    const figure = figureOf({ energy: [[52_500, 0.5]], mass: [88, 0.2] });
    expect(figure.value).toBeCloseTo(52_500 / 88, 9);
    expect(figure.uncertainty).toBeCloseTo((52_500 / 88) * 2 * Math.hypot(relative(0.5), relative(0.2)), 9);
  });

  test('counts several meters of a side as independent', () => {
    const figure = figureOf({
      energy: [
        [30_000, 1],
        [40_000, 0.5],
      ],
      mass: [100, 0.2],
    });
    const numerator = Math.hypot(30_000 * relative(1), 40_000 * relative(0.5)) / 70_000;
    expect(figure.uncertainty).toBeCloseTo(700 * 2 * Math.hypot(numerator, relative(0.2)), 9);
  });

  test('is not stated where one meter does not state its class', () => {
    expect(figureOf({ energy: [[30_000, 1], [40_000]], mass: [100, 0.2] }).uncertainty).toBeUndefined();
  });

  test('stands beside a meter’s own amount too', () => {
    const own = hourOf({ energy: [[52_500, 0.5]], mass: [88, 0.2] }).final('feeder-0', 'hour', T);
    expect(own.uncertainty).toBeCloseTo(52_500 * 2 * relative(0.5), 9);
    expect(own.amounts[0]).toMatchObject({ class: 0.5 });
  });

  test('of a window that is revised stays by the class that the meter had, though it is no longer stated', () => {
    const feeder = { ...meter('energy', 'kWh', 0.5), maxGapMs: 2 * H };
    const { class: _, ...unstated } = feeder;
    const bench = new Bench({ meters: [feeder] }, T);
    for (const t of [T, T + 0.5 * H]) bench.read('energy', t, t - T);
    bench.until(T + H + 60_000).change({ meters: [unstated] });
    for (const t of [T + H + 300_000, T + H + 310_000]) bench.read('energy', t, t - T);
    const { revision, value, uncertainty, amounts } = bench.final('energy', 'hour', T);
    expect([revision, amounts[0]!.class]).toEqual([2, 0.5]);
    expect(uncertainty).toBeCloseTo(value! * 2 * relative(0.5), 9);
  });

  test('is of no figure that has no value', () => {
    const figure = figureOf({ energy: [[4_200, 0.5]], mass: [0, 0.2] });
    expect(figure).toMatchObject({ value: null, reason: 'no-production' });
    expect(figure.uncertainty).toBeUndefined();
  });

  test('of more meters is never less relative to the worst of one side than the other side alone', () => {
    const amount = fc.integer({ min: 1, max: 100_000 });
    const accuracy = fc.constantFrom(0.1, 0.2, 0.5, 1, 2);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(amount, accuracy), { minLength: 1, maxLength: 4 }),
        amount,
        accuracy,
        (energy, t, own) => {
          const figure = figureOf({ energy, mass: [t, own] });
          const share = figure.uncertainty! / figure.value!;
          const worst = Math.max(...energy.map(([, percent]) => percent));
          expect(share).toBeGreaterThanOrEqual(2 * relative(own) * (1 - 1e-12));
          expect(share).toBeLessThanOrEqual(2 * Math.hypot(relative(worst), relative(own)) * (1 + 1e-12));
        },
      ),
      { numRuns: runs(100) },
    );
  });
});

describe('a verdict', () => {
  test.each([
    [600, 'normal', true],
    [596, 'excursion', true],
    [700, 'normal', undefined],
    [500, 'excursion', undefined],
  ])('of 596.6 ± 3.7 kWh/t against %d is %s; closer than it can tell: %s', (bound, state, marginal) => {
    expect(figureOf({ energy: [[52_500, 0.5]], mass: [88, 0.2], bound }).limit).toMatchObject({
      state,
      ...(marginal && { marginal }),
    });
    expect(figureOf({ energy: [[52_500, 0.5]], mass: [88, 0.2], bound }).limit?.marginal).toBe(marginal);
  });
});
