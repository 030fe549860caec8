import { describe, expect, test } from 'vitest';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

const T = at('2026-11-23T10:00:00+08:00');
const S = 1_000;
const setup: Setup = {
  windows: ['minute'],
  meters: [{ id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 3_600 }],
};

describe('a protocol without timestamps', () => {
  /** One count a second, read each second; the answer to the poll at 20 s is taken 900 ms late, the next one in time. */
  const readings = (takenWithin: number) => [
    sample('kwh', T, 1_000),
    sample('kwh', T + 10 * S, 1_010),
    { ...sample('kwh', T + 20 * S, 1_013 + 10), takenWithin },
    sample('kwh', T + 21 * S, 1_024),
    sample('kwh', T + 62 * S, 1_065),
    sample('kwh', T + 70 * S, 1_073),
  ];
  const run = (takenWithin: number) => {
    const bench = new Bench(setup, T);
    for (const one of readings(takenWithin)) bench.feed(one.sourceTimestamp, one);
    return bench.until(T + 100 * S);
  };

  test('a value taken late within its poll is no glitch, and loses nothing', () => {
    const minute = run(3 * S).final('energy', 'minute', T);
    expect(minute.amounts[0]!.flags).toEqual([]);
    expect(minute.value).toBeCloseTo(24 + (41 * 39) / 41, 9);
  });

  test('the same jump with exact timestamps is suspect, and the next reading clears it up', () => {
    const minute = run(0).final('energy', 'minute', T);
    expect(minute.amounts[0]!.flags).toEqual(['replacement']);
    expect(minute.statusCode).toBe('bad');
  });
});
