import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { evaluationKey, type NewRecord } from '../../agent/store/contract.ts';
import { LockedError, NewerSchemaError, StoreClosedError } from '../../agent/store/errors.ts';
import { type LogStore, openStore } from '../../agent/store/open.ts';
import { SERIES } from '../../agent/store/queries.ts';
import type { Bounds } from '../../agent/store/retention.ts';
import { openSqlite } from '../../agent/store/sqlite.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const wireTime = (at: number): string => new Date(at).toISOString();

let folder: string;
let file: string;
let open: LogStore[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pertonne-store-'));
  file = join(folder, 'log.db');
  open = [];
});
afterEach(async () => {
  for (const store of open) await store.close();
  await rm(folder, { recursive: true });
});

async function opened(bounds: Partial<Bounds> = {}): Promise<LogStore> {
  const store = await openStore({ file, wireTime, ...bounds });
  open.push(store);
  return store;
}

const note = (n: number, at = START): NewRecord => ({ kind: 'meter', at, key: null, body: { n } });
const notes = (count: number): NewRecord[] => Array.from({ length: count }, (_, n) => note(n + 1));
const figure = (metric: string, start: number, revision: number): NewRecord => ({
  kind: 'evaluation',
  at: START,
  key: evaluationKey(metric, { kind: 'day', start }),
  body: { metric, start, revision },
});
const bodies = (rows: readonly { body: string }[]): unknown[] => rows.map(({ body }) => JSON.parse(body));

test('the log, its epoch and the checkpoint survive a reopen', async () => {
  const first = await opened();
  expect([first.firstSeq(), first.lastSeq(), await first.checkpoint()]).toEqual([1, 0, null]);
  await first.write(async (tx) => {
    await tx.append([note(1), note(2)]);
    await tx.saveCheckpoint('{"a":1}');
  });
  await first.close();

  const second = await opened();
  expect(second.epoch).toBe(first.epoch);
  expect(second.epoch).toMatch(/^[0-9a-f]{32}$/);
  expect([second.firstSeq(), second.lastSeq(), await second.checkpoint()]).toEqual([1, 2, '{"a":1}']);
  expect(await second.read(0, 10)).toEqual([
    { seq: 1, kind: 'meter', at: '2026-01-01T00:00:00.000Z', body: '{"n":1}' },
    { seq: 2, kind: 'meter', at: '2026-01-01T00:00:00.000Z', body: '{"n":2}' },
  ]);
  expect(await second.read(1, 10)).toHaveLength(1);
  expect(await second.read(0, 1)).toHaveLength(1);
});

test('a transaction that fails leaves nothing, and no hole in the numbers', async () => {
  const store = await opened();
  await store.write((tx) => tx.append(notes(1)));
  const failing = store.write(async (tx) => {
    await tx.append(notes(5));
    await tx.saveCheckpoint('never');
    throw new Error('changed my mind');
  });
  const next = store.write((tx) => tx.append(notes(1)));
  await expect(failing).rejects.toThrow('changed my mind');
  await next;
  expect((await store.read(0, 10)).map(({ seq }) => seq)).toEqual([1, 2]);
  expect(store.lastSeq()).toBe(2);
  expect(await store.checkpoint()).toBeNull();
});

test('nothing is seen before COMMIT, and transactions wait for each other', async () => {
  const store = await opened();
  const order: string[] = [];
  const first = store.write(async (tx) => {
    await tx.append(notes(3));
    expect([store.lastSeq(), await store.read(0, 10)]).toEqual([0, []]);
    order.push('first');
  });
  const second = store.write(async (tx) => {
    order.push('second');
    await tx.append(notes(1));
  });
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'second']);
  expect(store.lastSeq()).toBe(4);
});

test('more rows than one statement takes', async () => {
  const store = await opened();
  await store.write((tx) => tx.append(notes(2_500)));
  expect(store.lastSeq()).toBe(2_500);
  expect(bodies(await store.read(2_499, 10))).toEqual([{ n: 2_500 }]);
});

