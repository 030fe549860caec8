import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSqlite, type Sqlite } from '../../agent/store/sqlite.ts';

let folder = '';
let database: Sqlite;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pertonne-statements-'));
  database = await openSqlite(join(folder, 'some.db'));
});
afterAll(() => rm(folder, { recursive: true }));

test('far more statements than are kept ready, many at once and some again: each does its own', async () => {
  await database.exec('CREATE TABLE t (n INTEGER)');
  const padding = `/* ${'x'.repeat(1_000)} */`;
  const sum = async (n: number, value: number): Promise<void> => {
    const row = await database.get<{ sum: number }>(`SELECT ${n} + ? AS sum ${padding}`, [value]);
    expect(row).toEqual({ sum: n + value });
  };
  for (let round = 0; round < 2; round++)
    await Promise.all(Array.from({ length: 200 }, (_, n) => sum(n % 90, n * round)));
  const written = Array.from({ length: 80 }, (_, n) => database.run(`INSERT INTO t VALUES (? + ${n}) ${padding}`, [1]));
  expect(await Promise.all(written)).toEqual(written.map(() => 1));
  expect(await database.get('SELECT count(*) AS rows, total(n) AS sum FROM t')).toEqual({ rows: 80, sum: 3_240 });
});

test('a statement that fails is no hindrance to the next, nor to the same one later', async () => {
  const all = (): Promise<unknown> => database.all('SELECT * FROM later');
  await expect(all()).rejects.toThrow('no such table: later');
  await database.exec('CREATE TABLE later (n INTEGER UNIQUE)');
  expect(await all()).toEqual([]);
  const insert = (n: number): Promise<number> => database.run('INSERT INTO later VALUES (?)', [n]);
  await database.run('BEGIN IMMEDIATE');
  await insert(1);
  await expect(insert(1)).rejects.toThrow('UNIQUE constraint failed');
  await database.run('ROLLBACK');
  expect(await insert(1)).toBe(1);
  expect(await all()).toEqual([{ n: 1 }]);
});

test('a connection with statements, of which some still run, can be closed', async () => {
  const running = database.all('SELECT n FROM t');
  await database.close();
  expect(await running).toHaveLength(80);
});
