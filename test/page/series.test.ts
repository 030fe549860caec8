import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EvaluationBody } from '../../agent/page/src/contract.ts';
import {
  earlierValues,
  expectedOf,
  fitted,
  panned,
  seriesPoints,
  usualSpan,
  zoomed,
} from '../../agent/page/src/state/series.ts';
import { calm } from './scene.ts';

const DAY = 86_400_000;
const trend = calm.trends['potline-1.ac_power']!;
const spans = fc
  .record({ from: fc.integer({ min: 0, max: 1e12 }), length: fc.integer({ min: 600_000, max: DAY }) })
  .map(({ from, length }) => ({ from, to: from + length }));

describe('the stretch that a chart shows', () => {
  test('never reaches beyond now by itself, and keeps its length when it is moved', () => {
    fc.assert(
      fc.property(spans, fc.integer({ min: 0, max: 2 * DAY }), fc.constantFrom(-1, 1), (span, left, direction) => {
        const now = span.to + left;
        const moved = panned(span, direction as -1 | 1, now);
        expect(moved.to).toBeLessThanOrEqual(now);
        expect(moved.to - moved.from).toBeCloseTo(span.to - span.from, 6);
        expect(zoomed(span, 2, now).to).toBeLessThanOrEqual(now);
      }),
    );
  });

  test('is halved and doubled around its middle', () => {
    expect(zoomed({ from: 0, to: 4 * DAY }, 0.5, 10 * DAY)).toEqual({ from: DAY, to: 3 * DAY });
    expect(zoomed({ from: 4 * DAY, to: 6 * DAY }, 2, 10 * DAY)).toEqual({ from: 3 * DAY, to: 7 * DAY });
  });

  test('changes by the minute, not with every tick', () => {
    expect(usualSpan('hour', 60_001)).toEqual(usualSpan('hour', 119_999));
  });
});

describe('the stretch that nobody chose', () => {
  const usual = usualSpan('hour', Date.parse(calm.at));

  test('begins where what is known begins', () => {
    expect(fitted(usual, trend)).toEqual({ from: Date.parse(trend[0]!.window.start), to: usual.to });
    expect(fitted({ ...usual, from: Date.parse(trend[5]!.window.start) }, trend).from).toBe(
      Date.parse(trend[5]!.window.start),
    );
  });

  test('is no shorter than a twelfth of the usual one, however little is known', () => {
    expect(fitted(usual, trend.slice(-1))).toEqual({ from: usual.to - (2 * DAY) / 12, to: usual.to });
    expect(fitted(usual, [])).toEqual(usual);
  });
});

describe('the points', () => {
  test('have an empty one where windows are missing, so that no line is drawn across', () => {
    const points = seriesPoints([trend[10]!, trend[13]!]);
    expect(points.map(({ value, reason }) => [value === null, reason])).toEqual([
      [false, null],
      [true, null],
      [false, null],
    ]);
  });

  test('are compared with the same windows of a day before, where there are any', () => {
    const points = seriesPoints(trend.slice(10, 13));
    const before = [trend[10]!, trend[12]!].map((one): EvaluationBody => {
      const earlier = (iso: string): string => new Date(Date.parse(iso) - DAY).toISOString();
      return {
        ...one,
        value: 7,
        window: { ...one.window, start: earlier(one.window.start), end: earlier(one.window.end) },
      };
    });
    expect(earlierValues(points, before, DAY)).toEqual([7, null, 7]);
  });

  test('know what the baseline leads one to expect, in their own unit', () => {
    const baseline = { unit: 'kWh', base: 0, slope: 0, actual: 110, expected: 100, difference: 10, cumulative: 10 };
    expect(expectedOf({ ...trend[10]!, value: 11, baseline })).toBe(10);
    expect(expectedOf({ ...trend[10]!, value: 11, baseline: { ...baseline, actual: 0 } })).toBe(null);
    expect(expectedOf(trend[10]!)).toBe(null);
  });
});
