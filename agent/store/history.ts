import type { Ms } from '../../rules/sample.ts';
import { minuteCrc } from './checksum.ts';
import type { MinuteRow } from './contract.ts';
import { insert } from './insert.ts';
import type { Sqlite, SqlValue } from './sqlite.ts';

/** Minutes of tags: written, counted, and the oldest dropped. Each of these runs inside the caller's transaction. */

const MINUTE: Ms = 60_000;
const COLUMNS = ['tag', 'minute', 'min', 'max', 'mean', 'last', 'good_share', 'crc'];

/** A minute that is known already is written anew. */
export async function saveMinutes(database: Sqlite, minutes: readonly MinuteRow[]): Promise<void> {
  const values = minutes.flatMap(valuesOf);
  const added = await insert(database, 'INSERT OR IGNORE INTO history', COLUMNS, values);
  if (added < minutes.length) await insert(database, 'INSERT OR REPLACE INTO history', COLUMNS, values);
  await database.run('UPDATE meta SET minutes = minutes + ?', [added]);
}

const valuesOf = (row: MinuteRow): SqlValue[] => [
  ...[row.tag, row.minute, row.min, row.max, row.mean, row.last, row.goodShare],
  minuteCrc(row),
];

/** Tags per transaction: a writer waits no longer than for these. */
const TAGS = 200;

export interface DroppedMinutes {
  readonly minutes: number;
  /** The last tag looked at; null at the end. */
  readonly tag: string | null;
}

/** Drops the minutes before `cutoff` of the next TAGS tags after one; '' is before all. */
export async function dropMinutes(database: Sqlite, after: string, cutoff: Ms): Promise<DroppedMinutes> {
  let tag: string | null = after;
  let minutes = 0;
  for (let count = 0; count < TAGS && tag !== null; count++) {
    const next: { tag: string | null } | undefined = await database.get(
      'SELECT min(tag) AS tag FROM history WHERE tag > ?',
      [tag],
    );
    tag = next?.tag ?? null;
    if (tag !== null) minutes += await database.run('DELETE FROM history WHERE tag = ? AND minute < ?', [tag, cutoff]);
  }
  if (minutes > 0) await database.run('UPDATE meta SET minutes = minutes - ?', [minutes]);
  return { minutes, tag };
}

/** The first and the last minute of all tags, found without reading what lies between. */
const SPAN = `WITH RECURSIVE tags (tag) AS (SELECT min(tag) FROM history UNION ALL
    SELECT (SELECT min(tag) FROM history WHERE history.tag > tags.tag) FROM tags WHERE tag IS NOT NULL)
  SELECT min((SELECT min(minute) FROM history WHERE history.tag = tags.tag)) AS first,
    max((SELECT max(minute) FROM history WHERE history.tag = tags.tag)) AS last FROM tags`;

/**
 * The instant before which minutes must go so that about `most` are left; null when they fit. Where some times hold more
 * minutes than others it is too early, and must be asked for again.
 */
export async function cutoffFor(database: Sqlite, most: number): Promise<Ms | null> {
  const minutes = await minutesIn(database);
  if (minutes <= most) return null;
  const { first, last } = (await database.get<{ first: Ms | null; last: Ms | null }>(SPAN))!;
  if (first === null || last === null) return null;
  return first + Math.max(MINUTE, (last + MINUTE - first) * (1 - most / minutes));
}

/** No row is shorter. */
const SHORTEST = 20;

/** By the running count; by counting where that cannot be right. */
async function minutesIn(database: Sqlite): Promise<number> {
  const { minutes, bytes } = (await database.get<{ minutes: number; bytes: number }>(
    'SELECT minutes, page_count * page_size AS bytes FROM meta, pragma_page_count, pragma_page_size',
  ))!;
  if (minutes >= 0 && minutes * SHORTEST <= bytes) return minutes;
  await database.run('UPDATE meta SET minutes = (SELECT count(*) FROM history)');
  return (await database.get<{ minutes: number }>('SELECT minutes FROM meta'))!.minutes;
}
