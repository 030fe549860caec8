import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backUp, putBack } from '../../agent/store/backup.ts';
import { DamagedError, LockedError } from '../../agent/store/errors.ts';
import type { LogStore } from '../../agent/store/open.ts';
import { openSqlite } from '../../agent/store/sqlite.ts';
import { verifyLog } from '../../agent/store/verify.ts';
import type { GapBody } from '../../agent/stream/protocol.ts';
import { ended } from '../support/process.ts';
import { note, START, StoreKit } from '../support/storeKit.ts';
import { unexpected } from '../support/unexpected.ts';

const kit = new StoreKit();
const to = (): string => join(kit.folder, 'copy.db');

/** Writes as fast as it can until told to stop: three records and a checkpoint that counts them in each transaction. */
function writing(store: LogStore): { stop(): Promise<number> } {
  let [on, count] = [true, store.lastSeq()];
  const work = (async () => {
    while (on) {
      count += 3;
      await store.write(async (tx) => {
        await tx.append([1, 2, 3].map((n) => ({ ...note(n), body: { n, text: 'x'.repeat(500) } })));
        await tx.saveCheckpoint(String(count));
      });
    }
    return count;
  })();
  return {
    stop: () => {
      on = false;
      return work;
    },
  };
}

async function contents(
  file: string,
): Promise<{ records: { seq: number; body: string }[]; checkpoint: string | undefined }> {
  const database = await openSqlite(file, { readOnly: true, immutable: true });
  const records = await database.all<{ seq: number; body: string }>('SELECT seq, body FROM log ORDER BY seq');
  const checkpoint = (await database.get<{ body: string }>('SELECT body FROM checkpoint'))?.body;
  await database.close();
  return { records, checkpoint };
}

test('a backup under load is one instant of the log: a prefix, with the checkpoint that belongs to it', async () => {
  const store = await kit.opened();
  await store.write(async (tx) => {
    await tx.append(Array.from({ length: 3_000 }, (_, n) => note(n)));
    await tx.saveCheckpoint('3000');
  });
  const work = writing(store);
  for (const name of ['one', 'two', 'three']) {
    const copy = join(kit.folder, `${name}.db`);
    const before = store.lastSeq();
    const { epoch, last } = await backUp(kit.file, copy, unexpected);
    expect([epoch, last]).toEqual([store.epoch, expect.any(Number)]);
    expect(last).toBeGreaterThanOrEqual(before);
    const { records, checkpoint } = await contents(copy);
    const own = await store.read(0, records.length);
    expect(records.map(({ seq, body }) => [seq, body])).toEqual(own.map(({ seq, body }) => [seq, body]));
    expect(Number(checkpoint)).toBe(last);
  }
  await work.stop();
  expect((await readdir(kit.folder)).filter((name) => name.includes('.part'))).toEqual([]);
});

const HELD = {
  record: [`UPDATE log SET body = replace(body, '2', '3') WHERE seq = 2`, 'record 2'],
  'time of a record': ['UPDATE log SET at = at + 1 WHERE seq = 1', 'record 1'],
  entry: [`UPDATE entries SET who = 'Wu' WHERE key = 'e-7'`, 'the entry e-7'],
  place: [`UPDATE cursors SET seq = seq + 1 WHERE name = 'erp'`, 'the place of the reader erp'],
  minute: ['UPDATE history SET mean = mean + 1 WHERE minute = 60000', 'the minute 60000 of mill.power'],
  checkpoint: [`UPDATE checkpoint SET body = '{"n":8}'`, 'the checkpoint'],
} as const;

