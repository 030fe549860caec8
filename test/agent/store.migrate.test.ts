import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backUp } from '../../agent/store/backup.ts';
import { SCHEMA } from '../../agent/store/schema.ts';
import { openSqlite } from '../../agent/store/sqlite.ts';
import { note, StoreKit } from '../support/storeKit.ts';
import { unexpected } from '../support/unexpected.ts';

const kit = new StoreKit();
const older = Array.from({ length: SCHEMA - 1 }, (_, index) => index + 1);

/** What an agent of schema `version` left behind; the files are frozen, and do not follow the code. */
async function leftBehind(version: number): Promise<void> {
  const database = await openSqlite(kit.file);
  await database.exec(await readFile(join(import.meta.dirname, 'oldSchemas', `${version}.sql`), 'utf8'));
  await database.close();
}

test.each(older)('a log of schema %i is taken over with all that it holds, and goes on', async (version) => {
  await leftBehind(version);
  const store = await kit.opened();
  expect([store.epoch, store.firstSeq(), store.lastSeq()]).toEqual(['00112233445566778899aabbccddeeff', 7, 10]);
  expect((await store.read(0, 10)).map(({ seq, kind }) => [seq, kind])).toEqual([
    [7, 'endpoint'],
    [8, 'evaluation'],
    [9, 'evaluation'],
    [10, 'entry'],
  ]);
  expect(await store.checkpoint()).toBe('{"at":1767225780000}');
  expect(await store.series('mill.energy', 'day', 0, Infinity, 9)).toMatchObject([{ seq: 9 }]);
  expect((await store.minutes('mill.power', 0, Infinity, 9)).map(({ mean }) => mean)).toEqual([2, null]);
  expect(await store.entryByKey('ladle-17')).toMatchObject({ who: 'Li', seq: 10, epoch: store.epoch });

  await store.write((tx) => tx.append([note(1)]));
  expect((await store.read(10, 10)).map(({ seq }) => seq)).toEqual([11]);
  await store.close();
  const database = await openSqlite(kit.file, { readOnly: true });
  expect(await database.get('PRAGMA user_version')).toEqual({ user_version: SCHEMA });
  expect(await database.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' });
  await database.close();
});

test('a migration that was cut off between two steps goes on from where it was', async () => {
  await leftBehind(1);
  const database = await openSqlite(kit.file);
  await database.exec(`CREATE INDEX log_happened ON log (at) WHERE kind = 'meter'; PRAGMA user_version = 2`);
  await database.close();
  expect((await kit.opened()).lastSeq()).toBe(10);
});

test('the backup of an old file can give space back', async () => {
  await leftBehind(2);
  await (await kit.opened()).close();
  const vacuum = async (file: string): Promise<unknown> => {
    const database = await openSqlite(file);
    return database.get('PRAGMA auto_vacuum').finally(() => database.close());
  };
  expect(await vacuum(kit.file)).toEqual({ auto_vacuum: 0 });
  await backUp(kit.file, `${kit.file}.copy`, unexpected);
  expect(await vacuum(`${kit.file}.copy`)).toEqual({ auto_vacuum: 2 });
});
