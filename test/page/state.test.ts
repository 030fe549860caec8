import { describe, expect, test } from 'vitest';
import type { Told } from '../../agent/page/src/contract.ts';
import { lastTransition } from '../../agent/page/src/state/alarm.ts';
import {
  type Action,
  figureKey,
  initialState,
  isStale,
  type PageState,
  plantNow,
  reduce,
  STALE_MS,
} from '../../agent/page/src/state/state.ts';
import type { EvaluationBody, LiveValue, WireRecord } from '../../agent/stream/protocol.ts';
import { calm, trouble } from './scene.ts';

const MAIN = 'mill-1.energy_per_tonne';
const hello: Told = { type: 'hello', time: calm.at };
const snapshot = (values: readonly LiveValue[], records: readonly WireRecord[] = []): Told => ({
  type: 'snapshot',
  at: calm.at,
  values: [...values],
  records: [...records],
  alarms: [],
});
const entry = (seq: number, body: EvaluationBody): WireRecord => ({ seq, kind: 'evaluation', at: calm.at, body });
const batch = (...records: WireRecord[]): Told => ({ type: 'records', records });

const reduced = (state: PageState, ...actions: Action[]): PageState => actions.reduce(reduce, state);
const told = (state: PageState, now: number, ...list: Told[]): PageState =>
  reduced(state, ...list.map((one) => ({ type: 'told', told: one, now }) as const));
const started = told(reduced(initialState, { type: 'plant', plant: calm.plant }), 1_000, hello);
const quarter = calm.trends[MAIN]![46]!;

describe('figures', () => {
  test('a metric is kept per running window; the newest wins', () => {
    const shift = calm.values.find(({ id, window }) => id === MAIN && window?.kind === 'shift')!;
    const live: Told = { type: 'live', at: calm.at, values: [{ ...shift, value: 590 }] };
    const state = told(started, 1_000, snapshot(calm.values), live);
    expect(state.figures.get(figureKey(MAIN, 'shift'))?.value).toBe(590);
    expect(state.figures.get(figureKey(MAIN, 'hour'))?.value).toBe(571.2);
  });

  test('a snapshot forgets what is no longer there', () => {
    const state = told(started, 1_000, snapshot(calm.values), snapshot([]));
    expect([state.figures.size, state.tags.size, state.endpoints.size]).toEqual([0, 0, 0]);
  });
});

test('what the agent cannot keep is said until it can', () => {
  const { at } = calm;
  const log = (statusCode: 'good' | 'bad', reason: string | null): Told => ({
    ...{ type: 'live', at },
    values: [{ id: 'log', of: 'log', value: null, unit: '', statusCode, reason, at, since: at }],
  });
  const failing = told(started, 1_000, snapshot(calm.values), log('bad', 'the disk is full'));
  expect([started.isKept, failing.isKept]).toEqual([true, false]);
  expect(told(failing, 2_000, log('good', null)).isKept).toBe(true);
});

describe('records', () => {
  test('a closed quarter-hour joins the trend once; its revision replaces it', () => {
    const revised = { ...quarter, revision: 2, value: 570 };
    const state = told(started, 1_000, batch(entry(10, quarter)), batch(entry(11, revised)));
    expect(state.trends.get(MAIN)).toEqual([revised]);
  });

  test('the last alarm of a metric stays', () => {
    const state = told(started, 1_000, snapshot([], trouble.records));
    expect(state.alarms.get('potline-1.ac_power')?.body.to).toBe('excursion');
  });
});

describe('time', () => {
  const heard = told(started, 10_000, snapshot([]));
  const at = Date.parse(calm.at);

  test('some seconds of silence are stale, a frame ends it', () => {
    expect(isStale(reduced(heard, { type: 'tick', now: 10_000 + STALE_MS }))).toBe(false);
    const silent = reduced(heard, { type: 'tick', now: 10_001 + STALE_MS });
    expect(isStale(silent)).toBe(true);
    expect(isStale(told(silent, 14_500, snapshot([])))).toBe(false);
  });

  test("a real plant's clock goes on through silence, a simulated one's waits", () => {
    const real = reduced(heard, { type: 'plant', plant: { ...calm.plant, speed: 1 } });
    expect(plantNow(reduced(real, { type: 'tick', now: 70_000 }))).toBe(at + 60_000);
    expect(plantNow(reduced(heard, { type: 'tick', now: 11_000 }))).toBe(at + 60_000);
    expect(plantNow(reduced(heard, { type: 'tick', now: 70_000 }))).toBe(at + 60 * STALE_MS);
  });
});

describe('the last alarm', () => {
  const potline = calm.plant.lines[1]!;
  const main = 'potline-1.ac_power';
  const judged = (state: 'normal' | 'warning', i: number): EvaluationBody => ({
    ...calm.trends[main]![i]!,
    limit: { indicator: null, op: '<=', bound: 13_000, state, stale: false, indicative: true, beyondMs: 0 },
  });
  const trends = new Map([[main, [judged('normal', 20), judged('warning', 21), judged('warning', 22)]]]);
  const alarms = new Map(trouble.records.flatMap((entry) => (entry.kind === 'alarm' ? [[main, entry] as const] : [])));

  test('is the last change of judgement in the trend when none was told', () => {
    expect(lastTransition(potline, { trends, alarms: new Map() })).toMatchObject({
      window: judged('warning', 21).window,
      limit: { state: 'warning' },
    });
  });

  test('is the newer one of that and what was told', () => {
    expect(lastTransition(potline, { trends, alarms })?.window.kind).toBe('hour');
  });

  test('is none where the judgement never changed', () => {
    const steady = new Map([[main, [judged('warning', 20), judged('warning', 21)]]]);
    expect(lastTransition(potline, { trends: steady, alarms: new Map() })).toBeNull();
  });
});
