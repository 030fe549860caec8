import { copyFile, open, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHECKED_AT_ONCE } from '../../agent/store/examine.ts';
import type { LogStore } from '../../agent/store/open.ts';
import { openSqlite } from '../../agent/store/sqlite.ts';
import type { GapBody } from '../../agent/stream/protocol.ts';
import { note, START, StoreKit } from '../support/storeKit.ts';

/** A file that is not as it was left: nothing false comes out of it, nothing is deleted, and the log goes on. */

const kit = new StoreKit();
const COUNT = 3_000;
const CHECKPOINT = JSON.stringify({ registers: Array.from({ length: 500 }, (_, n) => n * 1_000 + 1) });
const bodyOf = (n: number) => ({ n, text: 'energy '.repeat(n % 40) });

/** A log with all that it can hold, closed; resolves to its epoch. */
async function written(): Promise<string> {
  const store = await kit.opened();
  await store.write(async (tx) => {
    await tx.append(Array.from({ length: COUNT }, (_, n) => ({ ...note(n + 1), body: bodyOf(n + 1) })));
    const entry = { key: 'ladle-17', type: 'piece', meter: 'metal', by: 'Li', refused: null, entered: { amount: 7.2 } };
    await tx.append([{ kind: 'entry', at: START, key: null, body: entry }]);
    await tx.saveMinutes([{ tag: 'power', minute: START, min: 1, max: 3, mean: 2, last: 2.5, goodShare: 1 }]);
    await tx.audit([{ at: START, who: 'Li', from: null, action: 'entry', detail: entry }]);
    await tx.saveCheckpoint(CHECKPOINT);
  });
  store.saveCursor('mes', { epoch: store.epoch, seq: 10 }, START);
  await store.close();
  return store.epoch;
}

async function reopened(): Promise<{ store: LogStore; told: GapBody[]; damaged: string[] }> {
  const [told, damaged] = [[] as GapBody[], [] as string[]];
  const store = await kit.opened({ missing: (gap) => told.push(gap), damaged: (what) => damaged.push(what) });
  return { store, told, damaged };
}

const gapsIn = async (store: LogStore): Promise<GapBody[]> =>
  (await store.read(0, 10_000)).filter(({ kind }) => kind === 'gap').map(({ body }) => JSON.parse(body) as GapBody);

async function change(sql: string): Promise<void> {
  const database = await openSqlite(kit.file);
  await database.exec(sql);
  await database.close();
}

describe('a value that is not as it was written', () => {
  test('in the log becomes a gap of one record, and is told', async () => {
    await written();
    await change(`UPDATE log SET body = replace(body, '17', '71') WHERE seq = 17`);
    const { store, damaged } = await reopened();
    const records = await store.read(15, 3);
    expect(records.map(({ seq, kind }) => [seq, kind])).toEqual([
      [16, 'meter'],
      [17, 'gap'],
      [18, 'meter'],
    ]);
    expect(JSON.parse(records[1]!.body)).toEqual({ reason: 'damaged-record', from: 17, to: 17, records: 1 });
    expect(damaged).toEqual(['record 17']);
  });

  test('in the history is missing, and is told', async () => {
    await written();
    await change('UPDATE history SET mean = 2.25');
    const { store, damaged } = await reopened();
    expect(await store.minutes('power', 0, Infinity, 9)).toEqual([]);
    expect(damaged).toEqual([`the minute ${START} of power`]);
  });

  test('in an operator’s entry: it is not there, and its key stays taken', async () => {
    await written();
    await change(`UPDATE entries SET body = replace(body, '7.2', '7.3')`);
    const { store, damaged } = await reopened();
    const asked = { from: 0, to: START + 1, meter: null, before: null };
    const found = [store.entryByKey('ladle-17'), store.entries(asked, 9), store.entered(['metal'], 0, START, 9)];
    expect(await Promise.all(found)).toEqual([undefined, [], []]);
    expect(new Set(damaged)).toEqual(new Set(['the entry ladle-17']));
    await store.write((tx) =>
      tx.append([{ kind: 'entry', at: START, key: null, body: { key: 'ladle-17', by: null } }]),
    );
    expect(await store.entryByKey('ladle-17')).toBeUndefined();
  });

  test.each([['seq = 999'], ['seq = 3'], [`epoch = 'another'`]])(
    'in the place of a reader (%s): it gets all once more, and what it acknowledges then is kept',
    async (flip) => {
      const epoch = await written();
      await change(`UPDATE cursors SET ${flip}`);
      const { store, damaged } = await reopened();
      expect(await store.cursor('mes')).toEqual({ epoch, seq: 0 });
      expect(await store.places('')).toEqual([]);
      expect(new Set(damaged)).toEqual(new Set(['the place of the reader mes']));
      store.saveCursor('mes', { epoch, seq: 5 }, START);
      await store.write(async () => {});
      expect([await store.cursor('mes'), await store.places('me')]).toEqual([{ epoch, seq: 5 }, [{ epoch, seq: 5 }]]);
    },
  );

  test('in the checkpoint: figures begin anew, and a record says so; the log stays', async () => {
    const epoch = await written();
    await change(`UPDATE checkpoint SET body = replace(body, '2001', '3001')`);
    const { store, told } = await reopened();
    expect([store.epoch, await store.checkpoint(), store.lastSeq()]).toEqual([epoch, null, COUNT + 2]);
    expect(told).toEqual([{ reason: 'damaged-checkpoint', detail: 'figures begin anew' }]);
    expect(await gapsIn(store)).toEqual(told);
  });
});

