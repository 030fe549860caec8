import { describe, expect, test } from 'vitest';
import { lastTransition } from '../../agent/page/src/state/alarm.ts';
import { leavesHole, replies } from '../../agent/page/src/state/session.ts';
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
import { backoff } from '../../agent/page/src/state/stream.ts';
import type { AgentFrame } from '../../agent/stream/frames.ts';
import type { EvaluationBody, LiveValue, WireRecord } from '../../agent/stream/protocol.ts';
import { calm, trouble } from './scene.ts';

const MAIN = 'mill-1.energy_per_tonne';
const hello = (epoch: string): AgentFrame => ({
  type: 'hello',
  protocol: 'pertonne.v1',
  agent: 'demo',
  equipment: 'acme',
  epoch,
  firstSeq: 1,
  lastSeq: 9,
  time: calm.at,
  heartbeatSeconds: 10,
  limits: { maxFrameBytes: 1, windowBytes: 1, maxSubscriptions: 1 },
});
const snapshot = (values: readonly LiveValue[]): AgentFrame => ({
  type: 'snapshot',
  id: 'page',
  at: calm.at,
  values: [...values],
  records: [],
  alarms: [],
});
const entry = (seq: number, body: EvaluationBody): WireRecord => ({ seq, kind: 'evaluation', at: calm.at, body });
const batch = (prev: number, ...records: WireRecord[]): AgentFrame => ({ type: 'records', id: 'page', prev, records });

const reduced = (state: PageState, ...actions: Action[]): PageState => actions.reduce(reduce, state);
const frames = (state: PageState, now: number, ...list: AgentFrame[]): PageState =>
  reduced(state, ...list.map((frame) => ({ type: 'frame', frame, now }) as const));
const subscribed: AgentFrame = {
  type: 'subscribed',
  id: 'page',
  from: { epoch: 'e1', seq: 9 },
  metrics: [],
  tags: [],
};
const started = frames(reduced(initialState, { type: 'plant', plant: calm.plant }), 1_000, hello('e1'), subscribed);
const quarter = calm.trends[MAIN]![46]!;

describe('figures', () => {
  test('a metric is kept per running window; the newest wins', () => {
    const shift = calm.values.find(({ id, window }) => id === MAIN && window?.kind === 'shift')!;
    const live: AgentFrame = { type: 'live', id: 'page', at: calm.at, values: [{ ...shift, value: 590 }] };
    const state = frames(started, 1_000, snapshot(calm.values), live);
    expect(state.figures.get(figureKey(MAIN, 'shift'))?.value).toBe(590);
    expect(state.figures.get(figureKey(MAIN, 'hour'))?.value).toBe(571.2);
  });

  test('a snapshot forgets what is no longer there', () => {
    const state = frames(started, 1_000, snapshot(calm.values), snapshot([]));
    expect([state.figures.size, state.tags.size, state.endpoints.size]).toEqual([0, 0, 0]);
  });
});

describe('records', () => {
  test('a closed quarter-hour joins the trend once; its revision replaces it', () => {
    const revised = { ...quarter, revision: 2, value: 570 };
    const state = frames(
      started,
      1_000,
      batch(9, entry(10, quarter)),
      batch(10, entry(11, revised), entry(10, quarter)),
    );
    expect(state.trends.get(MAIN)).toEqual([revised]);
    expect(state.cursor).toEqual({ epoch: 'e1', seq: 11 });
  });

  test('what the cursor covers is dropped', () => {
    const state = frames(started, 1_000, batch(8, entry(9, quarter)));
    expect(state.trends.size).toBe(0);
  });

  test('the subscription resumes at the cursor, in a new log from now', () => {
    const state = frames(started, 1_000, batch(9, entry(10, quarter)));
    expect(replies(state, batch(9))).toEqual([{ type: 'ack', id: 'page', cursor: { epoch: 'e1', seq: 10 } }]);
    const again = frames(state, 2_000, hello('e1'));
    expect(replies(again, hello('e1'))).toMatchObject([{ records: { from: { epoch: 'e1', seq: 10 } } }]);
    const renewed = frames(state, 2_000, hello('e2'));
    expect(replies(renewed, hello('e2'))).toMatchObject([{ records: { from: 'now' } }]);
  });

  test('a hole before a batch is noticed, an overlap is none', () => {
    expect(leavesHole(started, batch(12, entry(13, quarter)))).toBe(true);
    expect(leavesHole(started, batch(5, entry(6, quarter)))).toBe(false);
  });

  test('the last alarm of a metric stays', () => {
    const state = frames(started, 1_000, { ...snapshot([]), records: [...trouble.records] } as AgentFrame);
    expect(state.alarms.get('potline-1.ac_power')?.body.to).toBe('excursion');
  });
});

describe('time', () => {
  const heard = frames(started, 10_000, snapshot([]));
  const at = Date.parse(calm.at);

  test('some seconds of silence are stale, a frame ends it', () => {
    expect(isStale(reduced(heard, { type: 'tick', now: 10_000 + STALE_MS }))).toBe(false);
    const silent = reduced(heard, { type: 'tick', now: 10_001 + STALE_MS });
    expect(isStale(silent)).toBe(true);
    expect(isStale(frames(silent, 14_500, snapshot([])))).toBe(false);
  });

  test("a real plant's clock goes on through silence, a simulated one's waits", () => {
    const real = reduced(heard, { type: 'plant', plant: { ...calm.plant, speed: 1 } });
    expect(plantNow(reduced(real, { type: 'tick', now: 70_000 }))).toBe(at + 60_000);
    expect(plantNow(reduced(heard, { type: 'tick', now: 11_000 }))).toBe(at + 60_000);
    expect(plantNow(reduced(heard, { type: 'tick', now: 70_000 }))).toBe(at + 60 * STALE_MS);
  });

  test('attempts to connect double and stay bounded', () => {
    expect([0, 1, 2, 3, 4, 5, 500].map((n) => backoff(n, 0))).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
    expect(backoff(0, 1)).toBe(375);
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
