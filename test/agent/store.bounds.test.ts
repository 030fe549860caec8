import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { selfMetrics } from '../../agent/metrics.ts';
import { keepPruning } from '../../agent/pruning.ts';
import type { MinuteRow, NewRecord } from '../../agent/store/contract.ts';
import type { Pruned } from '../../agent/store/prune.ts';
import { openSqlite } from '../../agent/store/sqlite.ts';
import { recordedLog } from '../support/logs.ts';
import { note, START, StoreKit } from '../support/storeKit.ts';

/** What is kept, of everything in the log: the oldest goes first, and is counted. */

const kit = new StoreKit();
const DAY = 86_400_000;
const MINUTE = 60_000;
const NOTHING: Pruned = { records: null, minutes: 0, entries: 0, places: 0 };
const notes = (count: number): NewRecord[] => Array.from({ length: count }, (_, n) => note(n + 1));
const entered = (key: string, at: number): NewRecord => ({ kind: 'entry', at, key: null, body: { key, by: null } });

async function change(sql: string): Promise<void> {
  const database = await openSqlite(kit.file);
  await database.exec(sql);
  await database.close();
}

test('retention by age drops the oldest, never the newest, and numbers go on', async () => {
  const store = await kit.opened({ maxAgeMs: DAY });
  await store.write((tx) => tx.append([note(1), note(2), note(3, START + DAY), note(4, START + DAY)]));
  expect(await store.prune(START + DAY)).toEqual(NOTHING);
  expect(await store.prune(START + DAY + 1)).toEqual({ ...NOTHING, records: { from: 1, to: 2 } });
  expect([store.firstSeq(), store.lastSeq()]).toEqual([3, 4]);
  expect(await store.prune(START + 99 * DAY)).toEqual({ ...NOTHING, records: { from: 3, to: 3 } });
  await store.close();

  const again = await kit.opened();
  await again.write((tx) => tx.append([note(5)]));
  expect((await again.read(0, 10)).map(({ seq }) => seq)).toEqual([4, 5]);
});

test('retention by bytes keeps the newest records that fit, in as many transactions as it takes', async () => {
  const store = await kit.opened({ maxBytes: 10 * 1_000 });
  const text = 'é'.repeat(496);
  await store.write((tx) => tx.append(notes(5_000).map((record) => ({ ...record, body: { t: text } }))));
  expect(await store.prune(START)).toEqual({ ...NOTHING, records: { from: 1, to: 4_990 } });
  expect(await store.prune(START)).toEqual(NOTHING);
  expect((await store.read(0, 100)).length).toBe(10);
});

test('retention ends between two transactions when it is told to', async () => {
  const store = await kit.opened({ maxBytes: 1 });
  await store.write((tx) => tx.append(notes(5_000)));
  const stop = new AbortController();
  const pruning = store.prune(START, stop.signal);
  stop.abort();
  expect(await pruning).toEqual({ ...NOTHING, records: { from: 1, to: 2_000 } });
  expect(store.firstSeq()).toBe(2_001);
});

test('retention of history by age', async () => {
  const store = await kit.opened({ maxHistoryMs: DAY });
  const row = { min: 1, max: 1, mean: 1, last: 1, goodShare: 1 };
  const tags = Array.from({ length: 450 }, (_, n) => `tag-${n}`);
  await store.write((tx) =>
    tx.saveMinutes(tags.flatMap((tag) => [START, START + DAY].map((minute) => ({ tag, minute, ...row })))),
  );
  await store.prune(START + DAY + 60_000);
  for (const tag of [tags[0]!, tags[449]!])
    expect((await store.minutes(tag, 0, START * 2, 10)).map(({ minute }) => minute)).toEqual([START + DAY]);
});

test('space that retention frees is given back when it is much', async () => {
  const store = await kit.opened({ maxBytes: 1_000_000 });
  const text = 'x'.repeat(10_000);
  for (let n = 0; n < 4; n++)
    await store.write((tx) => tx.append(notes(1_000).map((record) => ({ ...record, body: { text } }))));
  await store.prune(START);
  await store.close();
  expect((await stat(kit.file)).size).toBeLessThan(20_000_000);
  expect((await (await kit.opened()).read(0, 1_000)).length).toBe(99);
});

test('operators’ entries are kept as long as records may be, whatever their number', async () => {
  const store = await kit.opened({ maxAgeMs: DAY, maxBytes: 1 });
  await store.write((tx) => tx.append([entered('old', START), entered('new', START + DAY), note(1, START + DAY)]));
  await store.prune(START + DAY + 1);
  expect([await store.entryByKey('old'), (await store.entryByKey('new'))?.key]).toEqual([undefined, 'new']);
  expect(store.firstSeq()).toBe(3);
});