const damages: Record<string, () => Promise<void>> = {
  'with a page zeroed': () => overwrite(Buffer.alloc(4_096), 4_096 * 3),
  'with its head zeroed': () => overwrite(Buffer.alloc(100), 0),
  'cut off in the middle': async () => truncate(kit.file, Math.floor((await stat(kit.file)).size / 2)),
  'cut off within a page': async () => truncate(kit.file, (await stat(kit.file)).size - 1_000),
  'that is text': () => writeFile(kit.file, 'date;kWh\n'.repeat(500)),
  'of something else': async () => {
    await rm(kit.file);
    await change('CREATE TABLE theirs (a); PRAGMA user_version = 1');
  },
  'without a table': () => change('DROP TABLE cursors'),
  'that says another schema': () => change('PRAGMA user_version = 1'),
  'that says an absurd schema': () => change('PRAGMA user_version = 65539'),
};

async function overwrite(bytes: Buffer, position: number): Promise<void> {
  const handle = await open(kit.file, 'r+');
  await handle.write(bytes, 0, bytes.length, position);
  await handle.close();
}

describe.each(Object.keys(damages))('a file %s', (name) => {
  test('is set aside whole, a new log begins with a record of it, and goes on', async () => {
    const epoch = await written();
    await damages[name]!();
    const bytes = await readFile(kit.file);
    const { store, told } = await reopened();
    expect(store.epoch).not.toBe(epoch);
    expect(told).toMatchObject([{ reason: 'damaged-log' }]);
    expect(await gapsIn(store)).toEqual(told);
    expect([store.firstSeq(), store.lastSeq()]).toEqual([1, 1]);
    const kept = await readFile(join(told[0]!.keptIn!, 'log.db'));
    expect(kept.equals(bytes)).toBe(true);
    await store.write((tx) => tx.append([note(1)]));
    await store.close();

    const { store: again, told: then } = await reopened();
    expect([again.epoch, again.lastSeq(), then]).toEqual([store.epoch, 2, []]);
  });
});

test('what can be read safely of a damaged file is taken over', async () => {
  const epoch = await written();
  await change('DROP TABLE history');
  const { store, told } = await reopened();
  expect(await store.checkpoint()).toBe(CHECKPOINT);
  expect(await store.cursor('mes')).toEqual({ epoch, seq: 10 });
  expect(await store.entryByKey('ladle-17')).toMatchObject({ epoch, seq: COUNT + 1, who: 'Li' });
  expect(await store.auditTrail(0, 9)).toHaveLength(1);
  expect(told[0]!.former).toEqual({ epoch, lastSeq: COUNT + 1 });
});

test('damage that is met while the agent runs: a new log takes over, and what is written then stands in it', async () => {
  await written();
  const { store, told } = await reopened();
  const { epoch } = store;
  await store.read(0, 1);
  await overwrite(Buffer.alloc((await stat(kit.file)).size - 8_192, 0x5a), 8_192);
  await expect(store.read(1_000, 2_000)).rejects.toThrow(/SQLITE_(CORRUPT|NOTADB)/);
  await store.write((tx) => tx.append([note(4_711)]));
  expect(store.epoch).not.toBe(epoch);
  expect(told).toMatchObject([{ reason: 'damaged-log', former: { epoch } }]);
  expect((await store.read(0, 9)).map(({ kind }) => kind)).toEqual(['gap', 'meter']);
});

