import type { Ms } from '../../rules/sample.ts';
import type { Sqlite } from './sqlite.ts';

const DAY = 86_400_000;

/** Bounds of what is kept; the oldest goes first. */
export interface Bounds {
  /** Oldest record, in plant time before now; default three years. */
  readonly maxAgeMs: Ms;
  /** Bytes of all record bodies together; default 4 GiB. The file keeps its size and fills the space anew. */
  readonly maxBytes: number;
  /** Oldest minute of a tag's history; default 31 days. */
  readonly maxHistoryMs: Ms;
}
export const BOUNDS: Bounds = { maxAgeMs: 3 * 365 * DAY, maxBytes: 4 * 2 ** 30, maxHistoryMs: 31 * DAY };

/** Rows and tags per transaction: a writer waits no longer than for one of these. */
const ROWS = 2_000;
const TAGS = 200;

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
  const meta = await database.get<{ bytes: number }>('SELECT bytes FROM meta');
  let left = meta!.bytes;
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

/** Drops minutes before `cutoff` of the next TAGS tags after `tag`; resolves to the last of them, null at the end. */
export async function dropMinutes(database: Sqlite, after: string, cutoff: Ms): Promise<string | null> {
  let tag = after;
  for (let count = 0; count < TAGS; count++) {
    const next = await database.get<{ tag: string | null }>('SELECT min(tag) AS tag FROM history WHERE tag > ?', [tag]);
    if (!next?.tag) return null;
    tag = next.tag;
    await database.run('DELETE FROM history WHERE tag = ? AND minute < ?', [tag, cutoff]);
  }
  return tag;
}
