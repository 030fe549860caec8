import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewRecord } from '../../agent/store/contract.ts';
import { openSqlite, type Sqlite, type SqlValue } from '../../agent/store/sqlite.ts';
import { type Kit, kit } from '../agent/streamKit.ts';
import { Readers, records } from './streamFanout.ts';

/** What one transaction holds, and how many are measured. */
export interface Load {
  readonly records: number;
  readonly commits: number;
  readonly blocks: number;
}

export interface Written {
  readonly recordsPerSecond: number;
  readonly commitsPerSecond: number;
}

/** The same table without anything else: what a multi-row insert a transaction costs. */
async function bareTable(file: string): Promise<Sqlite> {
  const database = await openSqlite(file);
  await database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
     CREATE TABLE log (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, at INTEGER NOT NULL, key TEXT, body TEXT NOT NULL) STRICT;
     CREATE INDEX log_key ON log (key) WHERE key IS NOT NULL`,
  );
  return database;
}

async function insert(database: Sqlite, first: number, batch: readonly NewRecord[]): Promise<void> {
  const rows = batch.map(({ kind, at, key, body }, n): SqlValue[] => [first + n, kind, at, key, JSON.stringify(body)]);
  await database.exec('BEGIN IMMEDIATE');
  await database.run(`INSERT INTO log VALUES ${rows.map(() => '(?,?,?,?,?)').join()}`, rows.flat());
  await database.exec('COMMIT');
}

/** Our store and bare sqlite3 in turns at every commit; medians of blocks. */
export async function storing(load: Load): Promise<{ ours: Written; bare: Written }> {
  const it = await kit();
  const file = join(tmpdir(), `pertonne-bare-${process.pid}.db`);
  const bare = await bareTable(file);
  const blocks = [[], []] as [number[], number[]];
  let seq = 1;
  for (let block = -1; block < load.blocks; block++) {
    const spent = [0, 0];
    for (let commit = 0; commit < load.commits; commit++) {
      const batch = records(load.records);
      const began = performance.now();
      await it.store.write((tx) => tx.append(batch));
      const between = performance.now();
      await insert(bare, seq, batch);
      spent[0]! += between - began;
      spent[1]! += performance.now() - between;
      seq += batch.length;
    }
    if (block >= 0) for (const side of [0, 1] as const) blocks[side].push(spent[side]!);
  }
  await it.close();
  await bare.close();
  for (const end of ['', '-wal', '-shm']) await rm(file + end, { force: true });
  const [ours, theirs] = blocks.map((ms) => written(load, ms.sort((a, b) => a - b)[ms.length >> 1]!));
  return { ours: ours!, bare: theirs! };
}

const written = ({ records, commits }: Load, ms: number): Written => ({
  recordsPerSecond: (records * commits * 1_000) / ms,
  commitsPerSecond: (commits * 1_000) / ms,
});

/** Records per second to one reader that begins at the earliest of `count` records of 1 KB. */
export async function catchUp(count: number): Promise<number> {
  const it = await filled(count);
  const readers = new Readers();
  const reached = readers.told('reached');
  const began = performance.now();
  readers.order({ type: 'connect', url: it.url, readers: 1, subscribe: 'earliest' });
  readers.order({ type: 'await', seq: count });
  await reached;
  const ms = performance.now() - began;
  readers.end();
  await it.close();
  return (count * 1_000) / ms;
}

/** Filled past the store, which would take longer than what is measured: the rows are what it would have written. */
async function filled(count: number): Promise<Kit> {
  const it = await kit();
  await it.stop();
  const database = await openSqlite(join(it.folder, 'log.db'));
  await database.run(
    `INSERT INTO log (seq, kind, at, key, body) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     SELECT i, 'evaluation', ?, NULL, ? FROM n`,
    [count, 0, JSON.stringify(records(1)[0]!.body)],
  );
  await database.close();
  return kit({ folder: it.folder });
}
