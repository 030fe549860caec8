import type { Ms } from '../../rules/sample.ts';
import { evaluationKey, type MinuteRow, type Store, type StoredRecord } from './contract.ts';
import type { Sqlite, SqlValue } from './sqlite.ts';

type Queries = Pick<
  Store,
  'checkpoint' | 'read' | 'series' | 'revisions' | 'piece' | 'happened' | 'minutes' | 'newest'
>;

interface LogRow extends Omit<StoredRecord, 'at'> {
  at: Ms;
}

/** Window starts are 13 digits in a key, so that the order of text is that of time: from 2001 to 2286. */
export const inKey = (at: Ms): number => Math.ceil(Math.min(Math.max(at, 1e12), 1e13 - 1));

/** Latest revision of each key in [low, high), in the keys' order; answered from the index over keys alone. */
export const SERIES = `SELECT log.seq, kind, at, body FROM log JOIN
    (SELECT max(seq) AS seq FROM log WHERE key >= ? AND key < ? GROUP BY key ORDER BY key LIMIT ?) USING (seq)
  ORDER BY key`;

/** `}` follows `|` in the order of text, so [prefix|, prefix}) holds all keys with the prefix. */
const NEWEST = `SELECT seq, kind, at, body FROM log WHERE seq IN
    (SELECT (SELECT seq FROM log WHERE key >= value || '|' AND key < value || '}' ORDER BY key DESC, seq DESC LIMIT 1)
     FROM json_each(?))
  ORDER BY seq`;

/** Several pieces that share a window stand in its identity with `, ` between them. */
const PIECE = `SELECT seq, kind, at, body FROM log WHERE key >= ?1 AND key <= ?2
    AND (?3 IS NULL OR instr(', ' || (body ->> '$.window.product') || ', ', ', ' || ?3 || ', ') > 0)
  ORDER BY key DESC, seq DESC LIMIT 1`;

export const HAPPENED = `SELECT seq, kind, at, body FROM log WHERE kind = 'meter' AND at >= ? AND at <= ?
    AND body ->> '$.meter' IN (SELECT value FROM json_each(?)) ORDER BY at, seq LIMIT ?`;

/** What readers may ask; on their own connection they see committed rows only. */
export function queries(database: Sqlite, wireTime: (ms: Ms) => string): Queries {
  const records = async (sql: string, values: readonly SqlValue[]): Promise<StoredRecord[]> => {
    const rows = await database.all<LogRow>(sql, values);
    return rows.map((row) => ({ ...row, at: wireTime(row.at) }));
  };
  return {
    read: (after, limit) =>
      records('SELECT seq, kind, at, body FROM log WHERE seq > ? ORDER BY seq LIMIT ?', [after, limit]),
    series: (metric, kind, from, to, limit) =>
      records(SERIES, [`${metric}|${kind}|${inKey(from)}`, `${metric}|${kind}|${inKey(to)}`, limit]),
    revisions: (metric, window) =>
      records('SELECT seq, kind, at, body FROM log WHERE key = ? ORDER BY seq', [evaluationKey(metric, window)]),
    piece: (metric, kind, at, product) =>
      records(PIECE, [`${metric}|${kind}|`, `${metric}|${kind}|${inKey(at)}`, product]),
    happened: (meters, from, to, limit) => records(HAPPENED, [from, to, JSON.stringify(meters), limit]),
    newest: (metrics, kinds) =>
      records(NEWEST, [JSON.stringify(metrics.flatMap((metric) => kinds.map((kind) => `${metric}|${kind}`)))]),
    minutes: (tag, from, to, limit) =>
      database.all<MinuteRow>(
        `SELECT tag, minute, min, max, mean, last, good_share AS goodShare FROM history
         WHERE tag = ? AND minute >= ? AND minute < ? ORDER BY minute LIMIT ?`,
        [tag, from, to, limit],
      ),
    checkpoint: async () => (await database.get<{ body: string }>('SELECT body FROM checkpoint'))?.body ?? null,
  };
}
