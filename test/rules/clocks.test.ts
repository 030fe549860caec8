import { describe, expect, test } from 'vitest';
import { step } from '../../rules/engine.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import type { Output } from '../../rules/state.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

/** The agent's own clock is set, or the agent sleeps: windows stay right, and nothing is counted twice. */

const T = at('2026-11-23T10:00:00+08:00');
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

const setup: Setup = {
  windows: ['minute', 'hour', 'day'],
  meters: [
    { id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 7_200 },
    { id: 'power', kind: 'gauge', tag: 'kw', quantity: 'electricity', unit: 'kWh' },
    { id: 'mass', kind: 'event', tag: 'coil', amountTag: 'weight', quantity: 'steel', unit: 't' },
  ],
  metrics: [{ id: 'per_t', unit: 'kWh/t', numerator: ['energy'], denominator: ['mass'] }],
};

/** One kWh a second, 3600 kW, a coil of 20 t every 10 minutes; `real` is what a right clock would show. */
const plant = (real: Ms, stamp: Ms): Sample[] => {
  const seconds = (real - T) / S;
  return [
    sample('kwh', stamp, seconds),
    sample('kw', stamp, 3_600),
    sample('weight', stamp, 20),
    sample('coil', stamp, Math.floor(seconds / 600)),
  ].map((one) => ({ ...one, receivedAt: stamp }));
};

/** Reads every 10 s from `from` to `to`, with a clock that is `ahead`; the device has a clock of its own, or none. */
function read(bench: Bench, from: Ms, to: Ms, ahead: Ms, device: 'own clock' | 'no clock'): void {
  for (let real = from; real < to; real += 10 * S) {
    const now = real + ahead;
    const samples = plant(real, device === 'own clock' ? real : now).map((one) => ({ ...one, receivedAt: now }));
    bench.feed(now, ...samples);
  }
}
/** A step at `now` although windows fell due before it, when nobody was awake; returns what came of it. */
function jump(bench: Bench, now: Ms, samples: readonly Sample[]): readonly Output[] {
  const { state, outputs } = step(bench.plan, bench.state, { now, samples });
  bench.state = state;
  return outputs.filter(({ type }) => type !== 'minute');
}
const sum = (bench: Bench, id: string): number =>
  bench.finals(id, 'minute').reduce((all, e) => all + e.amounts[0]!.value, 0);

describe('a clock set forward by a day and back after ten minutes', () => {
  const story = (device: 'own clock' | 'no clock'): Bench => {
    const bench = new Bench(setup, T);
    read(bench, T, T + H, 0, device);
    read(bench, T + H, T + H + 10 * MIN, 24 * H, device);
    read(bench, T + H + 10 * MIN, T + 3 * H + 10 * S, 0, device);
    return bench;
  };

  test('changes no figure of devices with clocks of their own', () => {
    const bench = story('own clock');
    for (let minute = 0; minute < 179; minute++)
      expect(bench.final('energy', 'minute', T + minute * MIN)).toMatchObject({
        value: expect.closeTo(60, 9),
        statusCode: 'good',
      });
    expect(bench.final('mass', 'hour', T + H).amounts[0]!.value).toBe(120);
    expect(bench.final('per_t', 'hour', T + H).value).toBeCloseTo(30, 9);
    expect(bench.notes.map(({ event }) => event)).toContain('clock-set-back');
  });

  test('floods nobody with the windows of that day', () => {
    const bench = new Bench(setup, T);
    read(bench, T, T + H, 0, 'own clock');
    const counts = [0, 10, 20].map((s) => jump(bench, T + 25 * H + s * S, plant(T + H + s * S, T + H + s * S)).length);
    expect(counts.reduce((a, b) => a + b)).toBeLessThan(400);
  });

  test('loses no kilowatt-hour of devices without clocks, and measures on at once', () => {
    const bench = story('no clock');
    expect(sum(bench, 'energy')).toBeGreaterThan(3 * 3_600 - 120);
    expect(sum(bench, 'energy')).toBeLessThanOrEqual(3 * 3_600);
    expect(bench.final('energy', 'minute', T + 2 * H)).toMatchObject({
      value: expect.closeTo(60, 1),
      statusCode: 'good',
    });
    expect(bench.final('mass', 'hour', T + 2 * H).amounts[0]!.value).toBe(120);
  });
});

describe.each(['own clock', 'no clock'] as const)('a clock set back by an hour, devices with %s', (device) => {
  const bench = new Bench(setup, T);
  read(bench, T, T + 2 * H, device === 'own clock' ? 0 : H, device);
  read(bench, T + 2 * H, T + 4 * H + 10 * S, 0, device);
  bench.until(bench.now + 5 * MIN);

  test('keeps the total of the register, and knows of no reset', () => {
    expect(Math.abs(sum(bench, 'energy') - 4 * 3_600)).toBeLessThanOrEqual(130);
    expect(bench.notes.map(({ event }) => event)).not.toContain('reset');
    expect(bench.notes.map(({ event }) => event)).not.toContain('replacement');
  });

  test('goes on with good figures', () => {
    expect(bench.final('energy', 'minute', T + 3 * H + 30 * MIN)).toMatchObject({
      value: expect.closeTo(60, 9),
      statusCode: 'good',
    });
    expect(bench.final('power', 'minute', T + 3 * H + 30 * MIN)).toMatchObject({
      value: expect.closeTo(60, 9),
      statusCode: 'good',
    });
    expect(bench.final('per_t', 'hour', T + 3 * H).value).toBeCloseTo(30, 9);
  });

  test('has no window with more coverage than it is long, and no negative amount', () => {
    for (const { coverage, amounts } of bench.log) {
      expect(coverage.known).toBeLessThanOrEqual(1);
      for (const { value } of amounts) expect(value).toBeGreaterThanOrEqual(-1e-9);
    }
  });
});

describe('an agent that is stopped for ten minutes and continued', () => {
  test('takes it for a gap: what was consumed is there, each window is evaluated once', () => {
    const bench = new Bench(setup, T);
    read(bench, T, T + 20 * MIN, 0, 'no clock');
    const back = T + 30 * MIN;
    // Nobody steps the engine meanwhile, as Bench would.
    expect(jump(bench, back, plant(back, back))).toEqual([]);
    read(bench, back + 10 * S, T + H + MIN, 0, 'no clock');
    const minutes = bench.finals('energy', 'minute').slice(0, 60);
    expect(minutes.reduce((all, e) => all + e.amounts[0]!.value, 0)).toBeCloseTo(3_600, 6);
    expect(new Set(minutes.map(({ revision }) => revision))).toEqual(new Set([1]));
    expect(bench.final('energy', 'minute', T + 25 * MIN)).toMatchObject({
      statusCode: 'uncertain',
      coverage: { known: 1, measured: 0 },
    });
  });
});
