import { describe, expect, test } from 'vitest';
import type { Ms } from '../../rules/sample.ts';
import { droppedByMeters, meterState } from '../../rules/state.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

/** Lists are bounded: what has no room is counted and told, and what was counted before stays. */

const T = at('2026-11-23T10:00:00+08:00');
const S = 1_000;
const H = 3_600 * S;

const steel = { quantity: 'steel', unit: 't' };
const SCALE: Setup = {
  windows: ['hour'],
  meters: [{ id: 'mass', kind: 'event', tag: 'coil', amountTag: 'weight', ...steel, maxGap: '1h' }],
};
const CELLS: Setup = {
  windows: ['hour'],
  meters: [
    {
      id: 'metal',
      kind: 'faraday',
      tag: 'kA',
      cells: 'cells',
      efficiency: 0.93,
      quantity: 'liquid aluminium',
      unit: 't',
    },
  ],
};
const LINE: Setup = {
  windows: ['hour'],
  meters: [
    { id: 'mass', kind: 'event', tag: 'coil', amountTag: 'weight', ...steel },
    {
      ...{ id: 'inLine', kind: 'product', product: 'coil', pieces: 'mass', starts: 'head', ends: 'tail' },
      ...{ quantity: 'time', unit: 'h' },
    },
  ],
  metrics: [{ id: 'share', unit: 'h/t', numerator: ['inLine'], denominator: ['mass'], windows: ['hour', 'coil'] }],
};

const told = ({ notes }: Bench): string[] =>
  notes.flatMap(({ event, detail }) => (event === 'dropped' ? [detail.replace(/:.*/, '')] : []));

/** One coil of 20 t, and then `count` weights a second apart, each another. */
function noisyScale(count: number, isIdentityRead: boolean): Bench {
  const bench = new Bench(SCALE, T);
  for (let s = 0; s <= 4; s++)
    bench.feed(T + s * S, sample('weight', T + s * S, 20), sample('coil', T + s * S, s < 2 ? 5 : 6));
  for (let s = 5; s < 5 + count; s++) {
    bench.read('weight', T + s * S, 21 + (s % 3));
    if (isIdentityRead) bench.read('coil', T + s * S, 6);
  }
  return bench.until(T + 3 * H);
}

describe('a scale that never rests', () => {
  test('while the identity is not read drops its oldest weights; the coil before keeps its own', () => {
    const bench = noisyScale(2_500, false);
    expect(told(bench)).toEqual(['more than 2000 changes of weight since the identity was last read']);
    expect(droppedByMeters(bench.state)).toBeGreaterThan(490);
    expect(droppedByMeters(bench.state)).toBeLessThan(510);
    expect(bench.final('mass', 'hour', T).amounts[0]!.value).toBe(20);
  });

  test('while the identity is read keeps only what the coils may ask for', () => {
    const bench = noisyScale(2_500, true);
    const { mind } = meterState(bench.plan, bench.state, 0);
    expect(mind.kind === 'event' && mind.of.weights.length).toBeLessThan(40);
    expect([told(bench), droppedByMeters(bench.state)]).toEqual([[], 0]);
  });
});

/** `count` readings a second apart of one tag, while another is not heard of. */
function alone(setup: Setup, tag: string, count: number): Bench {
  const bench = new Bench(setup, T);
  for (let s = 0; s < count; s++) bench.read(tag, T + s * S, s);
  return bench;
}

test('pieces of which no weight is heard are a thousand', () => {
  const bench = alone(SCALE, 'coil', 1_107).until(T + 3 * H);
  expect(told(bench)).toEqual(['more than 1000 pieces of which no weight is heard']);
  // The first identity is no piece, and the bound holds from the next one on.
  expect(droppedByMeters(bench.state)).toBe(106);
});

test('readings of the current for which no cells are heard are four thousand: the metal of the last ones is made up for', () => {
  const bench = alone(CELLS, 'kA', 4_101).until(T + 4_200 * S);
  bench.feed(T + 4_200 * S, sample('cells', T - S, 240)).until(T + 3 * H);
  expect(told(bench)).toEqual(['more than 4000 readings of the current since the cells were last read']);
  expect(droppedByMeters(bench.state)).toBe(101);
  const known = [T, T + H].map((start) => bench.final('metal', 'hour', start).coverage.known * H);
  // Those of the last five seconds, the grace, had not been taken yet.
  expect(known[0]! + known[1]!).toBeCloseTo(4_004 * S, 3);
});

test('changes of the cells without any current are four thousand', () => {
  const bench = alone(CELLS, 'cells', 4_101).until(T + 3 * H);
  expect(told(bench)).toEqual(['more than 4000 changes of the cells since the current was last read']);
  expect(droppedByMeters(bench.state)).toBe(101);
});

test('heads of pieces without tails are two thousand', () => {
  const bench = alone(LINE, 'head', 2_102).until(T + 3 * H);
  expect(told(bench)).toEqual(['more than 2000 beginnings and ends of pieces of which another tag has not been read']);
  expect(droppedByMeters(bench.state)).toBe(101);
});

test('stretches of one piece are a hundred', () => {
  const bench = new Bench(SCALE, T).read('weight', T, 20);
  const watch = (t: Ms, index: number) => bench.read('coil', t, 5, index % 4 < 2 ? 'good' : 'uncertain');
  for (let index = 0; index <= 400; index++) watch(T + index * S, index);
  bench.until(T + 3 * H);
  expect(told(bench)).toEqual(['more than 100 stretches since the last piece']);
  expect(droppedByMeters(bench.state)).toBeGreaterThan(90);
});
