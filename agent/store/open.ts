import { dirname, join } from 'node:path';
import type { Ms } from '../../rules/sample.ts';
import type { Store, Transaction } from './contract.ts';
import { Cursors } from './cursors.ts';
import { StoreClosedError } from './errors.ts';
import { lock } from './lock.ts';
import { queries } from './queries.ts';
import { BOUNDS, type Bounds, dropMinutes, dropOldest } from './retention.ts';
import { migrate } from './schema.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';
import { transaction } from './transaction.ts';

export interface StoreOptions extends Partial<Bounds> {
  readonly file: string;
  /** An instant as the wire has it: ISO 8601 with the plant's offset. */
  readonly wireTime: (at: Ms) => string;
}

/** The SQLite store, with what only its owner needs. */
export interface LogStore extends Store {
  /** SQLite's version, for the health report. */
  readonly sqliteVersion: string;
  /** Drops what is out of bounds at plant time `now`; resolves to the records dropped. Writers get in between. */
  prune(now: Ms): Promise<{ from: number; to: number } | null>;
}

/**
 * Opens or makes the store in `file`, alone: rejects with LockedError while another agent has its folder, with
 * ForeignFileError where the file is none of ours.
 */
export async function openStore({ file, wireTime, ...given }: StoreOptions): Promise<LogStore> {
  const held = await lock(join(dirname(file), 'lock.db'));
  const open: Sqlite[] = [];
  const release = async (): Promise<void> => {
    for (const database of open.reverse()) await database.close();
    await held.release();
  };
  try {
    const writer = await openSqlite(file);
    open.push(writer);
    await migrate(writer, file);
    const reader = await openSqlite(file, { readOnly: true });
    open.push(reader);
    return await store(writer, reader, wireTime, { ...BOUNDS, ...given }, release);
  } catch (cause) {
    await release();
    throw cause;
  }
}

interface Extent {
  epoch: string;
  version: string;
  first: number;
  last: number;
}
const EXTENT = `SELECT epoch, sqlite_version() AS version, ifnull((SELECT min(seq) FROM log), 1) AS first,
  ifnull((SELECT max(seq) FROM log), 0) AS last FROM meta`;

async function store(
  writer: Sqlite,
  reader: Sqlite,
  wireTime: (at: Ms) => string,
  bounds: Bounds,
  release: () => Promise<void>,
): Promise<LogStore> {
  let extent = (await writer.get<Extent>(EXTENT))!;
  let closed = false;
  let chain: Promise<unknown> = Promise.resolve();
  const cursors = new Cursors();
  const asked = queries(reader, wireTime);

  const commit = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      await writer.exec('BEGIN IMMEDIATE');
      const result = await work();
      const saved = await cursors.write(writer);
      await writer.exec('COMMIT');
      saved();
      return result;
    } catch (cause) {
      // SQLite may have rolled back by itself (a full disk), then there is nothing left to roll back.
      await writer.exec('ROLLBACK').catch(() => {});
      throw cause;
    } finally {
      // What stands is what the file says, also after a failure; where it cannot say, the next transaction asks again.
      extent = (await writer.get<Extent>(EXTENT).catch(() => undefined)) ?? extent;
    }
  };
  const queue = <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) return Promise.reject(new StoreClosedError('the store is closed'));
    const result = chain.then(() => commit(work));
    chain = result.catch(() => {});
    return result;
  };

  return {
    ...asked,
    cursor: async (name) => cursors.get(name, await asked.cursor(name)),
    saveCursor: (name, cursor, at) => cursors.save(name, cursor, at),
    epoch: extent.epoch,
    sqliteVersion: extent.version,
    firstSeq: () => extent.first,
    lastSeq: () => extent.last,
    write: (work: (tx: Transaction) => Promise<void>) =>
      queue(() => {
        let seq = extent.last;
        return work(transaction(writer, () => ++seq));
      }),
    async prune(now) {
      const from = extent.first;
      let to: number | null = null;
      for (let last = await dropped(); last !== null; last = await dropped()) to = last;
      const minutes = (after: string) => queue(() => dropMinutes(writer, after, now - bounds.maxHistoryMs));
      for (let tag = await minutes(''); tag !== null; tag = await minutes(tag));
      return to === null ? null : { from, to };

      function dropped(): Promise<number | null> {
        return queue(() => dropOldest(writer, bounds, now));
      }
    },
    async close() {
      if (closed) return;
      // A cursor that cannot be saved costs its reader records that it has already.
      if (cursors.waiting) queue(async () => {}).catch(() => {});
      closed = true;
      await chain;
      await release();
    },
  };
}
