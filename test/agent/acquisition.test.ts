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

  test('goes on when tags come and go: those that stay count as if nothing were, those that come from their next period on', () => {
    const acquired = new Acquired(POINTS, 0);
    acquired.take([came('a', 1_090), came('b', 1_090), came('a', 2_090)]);
    acquired.become([POINTS[0]!, { tag: 'new', period: 1_000 }], 2_500);
    acquired.take([came('b', 2_600), came('new', 2_600), came('a', 3_090), came('new', 3_100)]);
    // a: seconds 1 to 3; b: second 1; new: second 3. The minute of the slow one had not ended.
    expect(acquired.until(4_000)).toEqual({ due: 5, good: 6, inTime: 5 });
    acquired.become([], 4_500);
    expect(acquired.until(9_000)).toEqual({ due: 5, good: 6, inTime: 5 });
  });

  test('of tags that stay is the same whatever others come and go', () => {
    const others = fc.array(fc.tuple(fc.nat(60_000), fc.subarray(['x', 'y', 'z'])), { maxLength: 8 });
    const arrivals = fc.array(fc.nat(60_000), { maxLength: 40 });
    fc.assert(
      fc.property(others, arrivals, (changes, values) => {
        const [alone, beside] = [new Acquired([POINTS[0]!], 0), new Acquired([POINTS[0]!], 0)];
        const all = [...changes.map(([at, tags]) => ({ at, tags })), ...values.map((at) => ({ at, tags: null }))].sort(
          (one, other) => one.at - other.at,
        );
        for (const { at, tags } of all) {
          if (tags) beside.become([POINTS[0]!, ...tags.map((tag) => ({ tag, period: 7_000_000 }))], at);
          else for (const one of [alone, beside]) one.take([came('a', at)]);
        }
        expect(beside.until(70_000)).toEqual(alone.until(70_000));
      }),
    );
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
