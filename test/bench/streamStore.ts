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
  /** Microseconds of processor time, of all threads, for one record. */
  readonly cpu: number;
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
  const blocks = [[], []] as [Spent[], Spent[]];
  let seq = 1;
  for (let block = -1; block < load.blocks; block++) {
    const [ours, theirs] = [new Meter(), new Meter()];
    for (let commit = 0; commit < load.commits; commit++) {
      const batch = records(load.records);
      const sides = [
        () => ours.of(() => it.store.write((tx) => tx.append(batch))),
        () => theirs.of(() => insert(bare, seq, batch)),
      ];
      // Who comes second finds the garbage of the first.
      if (commit % 2 === 1) sides.reverse();
      for (const side of sides) await side();
      seq += batch.length;
    }
    // The first block warms up.
    if (block < 0) continue;
    blocks[0].push(ours);
    blocks[1].push(theirs);
  }
  await it.close();
  await bare.close();
  for (const end of ['', '-wal', '-shm']) await rm(file + end, { force: true });
  return { ours: written(load, blocks[0]), bare: written(load, blocks[1]) };
}

interface Spent {
  readonly ms: number;
  readonly cpu: number;
}

/** Adds up what pieces of work take. */
class Meter implements Spent {
  ms = 0;
  cpu = 0;

  async of(work: () => Promise<void>): Promise<void> {
    const [began, before] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(before);
    this.cpu += user + system;
    this.ms += performance.now() - began;
  }
}

function written({ records, commits }: Load, blocks: readonly Spent[]): Written {
  const middle = (of: keyof Spent): number => blocks.map((one) => one[of]).sort((a, b) => a - b)[blocks.length >> 1]!;
  const seconds = middle('ms') / 1_000;
  return {
    recordsPerSecond: (records * commits) / seconds,
    commitsPerSecond: commits / seconds,
    cpu: middle('cpu') / (records * commits),
  };
}

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
