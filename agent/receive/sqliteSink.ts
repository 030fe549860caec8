import type { Cursor } from '../client/contract.ts';
import { openSqlite, type Sqlite } from '../store/sqlite.ts';
import { ForeignSinkError, type Sink } from './sink.ts';

/** Says that a file is a platform's: the letters PERR. */
const APPLICATION_ID = 0x50455252;

const SCHEMA = `CREATE TABLE IF NOT EXISTS record (agent TEXT, epoch TEXT, seq INTEGER, kind TEXT NOT NULL, at TEXT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (agent, epoch, seq)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS gap (agent TEXT, epoch TEXT, first INTEGER, last INTEGER, reason TEXT,
    PRIMARY KEY (agent, epoch, first, last, reason)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS place (id INTEGER PRIMARY KEY, agent TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
    UNIQUE (agent, epoch)) STRICT;`;

const RECORDS = `INSERT OR IGNORE INTO record
  SELECT ?1, ?2, value ->> 'seq', value ->> 'kind', value ->> 'at', value -> 'body' FROM json_each(?3)`;
const GAP = 'INSERT OR IGNORE INTO gap VALUES (?, ?, ?, ?, ?)';
const MOVE = `INSERT INTO place (agent, epoch, seq) VALUES (?, ?, ?)
  ON CONFLICT (agent, epoch) DO UPDATE SET seq = max(seq, excluded.seq)`;
const PLACE = 'SELECT epoch, seq FROM place WHERE agent = ? ORDER BY epoch = ? DESC, id DESC LIMIT 1';

/** A SQLite file with a row for each record; made when it is missing. Rejects with ForeignSinkError. */
export async function sqliteSink(file: string): Promise<Sink> {
  const database = await openSqlite(file);
  try {
    await prepare(database, file);
  } catch (cause) {
    await database.close();
    throw cause;
  }
  let chain: Promise<unknown> = Promise.resolve();
  const commit = (work: () => Promise<unknown>): Promise<void> => {
    const result = chain.then(() => transaction(database, work));
    chain = result.catch(() => {});
    return result;
  };
  const move = (agent: string, { epoch, seq }: Cursor): Promise<unknown> => database.run(MOVE, [agent, epoch, seq]);
  return {
    place: (agent, epoch) => database.get<Cursor>(PLACE, [agent, epoch]),
    save: (agent, records, cursor) =>
      commit(async () => {
        await database.run(RECORDS, [agent, cursor.epoch, JSON.stringify(records)]);
        await move(agent, cursor);
      }),
    saveGap: (agent, { epoch, from, to, reason }) =>
      commit(async () => {
        await database.run(GAP, [agent, epoch, from, to, reason]);
        await move(agent, { epoch, seq: to });
      }),
    async close() {
      await chain;
      await database.close();
    },
  };
}

async function transaction(database: Sqlite, work: () => Promise<unknown>): Promise<void> {
  await database.exec('BEGIN IMMEDIATE');
  try {
    await work();
    await database.exec('COMMIT');
  } catch (cause) {
    // SQLite may have rolled back by itself (a full disk), then there is nothing left to roll back.
    await database.exec('ROLLBACK').catch(() => {});
    throw cause;
  }
}

async function prepare(database: Sqlite, file: string): Promise<void> {
  const foreign = new ForeignSinkError(`${file} is a database of something else: name another file`);
  const row = await database
    .get<{ id: number; tables: number }>(
      'SELECT application_id AS id, (SELECT count(*) FROM sqlite_schema) AS tables FROM pragma_application_id',
    )
    .catch(() => {
      throw foreign;
    });
  if (row!.id !== APPLICATION_ID && (row!.id !== 0 || row!.tables > 0)) throw foreign;
  await database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  await database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA application_id = ${APPLICATION_ID}; COMMIT`);
}
