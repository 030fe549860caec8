import { describe, expect, test } from 'vitest';
import type { Ms } from '../../rules/sample.ts';
import { at, Bench, type MetricTerms } from '../support/engineKit.ts';
import { agrees, type Counter, counterRun } from '../support/exact/engine.ts';
import { Fraction, sum } from '../support/exact/fraction.ts';
import { amountIn, faraday, pieceStretches } from '../support/exact/meters.ts';

/** The engine against an arithmetic of fractions that was written from the contract alone: the contract's own examples. */

const T = at('2026-11-23T10:00:00+08:00');
const [S, MIN, H] = [1_000, 60_000, 3_600_000];
const F = Fraction.of;

const counterOf = (bench: Bench, kind: 'minute' | 'hour', start: Ms): number =>
  bench.final('energy', kind, start).amounts[0]!.value;

describe('worked examples', () => {
  const kwh = { scale: 1, maxRate: 100_000 };
  const rows: [number: string, meter: Counter, readings: [ms: number, count: number][], expected: string][] = [
    [
      '1',
      { ...kwh, modulus: 2n ** 32n },
      [
        [0, 4294967290],
        [10 * S, 14],
      ],
      '20',
    ],
    [
      '2',
      { ...kwh, modulus: 2n ** 32n },
      [
        [0, 1000],
        [10 * S, 0],
        [20 * S, 1002],
      ],
      '2',
    ],
    [
      '3',
      { scale: 1, maxRate: 3_600, resetsToZero: true },
      [
        [0, 500],
        [10 * S, 3],
        [20 * S, 5],
      ],
      '5',
    ],
    [
      '12',
      { scale: 0.1, maxRate: 100_000 },
      [
        [0, 2156],
        [15 * S, 2157],
        [30 * S, 2156],
        [45 * S, 2156],
        [60 * S, 2158],
      ],
      '0.2',
    ],
  ];
  test.each(rows)('%s', (_, meter, readings, expected) => {
    const { bench, stretches } = counterRun(
      meter,
      readings.map(([ms, value]) => ({ t: T + ms, value })),
    );
    expect(amountIn(stretches, T, T + H)).toEqual(F(expected));
    agrees(counterOf(bench, 'hour', T), F(expected));
  });

  test('4: an increment across a border', () => {
    const border = T - 30 * S;
    const readings = [
      [border, 10_000],
      [T + 30 * S, 10_060],
    ].map(([t, value]) => ({ t: t!, value: value! }));
    const { bench, stretches } = counterRun({ scale: 0.1, maxRate: 100_000 }, readings);
    for (const start of [T - MIN, T]) {
      expect(amountIn(stretches, start, start + MIN)).toEqual(F(3));
      agrees(counterOf(bench, 'minute', start), F(3));
    }
  });

  test('5: a gap across the hour', () => {
    const readings = [
      { t: T - 2 * MIN, value: 1000 },
      { t: T + 4 * MIN, value: 1600 },
    ];
    const { bench, stretches } = counterRun(kwh, readings);
    for (const [start, expected] of [
      [T - H, 200],
      [T, 400],
    ] as const) {
      expect(amountIn(stretches, start, start + H)).toEqual(F(expected));
      agrees(counterOf(bench, 'hour', start), F(expected));
    }
  });

  /** An hour of so many kWh and m³, and coils: energy over mass and coal equivalent over mass. */
  function millHour(energy: number, coils: readonly number[]): Bench {
    const carriers: MetricTerms = [
      { meter: 'energy', coefficient: 0.1229, unit: 'kgce/kWh' },
      { meter: 'gas', coefficient: 0.1286, unit: 'kgce/m3' },
    ];
    const bench = new Bench(
      {
        windows: ['hour'],
        meters: [
          { id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 100_000 },
          { id: 'gas', kind: 'counter', tag: 'm3', quantity: 'blast-furnace gas', unit: 'm3', maxRate: 100_000 },
          { id: 'mass', kind: 'event', tag: 'coil', amountTag: 'weight', quantity: 'steel', unit: 't' },
        ],
        metrics: [
          { id: 'kwh_per_t', unit: 'kWh/t', numerator: ['energy'], denominator: ['mass'] },
          { id: 'kgce_per_t', unit: 'kgce/t', numerator: carriers, denominator: ['mass'] },
        ],
      },
      T,
    );
    for (let minute = 0; minute <= 60; minute++) {
      const done = Math.min(coils.length, Math.floor(minute / 10));
      const values = { kwh: (energy / 60) * minute, m3: 300 * minute, weight: coils[done - 1] ?? 0, coil: done };
      for (const [tag, value] of Object.entries(values)) bench.read(tag, T + minute * MIN, value);
    }
    return bench.until(T + H + 10 * MIN);
  }

  test('6, 7 and 13: energy over coils, nothing over none, coal equivalents', () => {
    const coils = [21.4, 22.1, 20.9, 23.6];
    const mass = amountIn(pieceStretches(coils.map((amount, index) => ({ t: T + index, amount }))), T, T + H);
    expect(mass).toEqual(F(88));
    const bench = millHour(52_500, coils);
    agrees(bench.final('kwh_per_t', 'hour', T).value!, F(52_500).over(mass));
    const equivalent = sum([F(52_500).times(F(0.1229)), F(18_000).times(F(0.1286))]);
    expect(equivalent).toEqual(F('8767.05'));
    agrees(bench.final('kgce_per_t', 'hour', T).value!, equivalent.over(mass));
    const idle = millHour(4_200, []).final('kwh_per_t', 'hour', T);
    expect(idle).toMatchObject({ value: null, reason: 'no-production' });
    agrees(idle.amounts[0]!.value, F(4_200));
  });

  test('8, 9 and 10: metal by current, the limit met by equality, and the day settled', () => {
    const theoretical = faraday(350_000, 240, 24);
    expect(theoretical).toEqual(F('676.5696'));
    const [produced, energy] = [theoretical.times(F(0.93)), F('8179726.464')];
    expect(produced).toEqual(F('629.209728'));
    expect(energy.over(produced)).toEqual(F(13_000));
    const day = at('2026-11-23T00:00:00+08:00');
    const slow = { maxGapMs: 2 * H, periodMs: H };
    const bench = new Bench(
      {
        windows: ['day'],
        meters: [
          {
            id: 'ac',
            kind: 'counter',
            tag: 'kwh',
            quantity: 'AC energy',
            unit: 'kWh',
            maxRate: 1e6,
            scale: 0.001,
            ...slow,
          },
          {
            ...{ id: 'metal', kind: 'faraday', tag: 'kA', cells: 240, efficiency: 0.93, unit: 't', ...slow },
            ...{ quantity: 'liquid aluminium', settle: { tapped: 'tapped', period: 'day' } },
          },
          { id: 'tapped', kind: 'event', tag: 'ladle', amountTag: 'ladle_t', quantity: 'tapped', unit: 't', ...slow },
        ],
        metrics: [{ id: 'ac_power', unit: 'kWh/t', numerator: ['ac'], denominator: ['metal'] }],
      },
      day,
    );
    const ladles = [...Array<number>(20).fill(30), 26];
    for (let hour = 0; hour <= 26; hour++) {
      const done = Math.min(ladles.length, hour);
      const values = { ladle_t: ladles[done - 1] ?? 0, ladle: done, kwh: (8_179_726_464 / 24) * hour, kA: 350 };
      for (const [tag, value] of Object.entries(values)) bench.read(tag, day + hour * H, value);
    }
    const [estimate, settled] = bench.log.filter((one) => one.metric === 'ac_power');
    agrees(estimate!.value!, F(13_000));
    agrees(settled!.value!, energy.over(F(626)));
    agrees(settled!.amounts[1]!.value / 676.5696, F(626).over(theoretical));
  });

  test('11: a ratio of sums', () => {
    const means = [F(10).over(F(1)), F(10).over(F(3))];
    expect(sum([F(10), F(10)]).over(sum([F(1), F(3)]))).toEqual(F(5));
    expect(sum(means).over(F(2))).not.toEqual(F(5));
    const meters = ['kwh', 't'].map((tag) => ({
      ...({ id: tag, kind: 'counter', tag, quantity: tag, unit: tag, maxRate: 10_000, maxGapMs: H } as const),
    }));
    const metrics = [{ id: 'ratio', unit: 'kwh/t', numerator: ['kwh'], denominator: ['t'] }];
    const bench = new Bench({ windows: ['hour'], meters, metrics }, T);
    for (const [minute, kwh, t] of [
      [0, 0, 0],
      [30, 10, 1],
      [60, 20, 4],
    ] as const)
      bench.read('kwh', T + minute * MIN, kwh).read('t', T + minute * MIN, t);
    agrees(bench.until(T + 2 * H).final('ratio', 'hour', T).value!, F(5));
  });
});
