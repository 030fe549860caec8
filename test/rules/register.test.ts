import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../rules/evaluation.ts';
import type { Ms, RawValue } from '../../rules/sample.ts';
import { meterState } from '../../rules/state.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

/** What a totaliser register can do to its readers: metering.md §2. */

const T = at('2026-11-23T10:00:00+08:00');
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

const counter = (more: object = {}): Setup => ({
  windows: ['minute', 'hour', 'day'],
  meters: [
    { id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 3_600, ...more },
  ],
});

/** Reads the counts at so many seconds after T, and lets the hour close. */
function hourOf(
  more: object,
  readings: readonly (readonly [number, RawValue | null])[],
): { bench: Bench; hour: Evaluation } {
  const bench = new Bench(counter(more), T);
  for (const [seconds, count] of readings) bench.read('kwh', T + seconds * S, count, count === null ? 'bad' : 'good');
  bench.until(T + 2 * H);
  return { bench, hour: bench.final('energy', 'hour', T) };
}
const amountOf = ({ hour }: { hour: Evaluation }) => hour.amounts[0]!;
const events = ({ bench }: { bench: Bench }): string[] => bench.notes.map(({ event }) => event);

describe('a register at its modulus', () => {
  test('that jitters across it stays where it is', () => {
    const run = hourOf({ modulus: 1_000 }, [
      [0, 999],
      [10, 0],
      [20, 999],
      [30, 999],
      [40, 0],
      [50, 2],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 3, statusCode: 'good', flags: ['rollover'] });
    expect(amountOf(run).coverage.measured).toBeCloseTo(50 / 3600, 12);
    expect(events(run)).toEqual([]);
  });

  test('that shows a stale count right after the rollover is not believed', () => {
    const run = hourOf({ modulus: 2 ** 32 }, [
      [0, 4294967290],
      [10, 14 - 10],
      [20, 4294967291],
      [30, 20],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 26, flags: ['rollover', 'glitch'] });
    expect(events(run)).toEqual([]);
  });

  test('rolls over exactly with 64-bit counts that turn into plain numbers on the way', () => {
    const modulus = (2n ** 64n).toString();
    const run = hourOf({ modulus }, [
      [0, 2n ** 64n - 3n],
      [10, 4],
      [20, 9n],
    ]);
    expect(amountOf(run).value).toBe(12);
  });

  test('may roll over during a long gap', () => {
    const run = hourOf({ modulus: 10_000 }, [
      [0, 9_000],
      [30 * 60, 500],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 1_500, flags: ['rollover'] });
    expect(amountOf(run).coverage.measured).toBe(0.5);
  });
});