test('a large file is used at once, and checked from end to end meanwhile', async () => {
  const text = 'x'.repeat(10_000);
  const store = await kit.opened();
  for (let n = 0; n < 8; n++)
    await store.write((tx) => tx.append(Array.from({ length: 1_000 }, (_, k) => ({ ...note(k), body: { text } }))));
  await store.close();
  expect((await stat(kit.file)).size).toBeGreaterThan(CHECKED_AT_ONCE);
  await overwrite(Buffer.alloc(4_096, 0x5a), 40 * 2 ** 20);

  const { store: early } = await reopened();
  await early.close();
  const { store: again, told } = await reopened();
  expect([again.epoch, told]).toEqual([store.epoch, []]);
  await expect
    .poll(() => again.write((tx) => tx.append([note(1)])).then(() => told), { timeout: 30_000 })
    .toMatchObject([{ reason: 'damaged-log', former: { epoch: store.epoch } }]);
  expect(again.epoch).not.toBe(store.epoch);
});

test('a log that lost its end, or was put back, gets a new name: its numbers would come again', async () => {
  const epoch = await written();
  await copyFile(kit.file, `${kit.file}.old`);
  const store = await kit.opened();
  await store.write((tx) => tx.append([note(1), note(2)]));
  await store.close();
  await rename(`${kit.file}.old`, kit.file);
  const { store: again, told } = await reopened();
  expect(again.epoch).not.toBe(epoch);
  const [from, to] = [COUNT + 2, COUNT + 3];
  expect(told).toEqual([{ reason: 'lost-end', from, to, records: 2, former: { epoch, lastSeq: to } }]);
  expect([await again.checkpoint(), await gapsIn(again)]).toEqual([CHECKPOINT, told]);
});

test('a log that is gone is said', async () => {
  const epoch = await written();
  await rm(kit.file);
  const { store, told } = await reopened();
  expect(told).toEqual([{ reason: 'missing-log', former: { epoch, lastSeq: COUNT + 1 } }]);
  expect(await gapsIn(store)).toEqual(told);
});

test('a crash between setting aside and the new log loses neither', async () => {
  const epoch = await written();
  await change('DROP TABLE history');
  const { store } = await reopened();
  await store.close();
  await rename(kit.file, `${kit.file}.next`);
  const { store: again, told } = await reopened();
  expect([again.epoch, told]).toEqual([store.epoch, []]);
  expect(again.epoch).not.toBe(epoch);
});

const PARTS = ['log.db', 'log.db-wal', 'log.db-last'];

/** The files as they stand while an agent runs: half of the log in the file, half in the log of changes. */
async function standing(): Promise<{ epoch: string; bytes: Map<string, Buffer> }> {
  const epoch = await written();
  const store = await kit.opened();
  await store.write((tx) =>
    tx.append(Array.from({ length: COUNT }, (_, n) => ({ ...note(n), body: bodyOf(COUNT + n + 2) }))),
  );
  // The mark is written a little after the commit.
  await expect
    .poll(() => readFile(`${kit.file}-last`, 'utf8'))
    .toContain(` ${String(store.lastSeq()).padStart(16, '0')} `);
  const parts = PARTS.map(async (name) => [name, await readFile(join(kit.folder, name))] as const);
  const bytes = new Map(await Promise.all(parts));
  await store.close();
  return { epoch, bytes };
}

async function putBack(bytes: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const name of await readdir(kit.folder)) await rm(join(kit.folder, name), { recursive: true });
  for (const [name, content] of bytes) await writeFile(join(kit.folder, name), content);
}

test.each(PARTS)('whatever bits of %s flip, no false value comes out, and the log goes on', async (part) => {
  const { epoch, bytes } = await standing();
  const { length } = bytes.get(part)!;
  const flips = fc.array(fc.tuple(fc.nat(length - 1), fc.nat(7)), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(flips, async (positions) => {
      const flipped = Buffer.from(bytes.get(part)!);
      for (const [at, bit] of positions) flipped[at]! ^= 1 << bit;
      await putBack(new Map([...bytes, [part, flipped]]));
      const { store } = await reopened();
      for (const { seq, kind, body } of await store.read(0, 10_000).catch(() => []))
        if (kind === 'meter') expect(JSON.parse(body)).toEqual(bodyOf(seq));
      expect([null, CHECKPOINT]).toContain(await store.checkpoint());
      const last = store.lastSeq();
      const isSame = store.epoch === epoch;
      if (isSame) expect(last).toBeGreaterThanOrEqual(2 * COUNT + 1);
      await store.write((tx) => tx.append([note(1)])).catch(() => store.write((tx) => tx.append([note(1)])));
      if (store.epoch === epoch) expect(store.lastSeq()).toBe(last + 1);
      await store.close();
    }),
    { numRuns: 40 },
  );
});
