import { describe, expect, test } from 'vitest';
import type { Ms, StatusCode } from '../../rules/sample.ts';
import { at, Bench, type Setup } from '../support/engineKit.ts';

/** Rates integrated over time: metering.md §3. */

const T = at('2026-11-23T10:00:00+08:00');
const S = 1_000;
const MIN = 60 * S;

type Read = readonly [seconds: number, kw: number | null, status?: StatusCode];
function minuteOf(reads: readonly Read[], more: object = {}, start: Ms = T) {
  const setup: Setup = {
    windows: ['minute', 'hour'],
    meters: [{ id: 'power', kind: 'gauge', tag: 'kw', quantity: 'electricity', unit: 'kWh', ...more }],
  };
  const bench = new Bench(setup, T);
  for (const [seconds, kw, status] of reads)
    bench.read('kw', T + seconds * S, kw, status ?? (kw === null ? 'bad' : 'good'));
  return bench.until(T + 10 * MIN).final('power', 'minute', start);
}

describe('a rate', () => {
  test('is integrated along the line between its readings, also across the border of windows', () => {
    const reads: Read[] = [
      [0, 0],
      [40, 120],
      [80, 240],
      [120, 0],
    ];
    expect(minuteOf(reads).value).toBeCloseTo((180 / 2) * (60 / 3600), 12);
    expect(minuteOf(reads, {}, T + MIN).value).toBeCloseTo(((180 + 240) / 2) * (20 / 3600) + 120 * (40 / 3600), 12);
  });

  test('that holds until the next reading is a staircase', () => {
    const reads: Read[] = [
      [0, 60],
      [40, 120],
      [80, 0],
    ];
    expect(minuteOf(reads, { method: 'hold' }).value).toBeCloseTo((60 * 40 + 120 * 20) / 3600, 12);
  });

  test('that holds is as good as the reading that is held', () => {
    const reads: Read[] = [
      [0, 60],
      [60, 120, 'uncertain'],
      [120, 60],
    ];
    expect(minuteOf(reads, { method: 'hold' }).statusCode).toBe('good');
    expect(minuteOf(reads).statusCode).toBe('uncertain');
    expect(minuteOf(reads, { method: 'hold' }, T + MIN).statusCode).toBe('uncertain');
  });

  test.each(['trapezoid', 'hold'])(
    'bordered by a bad reading is unknown there, not zero and not held (%s)',
    (method) => {
      const minute = minuteOf(
        [
          [0, 60],
          [20, 60],
          [30, null],
          [40, 60],
          [60, 60],
        ],
        { method },
      );
      expect(minute).toMatchObject({ value: null, reason: 'incomplete' });
      expect(minute.amounts[0]!.value).toBeCloseTo((60 * 40) / 3600, 12);
      expect(minute.coverage.known).toBeCloseTo(40 / 60, 12);
    },
  );

  test('over a stretch longer than maxGap is unknown there, at maxGap it is known', () => {
    const at60: Read[] = [
      [0, 60],
      [60, 60],
    ];
    expect(minuteOf(at60)).toMatchObject({ value: 1, statusCode: 'good' });
    expect(minuteOf(at60, { maxGapMs: 59 * S }).coverage.known).toBe(0);
  });

  test('read twice at the same instant jumps there', () => {
    const reads: Read[] = [
      [0, 60],
      [30, 60],
      [30, 120],
      [60, 120],
    ];
    expect(minuteOf(reads).value).toBeCloseTo((60 * 30 + 120 * 30) / 3600, 12);
  });
});
