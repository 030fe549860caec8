import { expect, test } from 'vitest';
import { mergeTrend, trendKind, trendLines, trendPoints, trendSpan } from '../../agent/page/src/state/trend.ts';
import type { EvaluationBody } from '../../agent/stream/protocol.ts';
import { calm } from './scene.ts';

const NOW = Date.parse(calm.at);
const mill = calm.trends['mill-1.energy_per_tonne']!;

test('twelve hours in whole quarter-hours, the running one included', () => {
  const { from, to } = trendSpan('quarterHour', NOW);
  expect(new Date(to).toISOString()).toBe('2026-11-22T19:15:00.000Z');
  expect(to - from).toBe(12 * 3_600_000);
  expect(trendPoints('quarterHour', mill, NOW)).toHaveLength(48);
});

test('it reaches as far back as something is known, in steps', () => {
  const hours = (back: number): number => trendSpan('quarterHour', NOW, NOW - back * 3_600_000).hours;
  expect([0, 2.5, 4, 11, 300].map(hours)).toEqual([3, 3, 6, 12, 12]);
  expect(trendPoints('quarterHour', [], NOW)).toHaveLength(12);
  expect(trendPoints('quarterHour', mill.slice(-14), NOW)).toHaveLength(24);
});

test('older ones fall out, and the list stays bounded', () => {
  const later = mergeTrend('quarterHour', mill, [], NOW + 6 * 3_600_000);
  expect(later).toHaveLength(23);
  expect(mergeTrend('quarterHour', mill, mill, NOW)).toHaveLength(47);
});

test('an older revision does not win', () => {
  const first = mill[0]!;
  const revised = { ...first, revision: 3, value: 1 };
  expect(mergeTrend('quarterHour', [revised], [first], NOW)).toEqual([revised]);
});

test('gaps stay gaps; estimates are a line of their own that meets the measured one', () => {
  const [x, measured, estimated] = trendLines(trendPoints('quarterHour', mill, NOW));
  expect(x[1]! - x[0]!).toBe(900);
  expect([13, 14, 17, 18].map((i) => measured[i] === null)).toEqual([false, true, true, false]);
  // 30 and 31 are lost, 32 is an estimate, 33 measured again.
  expect([31, 32, 33, 34].map((i) => estimated[i] ?? null)).toEqual([null, 571, measured[33], null]);
  expect(measured[32]).toBeNull();
  expect([measured[47], estimated[47]]).toEqual([null, null]);
});

test('an implausible figure is no point', () => {
  const odd: EvaluationBody = { ...mill[0]!, value: 5, statusCode: 'bad', reason: 'implausible' };
  expect(trendPoints('quarterHour', [odd], NOW)[0]).toMatchObject({ value: null, reason: 'implausible' });
});

test('metal by current and efficiency is an estimate until it is settled', () => {
  const amount = {
    meter: 'metal',
    role: 'denominator',
    value: 1,
    unit: 't',
    coefficient: 1,
    statusCode: 'good',
  } as const;
  const withFlags = (...flags: EvaluationBody['amounts'][number]['flags']): EvaluationBody => ({
    ...mill[0]!,
    amounts: [{ ...amount, coverage: { known: 1, measured: 1 }, flags }],
  });
  expect(trendPoints('quarterHour', [withFlags('estimate')], NOW)[0]?.isSoft).toBe(true);
  expect(trendPoints('quarterHour', [withFlags('estimate', 'settled')], NOW)[0]?.isSoft).toBe(false);
  expect(trendPoints('quarterHour', [withFlags('estimated')], NOW)[0]?.isSoft).toBe(true);
});

test('a metric without quarter-hours has a trend of hours, wherever in the hour they begin', () => {
  expect(trendKind({ windows: ['minute', 'quarterHour', 'hour'] })).toBe('quarterHour');
  expect(trendKind({ windows: ['hour', 'shift'] })).toBe('hour');
  const window = { kind: 'hour', start: '2026-11-22T23:00:00+05:30', end: '2026-11-23T00:00:00+05:30' } as const;
  const points = trendPoints('hour', [{ ...mill[0]!, window, value: 577 }], NOW);
  expect(points.filter(({ value }) => value !== null)).toMatchObject([{ start: Date.parse(window.start), value: 577 }]);
  expect(points.length).toBe(6);
});
