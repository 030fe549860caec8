import { describe, expect, test } from 'vitest';
import type { Amount } from '../../rules/evaluation.ts';
import type { Ms, Sample, StatusCode } from '../../rules/sample.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

/** Doubt about a helper tag (a weight, the cells in operation) goes when a reading that was held up says better. */

const T = at('2026-11-23T10:00:00+08:00');
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

const SETUP: Setup = {
  windows: ['minute', 'hour'],
  meters: [
    { id: 'mass', kind: 'event', tag: 'coil', amountTag: 'weight', quantity: 'steel', unit: 't' },
    {
      ...{ id: 'metal', kind: 'faraday', tag: 'kA', cells: 'cells', efficiency: 0.93 },
      ...{ quantity: 'liquid aluminium', unit: 't' },
    },
  ],
};

type Told = readonly [t: Ms, value: number, statusCode?: StatusCode];
const told = (tag: string, ...all: Told[]): Sample[] =>
  all.map(([t, value, statusCode = 'good']) => sample(tag, T + t, statusCode === 'bad' ? null : value, statusCode));

/** Feeds each sample when it was made, those of `helper` only `delay` later. */
function amountOf(id: string, own: Sample[], helper: Sample[], delay: Ms): Amount {
  const held = helper.map((one) => ({ ...one, receivedAt: one.receivedAt + delay }));
  const bench = new Bench(SETUP, T);
  for (const one of [...held, ...own].sort((a, b) => a.receivedAt - b.receivedAt)) bench.feed(one.receivedAt, one);
  bench.until(T + 3 * H);
  const [amount] = bench.final(id, 'hour', T).amounts;
  return { ...amount!, working: undefined };
}

const coils = told('coil', [0, 5], [30 * S, 5], [MIN, 6], [90 * S, 6], [2 * MIN, 6]);
const current = told('kA', ...Array.from({ length: 61 }, (_, minute): Told => [minute * MIN, 350]));

/** In order, held up for less than a window, for minutes that have closed, and for the hour too. */
describe.each([0, 20 * S, 5 * MIN, 2 * H])('held up for %i ms', (delay) => {
  test.each<[string, Told[], Partial<Amount>]>([
    [
      'a good weight after one in doubt',
      [
        [0, 20, 'uncertain'],
        [MIN, 21],
      ],
      { value: 21, statusCode: 'good' },
    ],
    [
      'the same weight, no more in doubt',
      [
        [0, 20, 'uncertain'],
        [MIN, 20],
      ],
      { value: 20, statusCode: 'good' },
    ],
    [
      'the same weight, now in doubt',
      [
        [0, 20],
        [MIN, 20, 'uncertain'],
      ],
      { value: 20, statusCode: 'uncertain' },
    ],
    [
      'no weight after a good one',
      [
        [0, 20],
        [MIN, 0, 'bad'],
      ],
      { value: 0, statusCode: 'good', flags: [] },
    ],
  ])('%s', (_, weights, expected) => {
    const amount = amountOf('mass', coils, told('weight', ...weights), delay);
    expect(amount).toMatchObject(expected);
    expect(amount).toEqual(amountOf('mass', coils, told('weight', ...weights), 0));
  });

  test.each<[string, Told[], StatusCode]>([
    [
      'as many cells, no more in doubt',
      [
        [-MIN, 240, 'uncertain'],
        [0, 240],
      ],
      'good',
    ],
    [
      'fewer cells, no more in doubt',
      [
        [-MIN, 240, 'uncertain'],
        [0, 239],
      ],
      'good',
    ],
    [
      'as many cells, now in doubt',
      [
        [-MIN, 240],
        [0, 240, 'uncertain'],
      ],
      'uncertain',
    ],
  ])('%s', (_, cells, statusCode) => {
    const helper = told('cells', ...cells);
    const [late, straight] = [amountOf('metal', current, helper, delay), amountOf('metal', current, helper, 0)];
    expect(late.value).toBeCloseTo(straight.value, 9);
    expect(late).toMatchObject({ statusCode, coverage: { known: 1, measured: 1 } });
    expect(straight.statusCode).toBe(statusCode);
  });
});

describe('a scale that has failed', () => {
  const weighed = (...ids: Told[]): Amount =>
    amountOf('mass', told('coil', ...ids), told('weight', [0, 20], [MIN, 0, 'bad'], [2 * MIN, 21]), 0);

  test('is believed again when it says the same twice: its first word may be of the next piece', () => {
    const atOnce = weighed([0, 5], [MIN, 6], [2 * MIN, 6], [3 * MIN, 7], [4 * MIN, 7]);
    expect(atOnce).toMatchObject({ value: 21, coverage: { known: 3 / 60 } });
    const unread = weighed([0, 5], [2 * MIN, 6], [3 * MIN, 7], [4 * MIN, 7]);
    expect(unread).toMatchObject({ value: 21, coverage: { known: 2 / 60 } });
    const again = weighed([0, 5], [2 * MIN, 6], [3 * MIN, 6], [4 * MIN, 6]);
    expect(again).toMatchObject({ value: 21, statusCode: 'good', coverage: { known: 4 / 60 } });
  });
});

test('an operator’s word for a weight in doubt ends the doubt', () => {
  const bench = new Bench(SETUP, T).read('weight', T, 20, 'uncertain');
  for (const one of coils) bench.feed(one.receivedAt, one);
  bench.until(T + 2 * H);
  expect(bench.final('mass', 'hour', T).amounts[0]).toMatchObject({ value: 20, statusCode: 'uncertain' });
  bench.enter(T + 2 * H, { type: 'correction', key: 'c1', meter: 'mass', piece: 6, amount: 22 }).until(T + 3 * H);
  expect(bench.final('mass', 'hour', T).amounts[0]).toMatchObject({ value: 22, statusCode: 'good', flags: ['manual'] });
});
