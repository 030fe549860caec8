import { checkpointCrc } from './checksum.ts';
import type { Cursor } from './contract.ts';
import { isMachineFault } from './errors.ts';
import { openSqlite, type Sqlite, type SqlValue } from './sqlite.ts';

/** Small tables that are carried over into a new log as far as they can be read; the first column is their order. */
const CARRIED = {
  entries: ['key', 'at', 'who', 'epoch', 'seq', 'body', 'crc'],
  audit: ['id', 'at', 'text', 'hash'],
  cursors: ['name', 'epoch', 'seq', 'updated_at', 'crc'],
};
const PAGE = 500;

/** What a damaged log said of itself; null where that cannot be read. */
export interface Former {
  readonly place: Cursor | null;
  readonly checkpoint: boolean;
}

/** Carries from a damaged file into a new one what can be read safely: a checkpoint only with its checksum. */
export async function salvage(file: string, to: Sqlite): Promise<Former> {
  const from = await openSqlite(file, { readOnly: true }).catch(() => null);
  if (!from) return { place: null, checkpoint: false };
  try {
    const place = await readable(() => from.get<Cursor>('SELECT epoch, (SELECT max(seq) FROM log) AS seq FROM meta'));
    const checkpoint = await carryCheckpoint(from, to);
    for (const [table, columns] of Object.entries(CARRIED)) await carry(from, to, table, columns);
    return { place: place ?? null, checkpoint };
  } finally {
    await from.close().catch(() => {});
  }
}

const readable = <T>(read: () => Promise<T>): Promise<T | undefined> => read().catch(() => undefined);

async function carryCheckpoint(from: Sqlite, to: Sqlite): Promise<boolean> {
  const row = await readable(() => from.get<{ body: string; crc: number }>('SELECT body, crc FROM checkpoint'));
  if (!row || row.crc !== checkpointCrc(row.body)) return false;
  await to.run('INSERT INTO checkpoint (id, body, crc) VALUES (1, ?, ?)', [row.body, row.crc]);
  return true;
}

/** Row after row until one cannot be read, or is not what may stand in the table. */
async function carry(from: Sqlite, to: Sqlite, table: string, columns: readonly string[]): Promise<void> {
  const [key, names] = [columns[0]!, columns.join()];
  // A file of an older schema has no checksums.
  const sql = `SELECT * FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT ${PAGE}`;
  const [into, tuple] = [`INSERT OR IGNORE INTO ${table} (${names}) VALUES`, `(${columns.map(() => '?').join()})`];
  let after: string | number = table === 'audit' ? 0 : '';
  for (;;) {
    const rows = await readable(() => from.all<Record<string, SqlValue>>(sql, [after]));
    const last = rows?.at(-1)?.[key];
    // A tree that leads back into itself would be walked for ever.
    if (!rows || last == null || last <= after) return;
    const values = rows.flatMap((row) => columns.map((column) => row[column] ?? null));
    try {
      await to.run(`${into} ${rows.map(() => tuple).join()}`, values);
    } catch (cause) {
      if (isMachineFault(cause)) throw cause;
      return;
    }
    after = last;
  }
}
