import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Store } from '../../agent/store/contract.ts';
import { type LogStore, openStore } from '../../agent/store/open.ts';
import { temporaryFolder } from '../support/process.ts';
import { bodies, pipelineOn, T, time } from './pipelineKit.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

function storeIn(name: string): Promise<LogStore> {
  mkdirSync(join(folder.path, name));
  return openStore({ file: join(folder.path, name, 'log.db'), wireTime: time });
}

describe('the pipeline', () => {
  test('takes operators’ entries like samples, and each becomes a record, taken or refused', async () => {
    const store = await storeIn('entries');
    const { pipeline, read, end } = await pipelineOn(store);
    await read(0, 100);
    const swap = {
      type: 'swap',
      meter: 'energy',
      by: 'Li',
      removedAt: T + 1_000,
      last: 104,
      installedAt: T + 2_000,
    } as const;
    await pipeline.accept([], [{ ...swap, key: 'one', first: 18446744073709551610n }]);
    await pipeline.accept([], [{ type: 'inventory', key: 'two', meter: 'energy', amount: 3, at: T }]);
    await end();
    expect((await store.read(0, 10)).map(({ kind }) => kind)).toEqual(['entry', 'entry']);
    expect(await bodies(store)).toEqual([
      {
        ...{ key: 'one', type: 'swap', meter: 'energy', by: 'Li', refused: null },
        about: { from: time(T + 1_000), to: time(T + 2_000) },
        entered: { removedAt: time(T + 1_000), last: 104, installedAt: time(T + 2_000), first: '18446744073709551610' },
      },
      expect.objectContaining({ key: 'two', by: null, refused: 'only a faraday meter has metal in cells' }),
    ]);
    await store.close();
  });

  test('a window closes by the clock alone, and its record is committed with the checkpoint', async () => {
    const store = await storeIn('closing');
    const { commits, read, end } = await pipelineOn(store);
    for (let seconds = 0; seconds <= 60; seconds += 10) await read(seconds, 100 + seconds);
    await read(66, 200);
    await commits.until(() => store.lastSeq() > 0);
    expect(await bodies(store)).toMatchObject([{ metric: 'energy', value: 60, statusCode: 'good', revision: 1 }]);
    await end();
    expect(await store.checkpoint()).toContain('"kwh"');
    await store.close();
  });

  test('what came after the last commit is not counted twice when the agent starts again', async () => {
    const store = await storeIn('again');
    const first = await pipelineOn(store);
    await first.read(0, 100);
    await first.read(20, 120);
    await first.end();
    const second = await pipelineOn(store);
    for (const seconds of [20, 40, 60, 66]) await second.read(seconds, 100 + seconds);
    await second.commits.until(() => store.lastSeq() > 0);
    expect(await bodies(store)).toMatchObject([{ value: 60, coverage: { known: 1, measured: 1 } }]);
    await second.end();
    await store.close();
  });

  test('a store that fails is said, measuring goes on, and what waited is written when it recovers', async () => {
    const store = await storeIn('failing');
    let full = true;
    const failing: Store = {
      ...store,
      write: async (work) => {
        if (full) throw new Error('SQLITE_FULL: database or disk is full');
        return store.write(work);
      },
    };
    const { pipeline, commits, read, end } = await pipelineOn(failing);
    for (let seconds = 0; seconds <= 130; seconds += 10) await read(seconds, 100 + seconds);
    await read(180, 280);
    expect(pipeline.storeFault).toContain('SQLITE_FULL');
    expect(store.lastSeq()).toBe(0);
    full = false;
    await commits.until(() => store.lastSeq() >= 2);
    expect(pipeline.storeFault).toBeNull();
    expect(await bodies(store)).toMatchObject([{ value: 60 }, { value: 60 }]);
    await end();
    await store.close();
  });

  test('what the store does not take for too long is dropped, the oldest first, counted and told', async () => {
    const store = await storeIn('dropping');
    let full = true;
    const failing: Store = {
      ...store,
      write: (work) => (full ? Promise.reject(new Error('full')) : store.write(work)),
    };
    const { pipeline, commits, read, end } = await pipelineOn(failing, { bounds: { records: 10, minutes: 5 } });
    for (let minute = 0; minute <= 30; minute++)
      for (const seconds of [0, 20, 40]) await read(minute * 60 + seconds, 100 + minute);
    const { records, minutes } = pipeline.dropped;
    expect(records).toBeGreaterThanOrEqual(20);
    expect(minutes).toBeGreaterThanOrEqual(24);
    expect(pipeline.queued).toBeLessThanOrEqual(15);
    full = false;
    await commits.until(() => store.lastSeq() > 0);
    const [gap, ...rest] = await bodies(store);
    expect(gap).toEqual({
      reason: 'not-stored',
      records,
      minutes,
      since: expect.any(String),
      until: expect.any(String),
    });
    expect(records + rest.length).toBe(30);
    expect(rest.at(-1)).toMatchObject({ metric: 'energy', window: { end: time(T + 30 * 60_000) } });
    await end();
    await store.close();
  });
});
