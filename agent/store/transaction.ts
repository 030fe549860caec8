import type { MinuteRow, NewRecord, Transaction } from './contract.ts';
import { inKey } from './queries.ts';
import type { Sqlite, SqlValue } from './sqlite.ts';

/** Rows per INSERT: a statement has at most 32 766 parameters, and single-row inserts are ten times slower. */
const ROWS = 1_000;

/** The latest revision of each key in [?1, ?3) from the last one before ?2 on, oldest first. */
const SINCE = `SELECT body FROM log JOIN
    (SELECT max(seq) AS seq FROM log WHERE key < ?3 AND key >=
       ifnull((SELECT max(key) FROM log WHERE key >= ?1 AND key < ?2), ?2) GROUP BY key) USING (seq)
  ORDER BY key`;

/** The writing transaction; `nextSeq` numbers its records without holes. */
export function transaction(database: Sqlite, nextSeq: () => number): Transaction {
  return {
    async append(records: readonly NewRecord[]) {
      const rows = records.map(({ kind, at, key, body }) => [nextSeq(), kind, at, key, JSON.stringify(body)] as const);
      await insert(database, 'INSERT INTO log (seq, kind, at, key, body)', rows);
      const bytes = rows.reduce((sum, row) => sum + Buffer.byteLength(row[4]), 0);
      if (bytes > 0) await database.run('UPDATE meta SET bytes = bytes + ?', [bytes]);
    },
    async latest(keys) {
      const rows = await database.all<{ key: string; body: string }>(
        `SELECT key, body FROM log WHERE seq IN
           (SELECT max(seq) FROM log WHERE key IN (SELECT value FROM json_each(?)) GROUP BY key)`,
        [JSON.stringify(keys)],
      );
      return new Map(rows.map(({ key, body }) => [key, body]));
    },
    async since(metric, kind, from) {
      const [low, first, high] = [`${metric}|${kind}|`, `${metric}|${kind}|${inKey(from)}`, `${metric}|${kind}}`];
      return (await database.all<{ body: string }>(SINCE, [low, first, high])).map(({ body }) => body);
    },
    async saveCheckpoint(json) {
      await database.run('INSERT OR REPLACE INTO checkpoint (id, body) VALUES (1, ?)', [json]);
    },
    saveMinutes: (rows) =>
      insert(
        database,
        'INSERT OR REPLACE INTO history (tag, minute, min, max, mean, last, good_share)',
        rows.map((row: MinuteRow) => [row.tag, row.minute, row.min, row.max, row.mean, row.last, row.goodShare]),
      ),
  };
}

async function insert(database: Sqlite, into: string, rows: readonly (readonly SqlValue[])[]): Promise<void> {
  for (let first = 0; first < rows.length; first += ROWS) {
    const chunk = rows.slice(first, first + ROWS);
    const tuples = chunk.map((row) => `(${row.map(() => '?').join()})`).join();
    await database.run(`${into} VALUES ${tuples}`, chunk.flat());
  }
}