test('the latest revision of a figure, inside a transaction and after', async () => {
  const store = await opened();
  const days = [0, 1, 2, 3].map((n) => START + n * DAY);
  await store.write((tx) => tx.append(days.map((start) => figure('mill.energy', start, 1))));
  await store.write(async (tx) => {
    await tx.append([figure('mill.energy', days[1]!, 2), figure('mill.energy2', days[0]!, 1)]);
    const keys = [...days.slice(0, 2), START + 9 * DAY].map((start) =>
      evaluationKey('mill.energy', { kind: 'day', start }),
    );
    const latest = await tx.latest(keys);
    expect([...latest.keys()].sort()).toEqual(keys.slice(0, 2));
    expect(JSON.parse(latest.get(keys[1]!)!)).toMatchObject({ revision: 2 });
  });

  const series = bodies(await store.series('mill.energy', 'day', days[0]!, days[3]!, 10));
  expect(series).toMatchObject([
    { start: days[0], revision: 1 },
    { start: days[1], revision: 2 },
    { start: days[2], revision: 1 },
  ]);
  expect(await store.series('mill.energy', 'day', 0, Number.POSITIVE_INFINITY, 2)).toHaveLength(2);
  expect(await store.series('mill.energy', 'shift', 0, Number.POSITIVE_INFINITY, 10)).toEqual([]);

  const newest = bodies(await store.newest(['mill.energy', 'mill.energy2', 'unknown'], ['day', 'shift']));
  expect(newest).toMatchObject([
    { metric: 'mill.energy', start: days[3] },
    { metric: 'mill.energy2', start: days[0] },
  ]);
});

test('a piece is found by identity, also among several that share a window, and by time', async () => {
  const store = await opened();
  const coil = (start: number, product: string): NewRecord => ({
    ...{ kind: 'evaluation', at: START, key: evaluationKey('mill.energy', { kind: 'coil', start }) },
    body: { start, window: { product } },
  });
  const later = START + DAY;
  await store.write((tx) => tx.append([coil(START, '17, 18'), coil(later, '4711'), coil(later + DAY, '711')]));
  const found = async (at: number, product: string | null) =>
    bodies(await store.piece('mill.energy', 'coil', at, product));
  const ever = Number.POSITIVE_INFINITY;
  expect(await found(ever, null)).toMatchObject([{ start: later + DAY }]);
  expect(await found(later, null)).toMatchObject([{ start: later }]);
  expect(await found(START - 1, null)).toEqual([]);
  expect(await found(ever, '18')).toMatchObject([{ start: START }]);
  expect(await found(ever, '711')).toMatchObject([{ start: later + DAY }]);
  expect(await found(ever, '8')).toEqual([]);
  await store.close();
});

test('a series is read from the index over keys, not by walking the log', async () => {
  await (await opened()).close();
  const database = await openSqlite(file, { readOnly: true });
  const plan = await database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${SERIES}`, ['a', 'b', 1]);
  await database.close();
  const steps = plan.map(({ detail }) => detail).join('\n');
  expect(steps).toContain('USING COVERING INDEX log_key (key>? AND key<?)');
  expect(steps).not.toMatch(/SCAN log\b/);
});

test('minutes of a tag, the later word on a minute wins', async () => {
  const store = await opened();
  const row = (minute: number, mean: number | null) =>
    ({ tag: 'mill.power', minute, min: mean, max: mean, mean, last: mean, goodShare: 1 }) as const;
  await store.write((tx) => tx.saveMinutes([row(0, 1), row(60_000, null), { ...row(0, 7), tag: 'other' }]));
  await store.write((tx) => tx.saveMinutes([row(0, 2)]));
  expect(await store.minutes('mill.power', 0, 120_000, 10)).toEqual([row(0, 2), row(60_000, null)]);
  expect(await store.minutes('mill.power', 1, 60_000, 10)).toEqual([]);
});

test('a second agent on the same folder is refused until the first has gone', async () => {
  const store = await opened();
  await expect(opened()).rejects.toThrow(LockedError);
  await store.close();
  await opened();
});

test('a file of a newer version is refused and left as it is', async () => {
  await (await opened()).close();
  const newer = await openSqlite(file);
  await newer.exec('PRAGMA user_version = 99');
  await newer.close();
  await expect(opened()).rejects.toThrow(NewerSchemaError);
  await expect(opened()).rejects.toThrow(/schema 99/);
});

test('after close everything is refused by name', async () => {
  const store = await opened();
  const last = store.write((tx) => tx.append(notes(1)));
  await store.close();
  await last;
  await expect(store.write(async () => {})).rejects.toThrow(StoreClosedError);
});

test('killed at any moment the log keeps what was told to be written: whole transactions, no hole, the lock free', async () => {
  let told = 0;
  for (let kill = 0; kill < 10; kill++) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'storeChild.ts'), file]);
    const exit = new Promise((resolve) => child.once('exit', resolve));
    let lines = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      told = Number(line);
      if (++lines > kill * 3) child.kill('SIGKILL');
    }
    await exit;

    const store = await opened();
    const seqs = (await store.read(0, 1_000_000)).map(({ seq }) => seq);
    expect(lines).toBeGreaterThan(0);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    expect(seqs.length).toBeGreaterThanOrEqual(told);
    expect(await store.checkpoint()).toBe(String(seqs.length));
    await store.close();
  }
});
