import { expect, test } from 'vitest';
import { healthOf } from '../../agent/health.ts';
import { LogWatch } from '../../agent/logWatch.ts';
import type { Pipeline } from '../../agent/pipeline.ts';
import type { Entry } from '../../agent/records.ts';
import type { Store } from '../../agent/store/contract.ts';
import type { WireTime } from '../../agent/wire.ts';
import { planOf, sample } from '../support/engineKit.ts';
import { recordedLog } from '../support/logs.ts';
import { StoreKit } from '../support/storeKit.ts';
import { bodies, pipelineOn, T, time } from './pipelineKit.ts';

/** A fault of the program in the making of a record is one record less, and told; it is no fault of the store. */

const kit = new StoreKit();

/** Knows no wire form of these seconds. */
const without = (...seconds: readonly number[]): WireTime =>
  Object.assign(
    (at: number): string => {
      if (seconds.includes((at - T) / 1_000)) throw new RangeError('an instant that breaks the program');
      return time(at);
    },
    { shiftDay: time.shiftDay },
  );

/** JSON has no such number. */
const unwritable: Entry = { type: 'endpoint', endpoint: 'plc', state: 'down', reason: 1n as unknown as string, at: T };
const writable = (endpoint: string): Entry => ({ ...unwritable, endpoint, reason: 'no answer' }) as Entry;

const reasons = (pipeline: Pipeline): readonly string[] =>
  healthOf(pipeline, new LogWatch(recordedLog()), new Map(), []).reasons;

test('a record that is no JSON is left out, counted and told; those beside it are written', async () => {
  const store = await kit.opened();
  const { pipeline, commits, end } = await pipelineOn(store);
  for (const entry of [writable('first'), unwritable, writable('second'), writable('third')]) pipeline.enter(entry);
  await commits.until(() => store.lastSeq() >= 4);
  expect(await bodies(store)).toEqual([
    { endpoint: 'first', state: 'down', reason: 'no answer' },
    { endpoint: 'second', state: 'down', reason: 'no answer' },
    { endpoint: 'third', state: 'down', reason: 'no answer' },
    { reason: 'not-made', records: 1, detail: expect.stringMatching(/^the state of plc: TypeError/) },
  ]);
  expect(pipeline.storeFault).toBeNull();
  expect(pipeline.unmade.count).toBe(1);
  expect(reasons(pipeline)).toEqual([expect.stringContaining('the state of plc: TypeError')]);
  await end();
  expect(store.lastSeq()).toBe(4);
});

test('a figure that cannot be made leaves the windows about it as they are', async () => {
  const store = await kit.opened();
  const { pipeline, commits, read, end } = await pipelineOn(store, { time: without(120) });
  for (let seconds = 0; seconds <= 240; seconds += 20) await read(seconds, 100 + seconds);
  await read(246, 346);
  // Each minute's window ends where the next one starts.
  await commits.until(() => pipeline.unmade.count === 2 && store.lastSeq() >= 3);
  await end();
  const figures = (await bodies(store)).filter(({ metric }) => metric === 'energy');
  expect(figures).toMatchObject([
    { window: { start: time(T) }, value: 60 },
    { window: { start: time(T + 180_000) }, value: 60 },
  ]);
  expect(reasons(pipeline)[0]).toContain('the figure of energy: RangeError: an instant that breaks the program');
});

test('an alarm is not moved by a figure that is not in the log', async () => {
  const store = await kit.opened();
  const plan = planOf({
    windows: ['minute'],
    meters: [
      { id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 1e6 },
      { id: 'mass', kind: 'counter', tag: 't', quantity: 'steel', unit: 't', maxRate: 1e6 },
    ],
    metrics: [
      {
        ...{ id: 'kwh_per_t', unit: 'kWh/t', numerator: ['energy'], denominator: ['mass'] },
        limit: { op: '<=', bound: 100 },
      },
    ],
  });
  const { pipeline, commits, take, end } = await pipelineOn(store, { plan, time: without(120) });
  let kwh = 0;
  for (const [minute, used] of [0, 90, 110, 110, 110].entries()) {
    kwh += used;
    await take(minute * 60, [sample('kwh', T + minute * 60_000, kwh), sample('t', T + minute * 60_000, minute)]);
  }
  await take(246, [sample('kwh', T + 246_000, kwh), sample('t', T + 246_000, 4)]);
  await commits.until(() => pipeline.closedThrough(T + 240_000));
  await end();
  const told = (await bodies(store)).filter(({ to }) => to !== undefined);
  expect(told).toMatchObject([{ from: 'normal', to: 'excursion', window: { start: time(T + 180_000) } }]);
});

test('of corrections made together only those that cannot be made are left out', async () => {
  const store = await kit.opened();
  const { pipeline, commits, read, end } = await pipelineOn(store, { time: without(190) });
  await read(0, 100);
  await read(20, 120);
  await read(366, 466, [50, 150], [100, 200], [150, 250], [190, 290], [250, 350], [300, 400], [350, 450]);
  await commits.until(() => pipeline.unmade.count > 0);
  await end();
  const latest = new Map((await bodies(store)).map((body) => [body.window?.start, body]));
  const amountOf = (second: number): unknown => latest.get(time(T + second * 1_000))?.value;
  expect([0, 60].map(amountOf)).toEqual([60, 60]);
  // The reading of second 190 is in one of these, and next to the border of the others.
  expect([120, 180, 240].map(amountOf)).toEqual([null, null, null]);
  expect(pipeline.unmade.count).toBe(3);
});

test('whoever waits for what cannot be made is told so', async () => {
  const store = await kit.opened();
  const { pipeline, end } = await pipelineOn(store, { time: without(-3_600) });
  const entry = {
    type: 'piece',
    key: 'one',
    meter: 'energy',
    by: 'Li',
    piece: 'a',
    amount: 1,
    at: T - 3_600_000,
  } as const;
  await expect(pipeline.submit(entry, '127.0.0.1')).rejects.toThrow();
  expect(await store.entryByKey('one')).toBeUndefined();
  await end();
});

test('it is counted when it is committed, however often the store fails before', async () => {
  const store = await kit.opened();
  let failures = 1;
  const failing: Store = {
    ...store,
    write: (work) =>
      store.write(async (tx) => {
        await work(tx);
        if (failures-- > 0) throw new Error('full');
      }),
  };
  const { pipeline, commits, read, end } = await pipelineOn(failing);
  pipeline.enter(unwritable);
  pipeline.enter(writable('first'));
  await read(60, 100);
  await commits.until(() => store.lastSeq() >= 2);
  expect([failures, pipeline.unmade.count]).toEqual([-1, 1]);
  await end();
  expect((await bodies(store)).map(({ reason }) => reason)).toEqual(['no answer', 'not-made']);
});
