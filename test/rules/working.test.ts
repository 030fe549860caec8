import { describe, expect, test } from 'vitest';
import { evaluationBody, evaluationFrom, wireTimeOf } from '../../agent/wire.ts';
import type { Working } from '../../rules/evaluation.ts';
import type { WindowKind } from '../../rules/interval.ts';
import type { Ms } from '../../rules/sample.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

/** Every amount says how it was formed: the readings about the window's borders, and what happened between them. */

const T = at('2026-11-23T10:00:00+08:00');
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

type Meter = Setup['meters'][number];
const counter = (options: Partial<Meter> = {}): Setup => ({
  meters: [
    {
      ...{ id: 'm', kind: 'counter', tag: 'x', quantity: 'electricity', unit: 'kWh', scale: 0.1, maxRate: 360_000 },
      ...options,
    } as Meter,
  ],
});
const gauge: Setup = { meters: [{ id: 'm', kind: 'gauge', tag: 'x', quantity: 'electricity', unit: 'kWh' }] };

const workingOf = (bench: Bench, kind: WindowKind, start: Ms): Working =>
  bench.final('m', kind, start).amounts[0]!.working!;

/** [seconds after T, value]; bad where it is null. */
function run(setup: Setup, readings: readonly (readonly [number, number | bigint | null])[], until: Ms = 2 * H): Bench {
  const bench = new Bench(setup, T - MIN);
  for (const [s, value] of readings) bench.read('x', T + s * S, value, value === null ? 'bad' : 'good');
  return bench.until(T + until);
}

describe('a register’s amount', () => {
  test('names the readings on either side of each border', () => {
    const bench = run(counter({ periodMs: MIN }), [
      [-30, 10_000],
      [30, 10_060],
      [90, 10_120],
    ]);
    expect(workingOf(bench, 'minute', T)).toEqual({
      kind: 'counter',
      start: { before: { at: T - 30 * S, value: 10_000 }, after: { at: T + 30 * S, value: 10_060 } },
      end: { before: { at: T + 30 * S, value: 10_060 }, after: { at: T + 90 * S, value: 10_120 } },
      scale: 0.1,
      readings: 1,
      glitches: 0,
      bad: 0,
      unknown: 0,
      estimated: 0,
      revised: false,
    });
  });

  test('is read at the border where a reading falls on it, polled every second', () => {
    const bench = new Bench(counter(), T - MIN);
    for (let s = -60; s <= 200; s++) bench.read('x', T + s * S, 1_000 + s);
    bench.until(T + 2 * H);
    expect(workingOf(bench, 'minute', T)).toMatchObject({
      start: { before: { at: T, value: 1_000 }, after: null },
      end: { before: { at: T + MIN, value: 1_060 }, after: null },
      readings: 60,
      unknown: 0,
    });
    expect(workingOf(bench, 'hour', T)).toMatchObject({
      start: { before: { at: T, value: 1_000 } },
      end: { before: { at: T + 200 * S, value: 1_200 }, after: null },
      readings: 201,
      unknown: H - 200 * S,
    });
  });

  test('counts what was rejected and what was bad, and says how much is unknown and how much an estimate', () => {
    const bench = run(counter(), [
      [0, 1_000],
      [10, 5],
      [20, 900_000],
      [30, 1_030],
      [40, null],
      [130, 1_130],
    ]);
    expect(workingOf(bench, 'minute', T)).toMatchObject({ readings: 4, glitches: 2, bad: 1, unknown: 0 });
    expect(workingOf(bench, 'minute', T)).toMatchObject({ estimated: 30 * S, end: { after: { value: 1_130 } } });
    expect(workingOf(bench, 'hour', T)).toMatchObject({ estimated: 0, unknown: H - 130 * S, readings: 5 });
  });

  test('keeps every digit of a 64-bit count on its way to the log and back', () => {
    const count = 2n ** 63n + 1n;
    const bench = run(counter(), [
      [0, count],
      [60, count + 7n],
      [120, count + 9n],
    ]);
    const evaluation = bench.final('m', 'minute', T);
    expect(evaluation.amounts[0]!.working).toMatchObject({
      start: { before: { at: T, value: '9223372036854775809' } },
      end: { before: { at: T + MIN, value: '9223372036854775816' } },
    });
    const json = JSON.stringify(evaluationBody(evaluation, wireTimeOf(bench.plan.calendar), 'sha256:0'));
    expect(json).toContain('"at":"2026-11-23T10:01:00.000+08:00","value":"9223372036854775816"');
    expect(evaluationFrom(json)).toEqual(evaluation);
  });

  test('that came late is said to be revised, and reaches from the first reading to the last', () => {
    const bench = new Bench(counter(), T - MIN);
    for (let s = -60; s <= 20; s++) bench.read('x', T + s * S, 1_000 + s);
    bench.until(T + 10 * MIN);
    expect(workingOf(bench, 'minute', T)).toMatchObject({ readings: 21, revised: false, unknown: 40 * S });
    const queued = Array.from({ length: 580 }, (_, index) => sample('x', T + (21 + index) * S, 1_021 + index));
    bench.feed(T + 10 * MIN, ...queued).until(T + 2 * H);
    expect(workingOf(bench, 'minute', T)).toMatchObject({
      start: { before: { at: T, value: 1_000 } },
      end: { before: { at: T + MIN, value: 1_060 }, after: null },
      readings: 60,
      unknown: 0,
      revised: true,
    });
  });
});

