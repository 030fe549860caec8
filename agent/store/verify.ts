import { trailBreak } from './audit.ts';
import { checkpointCrc } from './checksum.ts';
import type { AuditRow } from './contract.ts';
import { DamagedError } from './errors.ts';
import { type Extent, extentOf } from './extent.ts';
import { type Damaged, type LogRow, verified } from './queries.ts';
import { type EntryRow, isSoundPlace, type MinuteDbRow, type PlaceRow, soundEntries, soundMinutes } from './sound.ts';
import type { Sqlite, SqlValue } from './sqlite.ts';

/** Rows read at a time. */
const PAGE = 1_000;

/**
 * Reads all that the file holds and calls `damaged` with what is not as it was written, which the agent will leave out;
 * rejects with DamagedError where the file itself is broken, or records are missing in it.
 */
export async function verifyLog(database: Sqlite, damaged: Damaged): Promise<Extent> {
  const [row] = await database.all<{ integrity_check: string }>('PRAGMA integrity_check(1)');
  if (row?.integrity_check !== 'ok') throw new DamagedError(String(row?.integrity_check));
  const extent = await extentOf(database);
  await verifyRecords(database, extent.first, damaged);
  await verifyTrail(database, damaged);
  await verifyCheckpoint(database, damaged);
  for await (const rows of pagesOf<EntryRow>(database, ENTRIES, [''], ({ key }) => [key])) soundEntries(rows, damaged);
  for await (const rows of pagesOf<PlaceRow>(database, PLACES, [''], ({ name }) => [name]))
    for (const place of rows) isSoundPlace(place, damaged);
  for await (const rows of pagesOf<MinuteDbRow>(database, MINUTES, ['', 0], ({ tag, minute }) => [tag, minute]))
    soundMinutes(rows, damaged);
  return extent;
}

const RECORDS = 'SELECT * FROM log WHERE seq > ? ORDER BY seq LIMIT ?';
const TRAIL = 'SELECT id, at, text, hash FROM audit WHERE id > ? ORDER BY id LIMIT ?';
const ENTRIES = 'SELECT * FROM entries WHERE key > ? ORDER BY key LIMIT ?';
const PLACES = 'SELECT * FROM cursors WHERE name > ? ORDER BY name LIMIT ?';
const MINUTES = `SELECT tag, minute, min, max, mean, last, good_share AS goodShare, crc FROM history
  WHERE (tag, minute) > (?, ?) ORDER BY tag, minute LIMIT ?`;

async function verifyRecords(database: Sqlite, first: number, damaged: Damaged): Promise<void> {
  let seq = first - 1;
  for await (const rows of pagesOf<LogRow>(database, RECORDS, [seq], (row) => [row.seq])) {
    for (const row of rows) if (row.seq !== ++seq) throw new DamagedError(`record ${seq} is missing`);
    verified(rows, damaged);
  }
}

async function verifyTrail(database: Sqlite, damaged: Damaged): Promise<void> {
  let hash = '';
  for await (const rows of pagesOf<AuditRow>(database, TRAIL, [0], ({ id }) => [id])) {
    const broken = trailBreak(rows, hash);
    if (broken !== null) return damaged(`the audit trail before its row ${broken}`);
    ({ hash } = rows.at(-1)!);
  }
}

async function verifyCheckpoint(database: Sqlite, damaged: Damaged): Promise<void> {
  const row = await database.get<{ body: string; crc: number | null }>('SELECT body, crc FROM checkpoint');
  if (row && row.crc !== null && row.crc !== checkpointCrc(row.body)) damaged('the checkpoint');
}

/** All rows of a query in the order of their keys, which are its first parameters: those after the last page's last. */
async function* pagesOf<Row>(
  database: Sqlite,
  sql: string,
  begin: readonly SqlValue[],
  keyOf: (row: Row) => readonly SqlValue[],
): AsyncGenerator<readonly Row[]> {
  let after = begin;
  for (;;) {
    const rows = await database.all<Row>(sql, [...after, PAGE]);
    if (rows.length === 0) return;
    yield rows;
    after = keyOf(rows.at(-1)!);
  }
}
