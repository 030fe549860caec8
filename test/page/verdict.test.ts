import { expect, test } from 'vitest';
import { caveat, comparison, judgement, mainWindow } from '../../agent/page/src/state/verdict.ts';
import type { LiveValue } from '../../agent/stream/protocol.ts';

const bound = { op: '<=', bound: 13_000 } as const;
const verdict = (state: 'normal' | 'warning' | 'excursion' | 'returned') => ({
  ...bound,
  indicator: null,
  state,
  stale: false,
  indicative: false,
  beyondMs: 0,
});
const figure = (value: number | null, more: Partial<LiveValue> = {}): LiveValue => ({
  id: 'm',
  of: 'metric',
  value,
  unit: 'kWh/t',
  statusCode: 'good',
  reason: null,
  at: '2026-11-23T03:12:40+08:00',
  since: '2026-11-23T03:00:00+08:00',
  ...more,
});

test.each([
  ['equality meets the bound', figure(13_000), 'within', 0],
  ['the arithmetic rounds', figure(13_000.000000000002), 'within', 0],
  ['within', figure(12_900), 'within', 100],
  ['over', figure(13_066), 'over', -66],
  ['uncertain over', figure(13_066, { statusCode: 'uncertain' }), 'uncertainOver', -66],
  ['estimated metal over', figure(13_066, { flags: ['estimate'] }), 'estimateOver', -66],
  ['settled metal over', figure(13_066, { flags: ['estimate', 'settled'] }), 'over', -66],
  ['the agent calls it a warning', figure(13_066, { limit: verdict('warning') }), 'estimateOver', -66],
  [
    'an excursion stays one while uncertain',
    figure(13_066, { statusCode: 'uncertain', limit: verdict('excursion') }),
    'over',
    -66,
  ],
  ['no production', figure(null, { reason: 'no-production' }), 'noProduction', null],
  ['incomplete', figure(null, { reason: 'incomplete', statusCode: 'bad' }), 'notJudged', null],
  [
    'implausible keeps its value and gets no verdict',
    figure(5_000, { reason: 'implausible', statusCode: 'bad' }),
    'notJudged',
    null,
  ],
  ['unknown is never a pass', undefined, 'notJudged', null],
] as const)('%s', (_, given, word, margin) => {
  expect(judgement(given, bound)).toMatchObject({ word, margin });
});

test('a figure says by its own flags and status that it is not firm', () => {
  expect(caveat(figure(1, { flags: ['estimate'] }))).toBe('estimate');
  expect(caveat(figure(1, { flags: ['estimate', 'replacement'], statusCode: 'uncertain' }))).toBe('estimate');
  expect(caveat(figure(1, { flags: ['replacement'], statusCode: 'uncertain' }))).toBe('uncertain');
  expect(caveat(figure(1, { flags: ['rollover', 'settled'] }))).toBeNull();
  expect(caveat(figure(null, { flags: ['estimate'], reason: 'no-production' }))).toBeNull();
});

test('no limit, no verdict', () => {
  expect(judgement(figure(100), null)).toEqual({ word: 'notJudged', limit: null, margin: null });
});

test('better is lower against ≤ and higher against ≥', () => {
  expect(comparison(figure(12_900), figure(13_000), bound)).toBe('better');
  expect(comparison(figure(13_100), figure(13_000), bound)).toBe('worse');
  expect(comparison(figure(13_001), figure(13_000), bound)).toBe('same');
  expect(comparison(figure(95), figure(93), { op: '>=', bound: 93 })).toBe('better');
  expect(comparison(figure(95), figure(93), null)).toBeNull();
  const window = { kind: 'shift', start: '2026-11-23T00:00:00+08:00', end: '2026-11-23T08:00:00+08:00' } as const;
  expect(comparison(figure(95, { window: { ...window, kind: 'hour' } }), figure(93, { window }), bound)).toBeNull();
  expect(comparison(undefined, figure(93), bound)).toBeNull();
});

test('the shift where there is one', () => {
  expect(mainWindow({ windows: ['minute', 'hour', 'shift', 'day'] })).toBe('shift');
  expect(mainWindow({ windows: ['minute', 'hour'] })).toBe('hour');
});