describe('a rate’s amount', () => {
  test('has the mean over the known time, the least and the most', () => {
    const bench = new Bench(gauge, T - MIN);
    for (let s = 0; s <= 30; s++) bench.read('x', T + s * S, s === 7 ? 10 : s === 9 ? 130 : 60);
    for (let s = 31; s <= 40; s++) bench.read('x', T + s * S, null, 'bad');
    for (let s = 41; s <= 100; s++) bench.read('x', T + s * S, 60);
    bench.until(T + 2 * H);
    const working = workingOf(bench, 'minute', T);
    expect(working).toMatchObject({
      kind: 'gauge',
      start: { before: { at: T, value: 60 }, after: null },
      end: { before: { at: T + MIN, value: 60 }, after: null },
      least: 10,
      most: 130,
      readings: 50,
      bad: 10,
      unknown: 11 * S,
    });
    expect(working.kind === 'gauge' && working.mean).toBeCloseTo(60 + 20 / 49, 9);
  });

  test('has no mean where nothing is known', () => {
    const bench = run(gauge, [[10, 60]]);
    expect(workingOf(bench, 'hour', T)).toMatchObject({
      mean: null,
      least: null,
      most: null,
      start: { before: null, after: null },
    });
  });
});

test('pieces are counted: one corrected stays one', () => {
  const bench = new Bench(
    { meters: [{ id: 'm', kind: 'event', tag: 'coil', amountTag: 'kg', quantity: 'steel', unit: 't', scale: 0.001 }] },
    T - MIN,
  );
  const see = (s: number, coil: number, kg: number) =>
    bench.feed(T + s * S, sample('kg', T + s * S, kg), sample('coil', T + s * S, coil));
  for (let s = -10; s < 300; s += 10) see(s, 7 + Math.floor((s + 10) / 100), 20_000 + (s >= 160 ? 5 : 0));
  bench.until(T + 2 * H);
  expect(bench.final('m', 'hour', T).amounts[0]).toMatchObject({
    value: 60.015,
    working: { kind: 'event', pieces: 3 },
  });
});

describe('metal from current', () => {
  const S1 = at('2026-11-23T00:00:00+08:00');
  const setup: Setup = {
    windows: ['hour', 'day'],
    meters: [
      {
        ...{ id: 'm', kind: 'faraday', tag: 'ka', quantity: 'liquid aluminium', unit: 't', cells: 'cells' },
        ...{ efficiency: 0.93, settle: { tapped: 'tapped' } },
      },
      { id: 'tapped', kind: 'event', tag: 'ladle', amountTag: 't', quantity: 'liquid aluminium', unit: 't' },
    ],
  };

  test('multiplies out: constant × current × cells × hours × efficiency; settled, at the efficiency found', () => {
    const bench = new Bench(setup, S1 - MIN);
    for (let m = -1; m <= 24 * 60; m++) {
      const t = S1 + m * MIN;
      const ladle = Math.floor(Math.max(0, m) / 144);
      bench.feed(
        t,
        ...[sample('ka', t, 350), sample('cells', t, m < 720 ? 240 : 239)],
        ...[sample('t', t, 62.6), sample('ladle', t, ladle)],
      );
    }
    bench.until(S1 + 26 * H);
    const estimate = bench.log.find(
      ({ metric, window }) => metric === 'm' && window.kind === 'day' && window.start === S1,
    )!.amounts[0]!;
    const first = estimate.working!;
    if (first.kind !== 'faraday') throw new Error('the metal is of another kind');
    expect(first).toMatchObject({ basis: 'estimate', revised: false });
    expect(first.current).toBeCloseTo(350, 9);
    expect(first.cells).toBeCloseTo(239.5, 2);
    expect(first.efficiency).toBeCloseTo(0.93, 12);
    expect(0.3356e-3 * first.current! * first.cells! * 24 * first.efficiency!).toBeCloseTo(estimate.value, 9);
    const settled = bench.final('m', 'day', S1).amounts[0]!;
    expect(settled.working).toMatchObject({ basis: 'settled', revised: true });
    const last = settled.working!;
    if (last.kind !== 'faraday') throw new Error('the metal is of another kind');
    expect(0.3356e-3 * last.current! * last.cells! * 24 * last.efficiency!).toBeCloseTo(settled.value, 9);
  });
});