describe('a register that falls', () => {
  test('by exactly the jitter, in floating point, has not fallen', () => {
    const run = hourOf({ jitter: 0.1 }, [
      [0, 215.8],
      [10, 215.7],
      [20, 215.9],
    ]);
    expect(amountOf(run).flags).toEqual([]);
    expect(amountOf(run).value).toBeCloseTo(0.1, 12);
  });

  test('twice is reset twice, and each time what it shows since zero counts', () => {
    const run = hourOf({ resetsToZero: true }, [
      [0, 500],
      [10, 3],
      [20, 5],
      [30, 1],
      [40, 2],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 3 + 2 + 1 + 1, statusCode: 'uncertain', flags: ['reset'] });
    expect(amountOf(run).coverage.known).toBeCloseTo(20 / 3600, 12);
    expect(events(run)).toEqual(['reset', 'reset']);
  });

  test('to a count that cannot have come since zero was preset: nothing is known of it', () => {
    const run = hourOf({ resetsToZero: true }, [
      [0, 500_000],
      [10, 400_000],
      [20, 400_001],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 1, flags: ['reset'] });
  });

  test('while its timestamps go back is a clock fault: recorded, and the total comes from the good readings', () => {
    const bench = new Bench(counter(), T);
    bench
      .read('kwh', T, 1_000)
      .read('kwh', T + 10 * S, 1_010)
      .read('kwh', T + 20 * S, 1_020);
    bench.feed(T + 30 * S, sample('kwh', T - 5 * MIN, 1_005));
    bench.read('kwh', T + 40 * S, 1_030).until(T + 2 * H);
    const amount = bench.final('energy', 'hour', T).amounts[0]!;
    expect(amount).toMatchObject({ value: 30, statusCode: 'good', flags: [] });
    expect(bench.notes.map(({ event }) => event)).toEqual(['clock-fault']);
    expect(meterState(bench.plan, bench.state, 0).late).toBe(1);
  });

  test.each([
    ['rises', [1_000, 1_010, 1_020], 1_005],
    ['stands still', [1_000, 1_000, 1_000], 1_000],
    ['has rolled over since', [990, 995, 5], 993],
  ])('does not while it %s and a reading is held up: late, and no fault of a clock', (_, [a, b, c], held) => {
    const bench = new Bench(counter({ modulus: 1_000 }), T);
    bench
      .read('kwh', T, a!)
      .read('kwh', T + 10 * S, b!)
      .read('kwh', T + 20 * S, c!);
    bench.feed(T + 30 * S, { ...sample('kwh', T + 5 * S, held), receivedAt: T + 30 * S });
    bench.read('kwh', T + 40 * S, c! + 5).until(T + 2 * H);
    expect(bench.notes.map(({ event }) => event)).toEqual(['late']);
    expect(bench.final('energy', 'hour', T).amounts[0]).toMatchObject({ statusCode: 'good' });
  });

  test('not, but its timestamps stand still is a clock fault', () => {
    const bench = new Bench(counter(), T);
    for (let s = 0; s <= 60; s += 10) bench.feed(T + s * S, sample('kwh', T, 1_000 + s));
    bench.read('kwh', T + 70 * S, 1_070).until(T + 2 * H);
    expect(bench.final('energy', 'hour', T).amounts[0]).toMatchObject({ value: 70, statusCode: 'good' });
    expect(bench.notes.map(({ event }) => event)).toEqual(['clock-fault']);
  });

  test('that is held up and whose clock goes back says both', () => {
    const bench = new Bench(counter(), T);
    for (let s = 0; s <= 60; s += 10) bench.read('kwh', T + s * S, 1_000 + s);
    bench.feed(T + 70 * S, sample('kwh', T + 5 * S, 1_005)).feed(T + 80 * S, sample('kwh', T + 15 * S, 1_080));
    bench.feed(T + 90 * S, sample('kwh', T + 25 * S, 1_090)).until(T + 2 * H);
    expect(bench.notes.map(({ event }) => event)).toEqual(['late', 'clock-fault']);
    expect(meterState(bench.plan, bench.state, 0).late).toBe(3);
  });

  test('not, but its timestamps do for an hour: nothing is lost, and the stretch says so', () => {
    const bench = new Bench(counter(), T);
    const read = (now: Ms, t: Ms) => bench.feed(now, sample('kwh', t, (now - T) / S));
    for (let now = T; now <= T + 10 * MIN; now += 10 * S) read(now, now);
    for (let now = T + 10 * MIN; now <= T + 75 * MIN; now += 10 * S) read(now, now - H);
    bench.until(T + 3 * H);
    const hour = bench.final('energy', 'hour', T);
    expect(hour.amounts[0]).toMatchObject({ value: 75 * 60, statusCode: 'uncertain', flags: ['clock-skew'] });
    expect(new Set(bench.notes.map(({ event }) => event))).toEqual(new Set(['clock-fault']));
  });
});

describe('suspects', () => {
  test('several in a row are rejected one by one, and the register goes on from where it was', () => {
    const run = hourOf({}, [
      [0, 1_000],
      [10, 0],
      [20, 70_000],
      [30, 555_555],
      [40, 1_040],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 40, statusCode: 'good', flags: ['glitch'] });
    const { mind } = meterState(run.bench.plan, run.bench.state, 0);
    expect(mind.kind === 'counter' && mind.of.rejected).toBe(3);
  });

  test('when the minute closes wait for the next reading: then the minute is revised', () => {
    const bench = new Bench(counter(), T);
    for (let s = 0; s < 60; s += 10) bench.read('kwh', T + s * S, 1_000 + s);
    bench.read('kwh', T + 58 * S, 7).until(T + 3 * MIN);
    expect(bench.final('energy', 'minute', T)).toMatchObject({ revision: 1, value: null, reason: 'incomplete' });
    bench.read('kwh', T + 3 * MIN, 1_180).until(T + 10 * MIN);
    const minute = bench.final('energy', 'minute', T);
    expect(minute).toMatchObject({ revision: 2, statusCode: 'uncertain' });
    expect(minute.value).toBeCloseTo(60, 12);
    expect(minute.amounts[0]!.coverage.known).toBe(1);
  });

  test('before a gap are glitches when the register goes on from before them', () => {
    const run = hourOf({}, [
      [0, 1_000],
      [10, 12],
      [20 * 60, 1_500],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 500, statusCode: 'good', flags: ['glitch'] });
  });
});

