import { expect, test } from 'vitest';
import { formats } from '../../agent/page/src/format.ts';

const en = formats('en', 'Asia/Shanghai');
const zh = formats('zh', 'Asia/Shanghai');
const at = Date.parse('2026-11-22T19:12:40Z');

test('digits by size', () => {
  expect([13_034.2, 584.62, 96.8, 2.84, 0.1234, 0].map((value) => en.number(value))).toEqual([
    '13,034',
    '584.6',
    '96.80',
    '2.84',
    '0.123',
    '0',
  ]);
});

test('a figure that misses its bound never looks equal to it', () => {
  expect(en.against(13_000.3, 13_000)).toBe('13,000.3');
  expect(en.against(13_000, 13_000)).toBe('13,000');
  expect(en.against(13_066.66, 13_000)).toBe('13,067');
  expect(en.distance(66.66, 13_000)).toBe('67');
  expect(en.distance(0.3, 13_000)).toBe('0.3');
});

test('99.97 % is not 100 %', () => {
  expect(en.share(0.9997)).toBe('99.9 %');
  expect(en.share(1)).toBe('100 %');
});

test('bounds and units', () => {
  expect(en.bound({ op: '<=', bound: 13_000 })).toBe('≤ 13,000');
  expect(zh.bound({ op: '>=', bound: 97.5 })).toBe('≥ 97.5');
  expect(['m3/t', 'kWh/t', 'mg/m3', 'm3'].map(zh.unit)).toEqual(['m³/t', 'kWh/t', 'mg/m³', 'm³']);
});

test("times on the plant's clocks, wherever the reader is", () => {
  expect(zh.clock(at)).toBe('03:12:40');
  expect(zh.date(at)).toBe('2026年11月23日周一');
  expect(en.date(at)).toContain('23 Nov 2026');
  expect(formats('en', 'Europe/Berlin').time(at)).toBe('20:12');
});

test('since: the day only when it is another', () => {
  expect(en.since('2026-11-23T02:14:08+08:00', at)).toBe('02:14');
  expect(zh.since('2026-11-22T23:50:00+08:00', at)).toContain('11月22日');
  expect(en.since('2025-11-23T02:14:08+08:00', at)).toContain('23 Nov');
});