test('a sum of bytes that cannot be right is counted anew before anything is dropped', async () => {
  const store = await kit.opened();
  await store.write((tx) => tx.append(notes(10)));
  await store.close();
  await change('UPDATE meta SET bytes = 1 << 60');
  expect(await (await kit.opened()).prune(START)).toEqual(NOTHING);
});

const minute = (tag: string, n: number): MinuteRow => ({
  ...{ tag, minute: START + n * MINUTE },
  ...{ min: 1, max: 1, mean: 1, last: 1, goodShare: 1 },
});
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

test('retention of history by its size: of all tags alike the oldest minutes go, and as few as must', async () => {
  const store = await kit.opened({ maxMinutes: 1_000 });
  const tags = range(0, 10).map((n) => `tag-${n}`);
  await store.write((tx) => tx.saveMinutes(tags.flatMap((tag) => range(0, 200).map((n) => minute(tag, n)))));
  expect(await store.prune(START + DAY)).toEqual({ ...NOTHING, minutes: 1_000 });
  for (const tag of tags) {
    const left = await store.minutes(tag, 0, START * 2, 300);
    expect([left.length, left[0]!.minute]).toEqual([100, START + 100 * MINUTE]);
  }
  expect(await store.prune(START + DAY)).toEqual(NOTHING);
});

test('however unevenly the minutes lie in time, the oldest go until the rest fits', async () => {
  const store = await kit.opened({ maxMinutes: 100 });
  // A tag that was polled once a year ago, and two that are written now.
  const old = minute('a', -500_000);
  const recent = ['b', 'c'].flatMap((tag) => range(0, 90).map((n) => minute(tag, n)));
  await store.write((tx) => tx.saveMinutes([old, ...recent]));
  const { minutes } = await store.prune(START);
  expect(minutes).toBeGreaterThanOrEqual(81);
  expect(await store.minutes('a', 0, START * 2, 300)).toEqual([]);
  const left = (await Promise.all(['b', 'c'].map((tag) => store.minutes(tag, 0, START * 2, 300)))).map(
    (rows) => rows.length,
  );
  expect(left).toEqual([(181 - minutes) / 2, (181 - minutes) / 2]);
  expect(left[0]).toBeGreaterThan(40);
});

const hour = range(0, 60).map((n) => minute('power', n));

test('a minute that is written again is one minute', async () => {
  const store = await kit.opened({ maxMinutes: 60 });
  for (let again = 0; again < 3; again++) await store.write((tx) => tx.saveMinutes(hour));
  await store.write((tx) => tx.saveMinutes([minute('power', 59), minute('power', 59)]));
  expect(await store.prune(START)).toEqual(NOTHING);
});

test.each(['1 << 60', '-7'])('a count of minutes that cannot be right (%s) is made anew', async (wrong) => {
  const store = await kit.opened();
  await store.write((tx) => tx.saveMinutes(hour));
  await store.close();
  await change(`UPDATE meta SET minutes = ${wrong}`);
  const again = await kit.opened({ maxMinutes: 60 });
  expect(await again.prune(START)).toEqual(NOTHING);
  await again.write((tx) => tx.saveMinutes([minute('power', 60)]));
  expect(await again.prune(START)).toEqual({ ...NOTHING, minutes: 1 });
});

test('of more operators’ entries than are kept the oldest go', async () => {
  const store = await kit.opened({ maxEntries: 3 });
  await store.write((tx) => tx.append(range(0, 5).map((n) => entered(`ladle-${n}`, START + n))));
  expect(await store.prune(START + DAY)).toEqual({ ...NOTHING, entries: 2 });
  const found = await Promise.all([1, 2].map((n) => store.entryByKey(`ladle-${n}`)));
  expect(found.map((entry) => entry?.key)).toEqual([undefined, 'ladle-2']);
});

test('what is dropped is counted for those who look after the agent, and logged', async () => {
  const store = await kit.opened({ maxBytes: 1, maxMinutes: 1, maxEntries: 1 });
  await store.write(async (tx) => {
    await tx.append([entered('a', START), entered('b', START), note(1)]);
    await tx.saveMinutes(range(0, 4).map((n) => minute('power', n)));
  });
  const metrics = selfMetrics();
  const stop = new AbortController();
  const told: unknown[] = [];
  const log = recordedLog((line) => told.push(JSON.parse(line)));
  let looks = 0;
  // Looks twice, the second time in vain.
  const clock = { ...realClock(), now: () => START, delay: async () => (looks++ < 2 ? undefined : stop.abort()) };
  await keepPruning({ store, clock, log, metrics }, stop.signal);
  expect(told).toMatchObject([{ event: 'pruned', records: { from: 1, to: 2 }, minutes: 3, entries: 1, places: 0 }]);
  expect(told).toHaveLength(1);
  const { values } = await metrics.pruned.get();
  expect(Object.fromEntries(values.map(({ labels, value }) => [labels.what, value]))).toEqual({
    ...{ records: 2, minutes: 3, entries: 1, places: 0 },
  });
});
