import { Retention } from '../../config/retention.ts';
import type { Ms } from '../../rules/sample.ts';
import type { Sqlite } from './sqlite.ts';

/** Bounds of what is kept; the oldest goes first. */
export interface Bounds {
  /** Oldest record and operator's entry, in plant time before now. */
  readonly maxAgeMs: Ms;
  /** Bytes of all record bodies together. */
  readonly maxBytes: number;
  /** Oldest minute of a tag's history. */
  readonly maxHistoryMs: Ms;
  /** Minutes of all tags together. */
  readonly maxMinutes: number;
  /** Operators' entries. */
  readonly maxEntries: number;
}

/** A minute in the file, index and free space included: 87 with tags of 20 letters. */
const BYTES_OF_MINUTE = 100;
/** Entries of a hundred a day in ten years, and as many again; some 400 bytes each. */
const MOST_ENTRIES = 1_000_000;

/** The bounds that a plant file sets. */
export const boundsOf = ({ keep, maxBytes, history, maxHistory }: Retention): Bounds => ({
  maxAgeMs: keep,
  maxBytes,
  maxHistoryMs: history,
  maxMinutes: Math.floor(maxHistory / BYTES_OF_MINUTE),
  maxEntries: MOST_ENTRIES,
});
export const BOUNDS: Bounds = boundsOf(Retention.parse({}));

/** Rows per transaction: a writer waits no longer than for these. */
const ROWS = 2_000;

interface Row {
  seq: number;
  at: Ms;
  bytes: number;
}

/**
 * Drops up to ROWS of the oldest records that are out of bounds, never the newest, which carries the numbering on.
 * Resolves to the last seq dropped, null when there was nothing to drop.
 */
export async function dropOldest(database: Sqlite, bounds: Bounds, now: Ms): Promise<number | null> {
  const rows = await database.all<Row>(
    'SELECT seq, at, octet_length(body) AS bytes FROM log WHERE seq < (SELECT max(seq) FROM log) ORDER BY seq LIMIT ?',
    [ROWS],
  );
  let left = await bytesOf(database);
  let last: number | null = null;
  for (const row of rows) {
    if (row.at >= now - bounds.maxAgeMs && left <= bounds.maxBytes) break;
    left -= row.bytes;
    last = row.seq;
  }
  if (last === null) return null;
  await database.run('DELETE FROM log WHERE seq <= ?', [last]);
  await database.run('UPDATE meta SET bytes = ?', [left]);
  return last;
}

/** Bytes of all records by the running sum; by counting where that cannot be right. */
async function bytesOf(database: Sqlite): Promise<number> {
  const { bytes, most } = (await database.get<{ bytes: number; most: number }>(
    'SELECT bytes, page_count * page_size AS most FROM meta, pragma_page_count, pragma_page_size',
  ))!;
  if (bytes >= 0 && bytes <= most) return bytes;
  return (await database.get<{ sum: number }>('SELECT total(octet_length(body)) AS sum FROM log'))!.sum;
}

/** Drops up to ROWS operators' entries from before `cutoff`, and as many of the oldest beyond `most`; resolves to how many. */
export async function dropEntries(database: Sqlite, cutoff: Ms, most: number): Promise<number> {
  const oldest =
    'DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE at < ? ORDER BY at, rowid LIMIT ?)';
  const old = await database.run(oldest, [cutoff, ROWS]);
  const { count } = (await database.get<{ count: number }>('SELECT count(*) AS count FROM entries'))!;
  return old + (await database.run(oldest, [Number.MAX_SAFE_INTEGER, Math.min(ROWS, Math.max(0, count - most))]));
}

/** Free pages are filled anew; only when they are this share of the file, and so many bytes, are they given back. */
const SPARE = { share: 0.25, bytes: 16 * 2 ** 20 };
/** Pages given back at a time. */
const PAGES = 2_000;

interface Pages {
  readonly free: number;
  readonly pages: number;
  readonly size: number;
}

/** Gives free pages back to the file system, PAGES at most; false when there are not too many. A file of schema 3 or older keeps its size. */
export async function shrink(database: Sqlite): Promise<boolean> {
  const { free, pages, size } = (await database.get<Pages>(
    `SELECT freelist_count AS free, page_count AS pages, page_size AS size
     FROM pragma_freelist_count, pragma_page_count, pragma_page_size`,
  ))!;
  if (free * size < SPARE.bytes || free < pages * SPARE.share) return false;
  await database.exec(`PRAGMA incremental_vacuum(${PAGES})`);
  const after = await database.get<{ freelist_count: number }>('PRAGMA freelist_count');
  return after!.freelist_count < free;
}
