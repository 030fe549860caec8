import type { z } from 'zod';
import type { EntryBody } from '../stream/protocol.ts';
import { addToTrail } from './audit.ts';
import { checkpointCrc, entryCrc, recordCrc } from './checksum.ts';
import type { NewRecord, Transaction } from './contract.ts';
import { UnwritableError } from './errors.ts';
import { saveMinutes } from './history.ts';
import { insert } from './insert.ts';
import { type Damaged, inKey, type LogRow, verified } from './queries.ts';
import type { Sqlite, SqlValue } from './sqlite.ts';

/** The latest revision of each key in [?1, ?3) from the last one before ?2 on, oldest first. */
const SINCE = `SELECT seq, kind, at, body, crc FROM log JOIN
    (SELECT max(seq) AS seq FROM log WHERE key < ?3 AND key >=
       ifnull((SELECT max(key) FROM log WHERE key >= ?1 AND key < ?2), ?2) GROUP BY key) USING (seq)
  ORDER BY key`;

const COLUMNS = ['seq', 'kind', 'at', 'key', 'body', 'crc'];

/** The records that a transaction has added. */
export class Appended {
  /** Of the last record in the log. */
  last: number;
  readonly rows: LogRow[] = [];
  #bytes = 0;

  constructor(last: number) {
    this.last = last;
  }

  /** Numbers the records without holes; returns the values of COLUMNS, row after row. Throws UnwritableError, and has added none. */
  add(records: readonly NewRecord[]): SqlValue[] {
    const bodies = records.map(textOf);
    const values: SqlValue[] = [];
    for (const [index, { kind, at, key }] of records.entries()) {
      const [seq, body] = [++this.last, bodies[index]!];
      this.#bytes += Buffer.byteLength(body);
      this.rows.push({ seq, kind, at, body });
      values.push(seq, kind, at, key, body, recordCrc(seq, kind, at, body));
    }
    return values;
  }

  /** Carries the sum of all bodies on; to be run before COMMIT. */
  get summed(): string {
    return this.#bytes > 0 ? `UPDATE meta SET bytes = bytes + ${this.#bytes};` : '';
  }
}

export function transaction(database: Sqlite, appended: Appended, damaged: Damaged): Transaction {
  return {
    async append(records: readonly NewRecord[]) {
      if (records.length === 0) return;
      const known = appended.rows.length;
      await insert(database, 'INSERT INTO log', COLUMNS, appended.add(records));
      const entries = appended.rows.slice(known).filter(({ kind }) => kind === 'entry');
      if (entries.length > 0) await keepEntries(database, entries);
    },
    audit: (events) => addToTrail(database, events),
    async latest(keys) {
      const rows = await database.all<LogRow & { key: string }>(
        `SELECT seq, kind, at, key, body, crc FROM log WHERE seq IN
           (SELECT max(seq) FROM log WHERE key IN (SELECT value FROM json_each(?)) GROUP BY key)`,
        [JSON.stringify(keys)],
      );
      return new Map(verified(rows, damaged).map(({ key, body }) => [key, body]));
    },
    async since(metric, kind, from) {
      const [low, first, high] = [`${metric}|${kind}|`, `${metric}|${kind}|${inKey(from)}`, `${metric}|${kind}}`];
      const rows = await database.all<LogRow>(SINCE, [low, first, high]);
      return verified(rows, damaged).map(({ body }) => body);
    },
    async saveCheckpoint(json) {
      const sql = 'INSERT OR REPLACE INTO checkpoint (id, body, crc) VALUES (1, ?, ?)';
      await database.run(sql, [json, checkpointCrc(json)]);
    },
    saveMinutes: (rows) => saveMinutes(database, rows),
  };
}

function textOf({ kind, body }: NewRecord): string {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new UnwritableError(`a record of kind ${kind} is no JSON`, { cause });
  }
}

/** Operators' entries; a key that is known keeps its first entry. */
async function keepEntries(database: Sqlite, entries: readonly LogRow[]): Promise<void> {
  const { epoch } = (await database.get<{ epoch: string }>('SELECT epoch FROM meta'))!;
  const values = entries.flatMap(({ seq, at, body }) => {
    const { key, by: who } = JSON.parse(body) as z.infer<typeof EntryBody>;
    return [key, at, who, epoch, seq, body, entryCrc({ key, at, who, epoch, seq, body })];
  });
  await insert(database, 'INSERT OR IGNORE INTO entries', ['key', 'at', 'who', 'epoch', 'seq', 'body', 'crc'], values);
}
