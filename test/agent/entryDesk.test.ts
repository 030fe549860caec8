import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { EntryDesk } from '../../agent/entryDesk.ts';
import { Pipeline } from '../../agent/pipeline.ts';
import type { Store } from '../../agent/store/contract.ts';
import { type LogStore, openStore } from '../../agent/store/open.ts';
import { wireTimeOf } from '../../agent/wire.ts';
import type { Entry } from '../../rules/entry.ts';
import { at, FIXED, planOf } from '../support/engineKit.ts';
import { recordedLog } from '../support/logs.ts';
import { temporaryFolder } from '../support/process.ts';

/** Entries while the log takes no records. */

const plan = planOf({
  windows: ['hour'],
  meters: [{ id: 'tapped', kind: 'event', quantity: 'tapped metal', unit: 't' }],
});
const time = wireTimeOf(plan.calendar);
/** Within an hour that does not end during a test. */
const NOW = at('2026-11-23T10:30:00+08:00');
const clock = { ...realClock(), now: () => NOW };
const FROM = '192.0.2.1';

let folder: ReturnType<typeof temporaryFolder>;
let store: LogStore;
let isFull: boolean;
let pipeline: Pipeline;
let desk: EntryDesk;
let end: () => Promise<void>;

beforeEach(async () => {
  folder = temporaryFolder();
  store = await openStore({ file: join(folder.path, 'log.db'), wireTime: time });
  isFull = true;
  await start();
});
afterEach(async () => {
  await end();
  await store.close();
  folder.remove();
});

async function start(): Promise<void> {
  const failing: Store = {
    ...store,
    epoch: store.epoch,
    write: (work) => (isFull ? Promise.reject(new Error('SQLITE_FULL')) : store.write(work)),
  };
  const log = recordedLog();
  pipeline = await Pipeline.open({
    ...{ plan, store: failing, clock, log, time, ...FIXED, committed: () => {} },
  });
  desk = new EntryDesk(pipeline, failing, time);
  const stop = new AbortController();
  const working = pipeline.keepCommitting(stop.signal);
  end = async () => {
    stop.abort();
    await working;
  };
}

const ladle = (key: string, amount = 2): Entry => ({
  ...{ type: 'piece', key, meter: 'tapped', by: 'Li', piece: key, amount, at: NOW },
});
const logged = async (): Promise<string[]> => (await store.read(0, 100)).map(({ body }) => JSON.parse(body).key);

test('an entry that the log does not take is said so, waits, and is answered when it is taken, once', async () => {
  const entry = ladle('L-1');
  await expect(desk.enter(entry, FROM)).rejects.toThrow('SQLITE_FULL');
  await expect(desk.enter(entry, FROM)).rejects.toThrow('SQLITE_FULL');
  expect(await desk.enter({ ...entry, amount: 7 } as Entry, FROM)).toBe('other-entry');
  expect(await logged()).toEqual([]);
  isFull = false;
  await expect
    .poll(() => desk.enter(entry, FROM), { timeout: 30_000 })
    .toMatchObject({ entry: { key: 'L-1', seq: 1 } });
  expect(await desk.enter({ ...entry, amount: 7 } as Entry, FROM)).toBe('other-entry');
  expect(await logged()).toEqual(['L-1']);
});

test('what was not committed before the end is not known afterwards, and counts once when it is said again', async () => {
  const entry = ladle('L-1');
  await expect(desk.enter(entry, FROM)).rejects.toThrow('SQLITE_FULL');
  await end();
  isFull = false;
  await start();
  expect(await desk.enter(entry, FROM)).toMatchObject({ entry: { key: 'L-1', who: 'Li' } });
  await end();
  await start();
  expect(await desk.enter(entry, FROM)).toMatchObject({ entry: { key: 'L-1', seq: 1 } });
  expect(await logged()).toEqual(['L-1']);
});

test('a key that the rules have seen and the log does not know is spent', async () => {
  const entry = ladle('L-1');
  await pipeline.accept([], [entry]);
  expect(await desk.enter(entry, FROM)).toBe('spent');
});
