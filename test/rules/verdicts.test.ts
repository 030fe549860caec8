import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../rules/evaluation.ts';
import type { Ms } from '../../rules/sample.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

/** Figures, their worth, and what bounds say to them: metering.md §6 and §8. */

const T = at('2026-11-23T10:00:00+08:00');
const S = 1_000;
const MIN = 60 * S;

type Limit = { op: '<=' | '>='; bound: number; deadband?: number; indicator?: string };
const ratio = (limit?: Limit, more: object = {}): Setup => ({
  windows: ['minute', 'hour'],
  meters: [
    { id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 1e6 },
    { id: 'mass', kind: 'counter', tag: 't', quantity: 'steel', unit: 't', maxRate: 1e6 },
  ],
  metrics: [
    { id: 'kwh_per_t', unit: 'kWh/t', numerator: ['energy'], denominator: ['mass'], ...(limit && { limit }), ...more },
  ],
});

/** One minute for each pair of increments; null: the energy meter cannot be read at the minute's end. */
function minutesOf(
  setup: Setup,
  minutes: readonly (readonly [kwh: number | null, t: number])[],
): { bench: Bench; minutes: Evaluation[] } {
  const bench = new Bench(setup, T);
  let [kwh, t] = [1_000, 1_000];
  bench.read('kwh', T, kwh).read('t', T, t);
  minutes.forEach(([energy, mass], index) => {
    const end = T + (index + 1) * MIN;
    t += mass;
    kwh += energy ?? 10;
    bench.read('t', end, t);
    if (energy !== null) bench.read('kwh', end, kwh);
  });
  bench.until(T + (minutes.length + 5) * MIN);
  return { bench, minutes: bench.finals('kwh_per_t', 'minute').slice(0, minutes.length) };
}
const states = (minutes: readonly Evaluation[]): unknown[] => minutes.map(({ limit }) => limit!.state);

describe('a bound', () => {
  test('is met by equality, in either direction, and not by a trifle more', () => {
    const at100 = [[100, 1]] as const;
    expect(states(minutesOf(ratio({ op: '<=', bound: 100 }), at100).minutes)).toEqual(['normal']);
    expect(states(minutesOf(ratio({ op: '>=', bound: 100 }), at100).minutes)).toEqual(['normal']);
    expect(states(minutesOf(ratio({ op: '<=', bound: 99.9999999 }), at100).minutes)).toEqual(['excursion']);
    expect(states(minutesOf(ratio({ op: '>=', bound: 100.0000001 }), at100).minutes)).toEqual(['excursion']);
  });

  test('once exceeded is met again only from a deadband inside', () => {
    const { bench, minutes } = minutesOf(ratio({ op: '<=', bound: 100, deadband: 5 }), [
      [90, 1],
      [101, 1],
      [96, 1],
      [95, 1],
      [90, 1],
    ]);
    expect(states(minutes)).toEqual(['normal', 'excursion', 'excursion', 'returned', 'normal']);
    expect(bench.alarms.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      'normal → excursion',
      'excursion → returned',
    ]);
  });

  test('is only indicative for windows shorter than its year, when it is the plan’s', () => {
    const indicator = minutesOf(ratio({ op: '<=', bound: 100, indicator: 'steel.kwh' }), [[90, 1]]).minutes[0]!;
    const own = minutesOf(ratio({ op: '<=', bound: 100 }), [[90, 1]]).minutes[0]!;
    expect([indicator.limit!.indicative, own.limit!.indicative]).toEqual([true, false]);
  });

  test('says nothing to a figure that is missing: the state stays, marked stale', () => {
    const { bench } = minutesOf(ratio({ op: '<=', bound: 100 }), [
      [101, 1],
      [null, 1],
      [50, 0],
    ]);
    const atFirst = bench.log.filter((e) => e.metric === 'kwh_per_t' && e.window.kind === 'minute' && e.revision === 1);
    expect(atFirst.slice(0, 3).map(({ limit, reason }) => [limit!.state, limit!.stale, reason])).toEqual([
      ['excursion', false, null],
      ['excursion', true, 'incomplete'],
      // The reading at the end of the third minute has meanwhile made the second one good.
      ['returned', true, 'no-production'],
    ]);
  });

  test('warns on an uncertain figure and is not exceeded by it', () => {
    const bench = new Bench(ratio({ op: '<=', bound: 100 }), T);
    bench
      .read('kwh', T, 0, 'uncertain')
      .read('t', T, 0)
      .read('kwh', T + MIN, 150)
      .read('t', T + MIN, 1);
    const minute = bench.until(T + 5 * MIN).final('kwh_per_t', 'minute', T);
    expect(minute).toMatchObject({ statusCode: 'uncertain', limit: { state: 'warning' } });
  });
});