describe('readings that are not good', () => {
  test('bad ones between good ones change nothing when those are close enough', () => {
    const run = hourOf({}, [
      [0, 1_000],
      [20, null],
      [40, 1_040],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 40, statusCode: 'good', flags: [] });
  });

  test('uncertain ones count, and what is built on them is uncertain', () => {
    const bench = new Bench(counter(), T).read('kwh', T, 0).read('kwh', T + 30 * S, 30, 'uncertain');
    bench
      .read('kwh', T + 60 * S, 60)
      .read('kwh', T + 120 * S, 120)
      .until(T + 10 * MIN);
    expect(bench.final('energy', 'minute', T)).toMatchObject({ value: 60, statusCode: 'uncertain' });
    expect(bench.final('energy', 'minute', T + MIN)).toMatchObject({ value: 60, statusCode: 'good' });
  });

  test('NaN and infinities are never counts', () => {
    const run = hourOf({}, [
      [0, 1_000],
      [10, Number.NaN],
      [20, Number.POSITIVE_INFINITY],
      [30, Number.NEGATIVE_INFINITY],
      [40, 1_020],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 20, statusCode: 'good', flags: [] });
  });
});

describe('a register at rest', () => {
  test('for hours is measured all along, and its first increment is believed', () => {
    const bench = new Bench(counter(), T);
    for (let t = T; t <= T + 5 * H; t += 30 * S) bench.read('kwh', t, 1_000);
    bench.read('kwh', T + 5 * H + 30 * S, 1_001).until(T + 7 * H);
    expect(bench.final('energy', 'hour', T + 2 * H)).toMatchObject({ value: 0, statusCode: 'good' });
    expect(bench.final('energy', 'hour', T + 5 * H).amounts[0]).toMatchObject({ value: 1, flags: [] });
  });

  test('counts of 0.1 add up without noise over a day', () => {
    const bench = new Bench(counter({ scale: 0.1 }), at('2026-11-23T00:00:00+08:00'));
    const start = bench.now;
    for (let minute = 0; minute <= 1441; minute++) bench.read('kwh', start + minute * MIN, minute * 7);
    bench.until(start + 25 * H);
    expect(Math.abs(bench.final('energy', 'day', start).value! / 1008 - 1)).toBeLessThan(1e-12);
  });
});

describe('a float32 register', () => {
  test('whose step is over 1 % of a window says so there, also after late data, and warns once when it hides a poll', () => {
    const bench = new Bench(counter({ float32: true, maxRate: 3_600 }), T);
    for (let s = 0; s <= 3 * 60; s += 10) bench.read('kwh', T + s * S, 2 ** 25 + Math.floor(s / 10) * 4);
    bench.until(T + 2 * H);
    expect(bench.final('energy', 'minute', T).amounts[0]!.flags).toEqual(['low-resolution']);
    expect(bench.notes.map(({ event }) => event)).toEqual(['coarse-register']);
  });

  test('that stands still is coarse too: what went through may be up to one step', () => {
    const bench = new Bench(counter({ float32: true, maxRate: 36_000 }), T);
    for (let s = 0; s <= 2 * 60; s += 10) bench.read('kwh', T + s * S, 2 ** 25);
    expect(bench.until(T + 2 * H).final('energy', 'minute', T)).toMatchObject({
      ...{ value: 0, statusCode: 'good', amounts: [{ flags: ['low-resolution'] }] },
    });
  });

  test('that was coarse only for the part of a window known at first is not so for the whole', () => {
    const bench = new Bench(counter({ float32: true, maxRate: 36_000 }), T);
    for (let s = 0; s <= 20; s += 10) bench.read('kwh', T + s * S, 2 ** 20 + s / 10);
    bench.until(T + 2 * MIN);
    expect(bench.final('energy', 'minute', T).amounts[0]!.flags).toContain('low-resolution');
    for (let s = 30; s <= 120; s += 10) bench.feed(T + 3 * MIN, sample('kwh', T + s * S, 2 ** 20 + s));
    bench.until(T + 10 * MIN);
    const minute = bench.final('energy', 'minute', T);
    expect(minute).toMatchObject({ value: 60, statusCode: 'good' });
    expect(minute.amounts[0]!.flags).toEqual([]);
  });
});