test.each(Object.entries(HELD))(
  'a %s that is not as it was written is named by a backup, and by what puts it back',
  async (_, held) => {
    const [change, what] = held;
    const store = await kit.opened();
    const entries = [6, 7].map(
      (n) => ({ kind: 'entry', at: START + n, key: null, body: { key: `e-${n}`, by: 'Li' } }) as const,
    );
    await store.write(async (tx) => {
      await tx.append([note(1), note(2), ...entries]);
      await tx.saveMinutes(
        [0, 60_000].map((minute) => ({ tag: 'mill.power', minute, min: 1, max: 3, mean: 2, last: 3, goodShare: 1 })),
      );
      await tx.saveCheckpoint('{"n":7}');
    });
    for (const name of ['erp', 'mes']) store.saveCursor(name, { epoch: store.epoch, seq: 2 }, START);
    await store.close();
    const damage: string[] = [];
    await backUp(kit.file, join(kit.folder, 'sound.db'), (one) => damage.push(one));
    expect(damage).toEqual([]);

    const database = await openSqlite(kit.file);
    expect(await database.run(change)).toBe(1);
    await database.close();
    expect(await backUp(kit.file, to(), (one) => damage.push(one))).toMatchObject({ first: 1, last: 4 });
    await putBack(to(), kit.file, START, (one) => damage.push(one));
    expect(damage).toEqual([what, what]);
    await (await kit.opened()).close();
  },
);

test('the command makes the copy, says what in it is not as it was written, and ends with 1', async () => {
  const file = join(kit.folder, 'pertonne.db');
  const store = await kit.opened({ file });
  await store.write((tx) => tx.append(Array.from({ length: 12 }, (_, n) => note(n))));
  await store.close();
  const database = await openSqlite(file);
  await database.exec('UPDATE log SET at = at + 1 WHERE seq > 1');
  await database.close();
  const { code, out } = await ended('backup', to(), '--data', kit.folder);
  expect([code, out]).toEqual([1, expect.stringMatching(/not as written, .*: record 2, .*record 11 and 1 more$/)]);
  expect(await contents(to())).toMatchObject({ records: { length: 12 } });
});

test('a log in which a record is missing makes no backup, and leaves nothing', async () => {
  const store = await kit.opened();
  await store.write((tx) => tx.append([note(1), note(2), note(3)]));
  await store.close();
  const database = await openSqlite(kit.file);
  await database.exec('DELETE FROM log WHERE seq = 2');
  await database.close();
  await expect(backUp(kit.file, to(), unexpected)).rejects.toThrow(new DamagedError('record 2 is missing'));
  expect((await readdir(kit.folder)).filter((name) => name.startsWith('copy'))).toEqual([]);
});

test('a changed audit trail is found', async () => {
  const store = await kit.opened();
  await store.write((tx) => tx.audit([{ at: START, who: 'Li', from: null, action: 'entry', detail: { n: 1 } }]));
  await store.close();
  const database = await openSqlite(kit.file);
  await expect(verifyLog(database, unexpected)).resolves.toMatchObject({ last: 0 });
  await database.exec(`DROP TRIGGER audit_is_final; UPDATE audit SET text = replace(text, 'Li', 'Wu')`);
  const damage: string[] = [];
  await verifyLog(database, (one) => damage.push(one));
  expect(damage).toEqual(['the audit trail before its row 1']);
  await database.close();
});

test('a backup goes on as a log of its own: readers are told, nothing that was there is lost', async () => {
  const store = await kit.opened();
  await store.write((tx) => tx.append([note(1), note(2)]));
  await backUp(kit.file, to(), unexpected);
  await store.write((tx) => tx.append([note(3)]));
  await expect(putBack(to(), kit.file, START, unexpected)).rejects.toThrow(LockedError);
  await store.close();
  const bytes = await readFile(kit.file);

  const keptIn = (await putBack(to(), kit.file, START, unexpected))!;
  expect((await readFile(join(keptIn, 'log.db'))).equals(bytes)).toBe(true);
  const told: GapBody[] = [];
  const again = await kit.opened({ missing: (gap) => told.push(gap) });
  expect(told).toEqual([{ reason: 'restored', former: { epoch: store.epoch, lastSeq: 2 } }]);
  expect(again.epoch).not.toBe(store.epoch);
  expect((await again.read(0, 9)).map(({ seq, kind }) => [seq, kind])).toEqual([
    [1, 'meter'],
    [2, 'meter'],
    [3, 'gap'],
  ]);
});

test('what is no backup is not put in the place of a log', async () => {
  await (await kit.opened()).close();
  const bytes = await readFile(kit.file);
  await writeFile(to(), 'date;kWh\n'.repeat(500));
  await expect(putBack(to(), kit.file, START, unexpected)).rejects.toThrow(/SQLITE_NOTADB/);
  expect((await readFile(kit.file)).equals(bytes)).toBe(true);
  expect(existsSync(`${kit.file}-last`)).toBe(true);
});
