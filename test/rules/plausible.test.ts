import { describe, expect, test } from 'vitest';
import type { Ms } from '../../rules/sample.ts';
import { at, Bench, type Setup } from '../support/engineKit.ts';

/** Figures that cannot be true are shown, without a verdict (metering.md §6). */

const T = at('2026-11-23T10:00:00+08:00');
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

const counter = (id: string, quantity: string, unit: string) =>
  ({ id, kind: 'counter', tag: id, quantity, unit, maxRate: 1e9, maxGap: '2h' }) as const;

/** One hour of two registers, and the figure of one over the other. */
function figureOf(
  numerator: number,
  denominator: number,
  unit: string,
  quantity = 'steel',
  plausible?: [number, number],
) {
  const percent = unit === '%';
  const setup: Setup = {
    windows: ['hour'],
    meters: [counter('over', 'electricity', percent ? 't' : 'kWh'), counter('under', quantity, 't')],
    metrics: [
      {
        id: 'figure',
        unit,
        numerator: percent ? [{ meter: 'over', coefficient: 100, unit: '%' }] : ['over'],
        denominator: ['under'],
        limit: { op: '<=', bound: 1e6 },
        ...(plausible && { plausible }),
      },
    ],
  };
  const bench = new Bench(setup, T).read('over', T, 0).read('under', T, 0);
  bench
    .read('over', T + H, numerator)
    .read('under', T + H, denominator)
    .until(T + 2 * H);
  return bench.final('figure', 'hour', T);
}

describe('a figure', () => {
  test.each([
    ['0 kWh/t with production', 0, 80, 'kWh/t', 'steel', 0],
    ['0 kgce/t with production', 0, 80, 'kgce/t', 'steel', 0],
    ['aluminium below the thermodynamic minimum', 633_900, 100, 'kWh/t', 'liquid aluminium', 6_339],
    ['the same in MWh/t', 633, 100, 'MWh/t', 'liquid aluminium', 6.33],
    ['the same in GJ/t, in Chinese', 2_282, 100, 'GJ/t', '铝液', 22.82],
    ['an efficiency above 100 %', 100.1, 100, '%', 'steel', 100.1],
  ])('%s is implausible: shown, bad, not judged', (_, over, under, unit, quantity, value) => {
    const figure = figureOf(over, under, unit, quantity);
    expect(figure).toMatchObject({ value: expect.closeTo(value, 9), statusCode: 'bad', reason: 'implausible' });
    expect(figure.limit).toMatchObject({ state: 'normal', stale: true });
  });

  test.each([
    ['0 m3/t of water', 0, 80, 'm3/t', 'steel'],
    ['aluminium at the minimum', 634_000, 100, 'kWh/t', 'liquid aluminium'],
    ['an efficiency of 100 %', 0.1 + 0.2, 0.3, '%', 'steel'],
  ])('%s is plausible', (_, over, under, unit, quantity) => {
    expect(figureOf(over, under, unit, quantity)).toMatchObject({ statusCode: 'good', reason: null });
  });

  test('of a share that may exceed 100 % says so itself', () => {
    expect(figureOf(120, 100, '%', 'steel', [0, 200])).toMatchObject({ value: 120, reason: null });
  });

  test('that lacks one of several rectifiers is incomplete, not small', () => {
    const setup: Setup = {
      windows: ['hour'],
      meters: [
        counter('r1', 'electricity', 'kWh'),
        counter('r2', 'electricity', 'kWh'),
        counter('metal', 'steel', 't'),
      ],
      metrics: [{ id: 'ac', unit: 'kWh/t', numerator: ['r1', 'r2'], denominator: ['metal'] }],
    };
    const bench = new Bench(setup, T);
    for (const t of [T, T + H]) bench.read('r1', t, (t - T) / S).read('metal', t, (t - T) / MIN);
    const ac = bench.until(T + 2 * H).final('ac', 'hour', T);
    expect(ac).toMatchObject({ value: null, reason: 'incomplete', statusCode: 'bad', coverage: { known: 0 } });
    expect(ac.amounts.map(({ value }) => value)).toEqual([3_600, 0, 60]);
  });
});

describe('a register that stands still', () => {
  const setup = (frozen: object): Setup => ({
    windows: ['quarterHour', 'hour'],
    meters: [{ ...counter('kwh', 'electricity', 'kWh'), frozen: { proof: 'proof', ...frozen } as { proof: string } }],
  });
  /** Reads both every 30 s for an hour, then closes. */
  function hourOf(frozen: object, kwh: (t: Ms) => number, proof: (t: Ms) => number | null) {
    const bench = new Bench(setup(frozen), T);
    for (let s = 0; s <= 3_660; s += 30) {
      const value = proof(s);
      bench.read('proof', T + s * S, value, value === null ? 'bad' : 'good').read('kwh', T + s * S, kwh(s));
    }
    return bench.until(T + 2 * H);
  }
  const stuckAfter = (minute: number) => (s: number) => Math.min(s, minute * 60) / 10;

  test('while its line draws power is implausible, from the beginning of its rest on', () => {
    const bench = hourOf({ above: 100 }, stuckAfter(20), () => 800);
    expect(bench.final('kwh', 'hour', T)).toMatchObject({ value: 120, statusCode: 'bad', reason: 'implausible' });
    const quarters = bench.finals('kwh', 'quarterHour').slice(0, 4);
    expect(quarters.map(({ reason }) => reason)).toEqual([null, 'implausible', 'implausible', 'implausible']);
    expect(bench.notes.map(({ event }) => event)).toEqual(['frozen-register']);
  });

  test.each([
    ['that stands too', { above: 100 }, () => 0],
    ['of which nothing is known', { above: 100 }, () => null],
    ['that runs for less than it takes', { above: 100 }, (s: number) => (s > 1_500 && s < 2_100 ? 800 : 0)],
    ['that makes a piece now and then', {}, (s: number) => Math.floor(s / 1_200)],
  ])('with a line %s is a true zero', (_, frozen, proof) => {
    const bench = hourOf(frozen, stuckAfter(20), proof);
    expect(bench.final('kwh', 'hour', T)).toMatchObject({ value: 120, statusCode: 'good', reason: null });
    expect(bench.notes).toEqual([]);
  });

  test('while piece after piece is made is implausible', () => {
    const bench = hourOf({ for: '10min' }, stuckAfter(20), (s) => Math.floor(s / 180));
    expect(bench.final('kwh', 'hour', T)).toMatchObject({ reason: 'implausible' });
  });
});
