import type { z } from 'zod';
import type { Ms } from '../../rules/sample.ts';
import type { EntryBody } from '../stream/protocol.ts';
import { addToTrail } from './audit.ts';
import { checkpointCrc, entryCrc, recordCrc } from './checksum.ts';
import type { NewRecord, StoredRecord, Transaction } from './contract.ts';
import { UnwritableError } from './errors.ts';
import { saveMinutes } from './history.ts';
import { insert } from './insert.ts';
import { type Damaged, inKey, type LogRow, verified } from './queries.ts';
import type { Sqlite } from './sqlite.ts';

/** The latest revision of each key in [?1, ?3) from the last one before ?2 on, oldest first. */
const SINCE = `SELECT seq, kind, at, body, crc FROM log JOIN
    (SELECT max(seq) AS seq FROM log WHERE key < ?3 AND key >=
       ifnull((SELECT max(key) FROM log WHERE key >= ?1 AND key < ?2), ?2) GROUP BY key) USING (seq)
  ORDER BY key`;

export interface Writing {
  /** Numbers the records without holes. */
  nextSeq(): number;
  /** Told of each record, in the order of the numbers. */
  appended(record: Omit<StoredRecord, 'at'>, at: Ms): void;
  readonly damaged: Damaged;
}

export function transaction(database: Sqlite, { nextSeq, appended, damaged }: Writing): Transaction {
  return {
    async append(records: readonly NewRecord[]) {
      if (records.length === 0) return;
      const texts = records.map(textOf);
      const rows = records.map((record, index) => logRow(nextSeq(), record, texts[index]!));
      for (const [seq, kind, at, , body] of rows) appended({ seq, kind, body }, at);
      await insert(database, 'INSERT INTO log (seq, kind, at, key, body, crc)', rows);
      const bytes = rows.reduce((sum, row) => sum + Buffer.byteLength(row[4]), 0);
      await database.run('UPDATE meta SET bytes = bytes + ?', [bytes]);
      if (records.some(({ kind }) => kind === 'entry')) await keepEntries(database, rows);
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

function logRow(seq: number, { kind, at, key }: NewRecord, text: string) {
  return [seq, kind, at, key, text, recordCrc(seq, kind, at, text)] as const;
}

/** Operators' entries among them; a key that is known keeps its first entry. */
async function keepEntries(database: Sqlite, rows: readonly ReturnType<typeof logRow>[]): Promise<void> {
  const { epoch } = (await database.get<{ epoch: string }>('SELECT epoch FROM meta'))!;
  const entries = rows.flatMap(([seq, kind, at, , body]) => {
    if (kind !== 'entry') return [];
    const { key, by: who } = JSON.parse(body) as z.infer<typeof EntryBody>;
    return [[key, at, who, epoch, seq, body, entryCrc({ key, at, who, epoch, seq, body })]];
  });
  await insert(database, 'INSERT OR IGNORE INTO entries (key, at, who, epoch, seq, body, crc)', entries);
}
