import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Acquired } from '../../agent/acquisition.ts';
import type { Sample, StatusCode } from '../../rules/sample.ts';

const POINTS = [
  { tag: 'a', period: 1_000 },
  { tag: 'b', period: 1_000 },
  { tag: 'slow', period: 60_000 },
];

const came = (tag: string, receivedAt: number, statusCode: StatusCode = 'good'): Sample => ({
  tag,
  value: statusCode === 'bad' ? null : 1,
  statusCode,
  sourceTimestamp: receivedAt,
  receivedAt,
});

describe('the acquisition of an endpoint', () => {
  test.each<[string, readonly Sample[], number, object]>([
    ['nothing is due before a whole period has gone by', [came('a', 500)], 1_999, { due: 0, good: 1, inTime: 0 }],
    ['a value a tag and period', [], 4_000, { due: 6, good: 0, inTime: 0 }],
    [
      'all in time',
      [1, 2, 3].flatMap((s) => [came('a', s * 1_000 + 90), came('b', s * 1_000 + 990)]),
      4_000,
      { due: 6, good: 6, inTime: 6 },
    ],
    ['the running period is left out', [came('a', 1_090), came('a', 2_090)], 2_900, { due: 2, good: 2, inTime: 1 }],
    [
      'bad and uncertain values are not good',
      [came('a', 1_090, 'bad'), came('b', 1_090, 'uncertain')],
      2_000,
      { due: 2, good: 0, inTime: 0 },
    ],
    ['two in one period are in time once', [came('a', 1_090), came('a', 1_900)], 2_000, { due: 2, good: 2, inTime: 1 }],
    [
      'a value that took a period and more',
      [came('a', 1_090), came('a', 3_100)],
      4_000,
      { due: 6, good: 2, inTime: 2 },
    ],
    ['an hour that the clock skipped was due', [came('a', 1_090)], 3_601_000, { due: 7_200 + 59, good: 1, inTime: 1 }],
    [
      'what is lived twice is due once',
      [came('a', 9_090), came('a', 1_090), came('a', 9_190)],
      10_000,
      { due: 18, good: 3, inTime: 1 },
    ],
    ['tags of nobody are not counted', [came('other', 1_090)], 2_000, { due: 2, good: 0, inTime: 0 }],
  ])('%s', (_, samples, now, expected) => {
    const acquired = new Acquired(POINTS, 200);
    acquired.take(samples);
    expect(acquired.until(now)).toEqual(expected);
  });

  test('is never more than all, whenever values come and whenever it is asked for', () => {
    const arrivals = fc.array(fc.record({ tag: fc.constantFrom('a', 'b', 'slow'), at: fc.nat(200_000) }));
    fc.assert(
      fc.property(arrivals, fc.array(fc.nat(300_000)), (values, asked) => {
        const acquired = new Acquired(POINTS, 0);
        for (const { tag, at } of values) acquired.take([came(tag, at)]);
        for (const now of asked) {
          const { due, inTime } = acquired.until(now);
          expect(inTime).toBeLessThanOrEqual(due);
        }
      }),
    );
  });
});
