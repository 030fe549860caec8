import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../rules/evaluation.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

/** Where a rule of metering.md begins and ends: what is just inside, and what is just outside. */

const T = at('2026-11-23T10:00:00+08:00');
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

/** The hour and first minute of a register of at most 3600 kWh/h, read at so many seconds. */
function read(
  more: object,
  ...readings: readonly (readonly [seconds: number, count: number])[]
): { hour: Evaluation; minute: Evaluation; events: string[] } {
  const setup: Setup = {
    windows: ['minute', 'hour'],
    meters: [{ id: 'm', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 3_600, ...more }],
  };
  const bench = new Bench(setup, T);
  for (const [seconds, count] of readings) bench.read('kwh', T + seconds * S, count);
  bench.until(T + 2 * H);
  const events = bench.notes.map(({ event }) => event);
  return { hour: bench.final('m', 'hour', T), minute: bench.final('m', 'minute', T), events };
}
const amountOf = ({ hour }: { hour: Evaluation }) => hour.amounts[0]!;

describe('an increment', () => {
  // In 10 s at most 10 kWh, and one count more, because a coarse register steps at once.
  test.each([
    { scale: 1, most: 11, amount: 11 },
    { scale: 0.5, most: 21, amount: 10.5 },
    { scale: 100, most: 1, amount: 100 },
  ])('of all that maxRate allows and one count counts, of one count more it is a jump: $scale kWh a count', (given) => {
    const { scale, most, amount } = given;
    const inside = read({ scale }, [0, 50], [10, 50 + most], [20, 50 + most]);
    expect(amountOf(inside)).toMatchObject({ value: amount, flags: [] });
    expect(inside.events).toEqual([]);
    const outside = read({ scale }, [0, 50], [10, 51 + most], [10.1, 51 + most]);
    expect(amountOf(outside)).toMatchObject({ value: 0, flags: ['replacement'] });
    expect(outside.events).toEqual(['replacement']);
  });

  test('through the modulus is as plausible as any other, and no more', () => {
    const inside = read({ modulus: 1_000 }, [0, 995], [10, 6], [20, 6]);
    expect(amountOf(inside)).toMatchObject({ value: 11, flags: ['rollover'] });
    const outside = read({ modulus: 1_000 }, [0, 995], [10, 7], [10.1, 7]);
    expect(amountOf(outside)).toMatchObject({ value: 0, flags: ['reset'] });
  });

  test('over maxGap is measured, over a moment more its split is an estimate; the total is exact', () => {
    const inside = read({}, [0, 0], [30, 30], [90, 90]);
    expect(inside.minute).toMatchObject({ value: 60, statusCode: 'good', coverage: { known: 1, measured: 1 } });
    const outside = read({}, [0, 0], [30, 30], [91, 91]);
    expect(outside.minute).toMatchObject({ value: 60, statusCode: 'uncertain', coverage: { known: 1, measured: 0.5 } });
    expect(amountOf(outside).value).toBeCloseTo(91, 12);
  });
});

describe('a fall', () => {
  test.each([
    [{}, 1],
    [{ jitter: 3 }, 3],
  ])('by the jitter means nothing, and the register counts on from where it was: %o', (more, jitter) => {
    const run = read(more, [0, 100], [10, 100 - jitter], [20, 100 - jitter], [30, 101]);
    expect(amountOf(run)).toMatchObject({ value: 1, flags: [] });
    expect(run.events).toEqual([]);
  });

  test.each([
    [{}, 1],
    [{ jitter: 3 }, 3],
    [{ jitter: 0 }, 0],
  ])('by more than the jitter is a reset when the register goes on from there: %o', (more, jitter) => {
    const run = read(more, [0, 100], [10, 99 - jitter], [20, 99 - jitter], [30, 99 - jitter]);
    expect(amountOf(run)).toMatchObject({ value: 0, flags: ['reset'] });
    expect(run.events).toEqual(['reset']);
  });
});

test('the least production is production, less is none', () => {
  const ratio = (tonnes: number): Evaluation => {
    const register = { kind: 'counter', maxRate: 1e9 } as const;
    const setup: Setup = {
      windows: ['minute'],
      meters: [
        { ...register, id: 'energy', tag: 'kwh', quantity: 'electricity', unit: 'kWh' },
        { ...register, id: 'steel', tag: 't', quantity: 'steel', unit: 't' },
      ],
      metrics: [{ id: 'r', unit: 'kWh/t', numerator: ['energy'], denominator: ['steel'], minDenominator: 2 }],
    };
    const bench = new Bench(setup, T).read('kwh', T, 0).read('t', T, 0);
    bench.read('kwh', T + MIN, 1_000).read('t', T + MIN, tonnes);
    return bench.until(T + 5 * MIN).final('r', 'minute', T);
  };
  expect(ratio(2)).toMatchObject({ value: 500, reason: null });
  const idle = ratio(1.999);
  expect(idle).toMatchObject({ value: null, reason: 'no-production' });
  expect(idle.amounts[0]).toMatchObject({ value: 1_000 });
});

describe('a device clock', () => {
  test.each([
    [5_000, 'good', []],
    [5_001, 'uncertain', ['clock-skew']],
  ] as const)('ahead by %d ms leaves the register %s', (ahead, statusCode, flags) => {
    const setup: Setup = {
      windows: ['minute'],
      meters: [{ id: 'm', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 36_000 }],
    };
    const bench = new Bench(setup, T);
    for (let s = 0; s <= 180; s += 10)
      bench.feed(T + s * S, { ...sample('kwh', T + s * S + ahead, s), receivedAt: T + s * S });
    const minute = bench.until(T + 10 * MIN).final('m', 'minute', T + MIN);
    expect(minute).toMatchObject({ value: 60, statusCode });
    expect(minute.amounts[0]!.flags).toEqual(flags);
  });
});