describe('a verdict', () => {
  const coils = (limit: Limit): Setup => ({
    windows: ['minute'],
    meters: [
      { id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 1e6 },
      { id: 'mass', kind: 'event', tag: 'coil', amountTag: 'weight', quantity: 'steel', unit: 't' },
    ],
    metrics: [{ id: 'kwh_per_t', unit: 'kWh/t', numerator: ['energy'], denominator: ['mass'], limit }],
  });

  test('that rested on a wrong weight is taken back when the weight is corrected', () => {
    const bench = new Bench(coils({ op: '<=', bound: 100 }), T);
    for (let s = 0; s <= 300; s += 10) {
      const t = T + s * S;
      const weight = s < 150 ? 10 : 30;
      bench.feed(t, sample('kwh', t, s * 40), sample('weight', t, weight), sample('coil', t, s < 90 ? 1 : 2));
    }
    bench.until(T + 10 * MIN);
    const minute = bench.final('kwh_per_t', 'minute', T + MIN);
    expect(minute).toMatchObject({ revision: 2, value: 80, limit: { state: 'normal' } });
    expect(bench.alarms.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      'normal → excursion',
      'excursion → returned',
    ]);
  });
});

describe('a figure', () => {
  test('of 0 kWh/t with production is implausible and gets no verdict', () => {
    const { minutes } = minutesOf(ratio({ op: '<=', bound: 100 }), [[0, 5]]);
    expect(minutes[0]).toMatchObject({ value: 0, reason: 'implausible', statusCode: 'bad', limit: { stale: true } });
  });

  test('outside what is plausible is shown, and gets no verdict', () => {
    const { minutes } = minutesOf(ratio({ op: '<=', bound: 100 }, { plausible: [30, 2_000] }), [[5_000, 1]]);
    expect(minutes[0]).toMatchObject({ value: 5_000, reason: 'implausible', limit: { state: 'normal', stale: true } });
  });

  test('with less than the least production has none, and shows its energy', () => {
    const { minutes } = minutesOf(ratio(undefined, { minDenominator: 2 }), [[50, 1]]);
    expect(minutes[0]).toMatchObject({ value: null, reason: 'no-production', statusCode: 'good' });
    expect(minutes[0]!.amounts[0]).toMatchObject({ meter: 'energy', value: 50 });
  });

  test('over amounts that cancel but for rounding has no production', () => {
    const setup: Setup = {
      ...ratio(),
      metrics: [
        {
          id: 'kwh_per_t',
          unit: 'kWh/t',
          numerator: ['energy'],
          denominator: [
            { meter: 'mass', coefficient: 0.3 },
            { meter: 'mass', coefficient: -0.1 },
            { meter: 'mass', coefficient: -0.2 },
          ],
        },
      ],
    };
    expect(minutesOf(setup, [[50, 1]]).minutes[0]).toMatchObject({ value: null, reason: 'no-production' });
  });

  test('of several meters is incomplete while one of them is missing', () => {
    const setup: Setup = {
      windows: ['minute'],
      meters: ['r1', 'r2', 'mass'].map((id) => ({
        id,
        kind: 'counter' as const,
        tag: id,
        quantity: id === 'mass' ? 'steel' : 'electricity',
        unit: id === 'mass' ? 't' : 'kWh',
        maxRate: 1e6,
      })),
      metrics: [
        { id: 'ac', unit: 'kWh/t', numerator: ['r1', 'r2'], denominator: ['mass'], limit: { op: '<=', bound: 100 } },
      ],
    };
    const bench = new Bench(setup, T);
    for (let t: Ms = T; t <= T + 2 * MIN; t += 10 * S) bench.read('r1', t, (t - T) / S).read('mass', t, (t - T) / S);
    const minute = bench.until(T + 5 * MIN).final('ac', 'minute', T);
    expect(minute).toMatchObject({ value: null, reason: 'incomplete', coverage: { known: 0 }, limit: { stale: true } });
    expect(minute.amounts[0]).toMatchObject({ meter: 'r1', value: 60 });
  });

  test('is good from 99 % measured on, uncertain while enough is known, and missing below', () => {
    const worth = (missing: number, minKnown?: number): Evaluation => {
      const setup: Setup = {
        windows: ['hour'],
        meters: [{ id: 'power', kind: 'gauge', tag: 'kw', quantity: 'electricity', unit: 'kWh' }],
        metrics: [
          { id: 'half', unit: '%', numerator: ['power'], denominator: ['power'], ...(minKnown && { minKnown }) },
        ],
      };
      const bench = new Bench(setup, T);
      for (let s = 0; s <= 3_600; s += 6) {
        if (s < 600 || s >= 600 + missing) bench.read('kw', T + s * S, 60);
        else bench.read('kw', T + s * S, null, 'bad');
      }
      return bench.until(T + 70 * MIN).final('half', 'hour', T);
    };
    expect(worth(30)).toMatchObject({ statusCode: 'good', coverage: { known: 0.99 } });
    expect(worth(36)).toMatchObject({ statusCode: 'bad', value: null, reason: 'incomplete' });
    expect(worth(36, 0.9)).toMatchObject({ statusCode: 'uncertain', value: 1 });
  });
});
