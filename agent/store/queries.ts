import type { Ms } from '../../rules/sample.ts';
import type { GapBody } from '../stream/protocol.ts';
import { recordCrc } from './checksum.ts';
import { type AuditRow, evaluationKey, type Store, type StoredEntry, type StoredRecord } from './contract.ts';
import { type EntryRow, isSoundPlace, type MinuteDbRow, type PlaceRow, soundEntries, soundMinutes } from './sound.ts';
import type { Sqlite, SqlValue } from './sqlite.ts';

type Queries = Pick<
  Store,
  | 'checkpoint'
  | 'read'
  | 'readKinds'
  | 'series'
  | 'revisions'
  | 'piece'
  | 'happened'
  | 'entered'
  | 'minutes'
  | 'newest'
  | 'cursor'
  | 'places'
  | 'entryByKey'
  | 'entries'
  | 'auditTrail'
>;

/** `crc` is missing in a file of an older schema, null in a row from it. */
export interface LogRow extends Omit<StoredRecord, 'at'> {
  readonly at: Ms;
  readonly crc?: number | null;
}

export const wireForm = ({ seq, kind, at, body }: LogRow, wireTime: (ms: Ms) => string): StoredRecord => ({
  seq,
  kind,
  at: wireTime(at),
  body,
});

/** Told of a record, or a minute of history, that is not as it was written: it is never used. */
export type Damaged = (what: string) => void;

/** The rows that are as they were written. */
export function verified<Row extends LogRow>(rows: readonly Row[], damaged: Damaged): Row[] {
  return rows.filter(({ seq, kind, at, body, crc }) => {
    const isSound = crc == null || crc === recordCrc(seq, kind, at, body);
    if (!isSound) damaged(`record ${seq}`);
    return isSound;
  });
}

/** The last that text of 24 characters can name. */
const LAST_INSTANT = 253_402_300_799_999;

/** Window starts are 13 digits in a key, so that the order of text is that of time: from 2001 to 2286. */
export const inKey = (at: Ms): number => Math.ceil(Math.min(Math.max(at, 1e12), 1e13 - 1));

/** Latest revision of each key in [low, high), in the keys' order; answered from the index over keys alone. */
export const SERIES = `SELECT log.seq, kind, at, body, crc FROM log JOIN
    (SELECT max(seq) AS seq FROM log WHERE key >= ? AND key < ? GROUP BY key ORDER BY key LIMIT ?) USING (seq)
  ORDER BY key`;

/** Looks at the numbered stretch only, however few of its records are of these kinds. */
const OF_KINDS = `SELECT seq, kind, at, body, crc FROM log WHERE seq > ? AND seq <= ?
    AND kind IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?`;

/** `}` follows `|` in the order of text, so [prefix|, prefix}) holds all keys with the prefix. */
const NEWEST = `SELECT seq, kind, at, body, crc FROM log WHERE seq IN
    (SELECT (SELECT seq FROM log WHERE key >= value || '|' AND key < value || '}' ORDER BY key DESC, seq DESC LIMIT 1)
     FROM json_each(?))
  ORDER BY seq`;

/** Several pieces that share a window stand in its identity with `, ` between them. */
const PIECE = `SELECT seq, kind, at, body, crc FROM log WHERE key >= ?1 AND key <= ?2
    AND (?3 IS NULL OR instr(', ' || (body ->> '$.window.product') || ', ', ', ' || ?3 || ', ') > 0)
  ORDER BY key DESC, seq DESC LIMIT 1`;

export const HAPPENED = `SELECT seq, kind, at, body, crc FROM log WHERE kind = 'meter' AND at >= ? AND at <= ?
    AND body ->> '$.meter' IN (SELECT value FROM json_each(?)) ORDER BY at, seq LIMIT ?`;

const ENTERED = `SELECT key, at, who, epoch, seq, body, crc FROM entries WHERE at >= ? AND at <= ?
    AND body ->> '$.meter' IN (SELECT value FROM json_each(?)) ORDER BY at, key LIMIT ?`;

const ENTRIES = `SELECT key, at, who, epoch, seq, body, crc FROM entries WHERE at >= ?1 AND at < ?2 AND (at, seq) < (?3, ?4)
    AND (?5 IS NULL OR body ->> '$.meter' = ?5) ORDER BY at DESC, seq DESC LIMIT ?6`;

const ENTRY = 'SELECT key, at, who, epoch, seq, body, crc FROM entries WHERE key = ?';

const PLACE = `SELECT cursors.*, meta.epoch AS own, ifnull((SELECT min(seq) FROM log), 1) AS first
  FROM cursors, meta WHERE name = ?`;
type OwnPlace = PlaceRow & { readonly own: string; readonly first: number };

const PLACES = 'SELECT * FROM cursors WHERE substr(name, 1, length(?1)) = ?1';

const MINUTES = `SELECT tag, minute, min, max, mean, last, good_share AS goodShare, crc FROM history
  WHERE tag = ? AND minute >= ? AND minute < ? ORDER BY minute LIMIT ?`;

type Reading = Pick<Sqlite, 'all' | 'get'>;

/** What readers may ask; on their own connection they see committed rows only. */
export function queries(database: Reading, wireTime: (ms: Ms) => string, damaged: Damaged): Queries {
  const records = async (sql: string, values: readonly SqlValue[]): Promise<StoredRecord[]> => {
    const rows = await database.all<LogRow>(sql, values);
    return verified(rows, damaged).map(toWire);
  };
  const entries = async (sql: string, values: readonly SqlValue[]): Promise<StoredEntry[]> =>
    soundEntries(await database.all<EntryRow>(sql, values), damaged);
  const toWire = (row: LogRow): StoredRecord => wireForm(row, wireTime);
  /** Of a damaged record only its number stands for sure. */
  function inItsPlace({ seq, at }: LogRow): StoredRecord {
    const body: GapBody = { reason: 'damaged-record', from: seq, to: seq, records: 1 };
    return { seq, kind: 'gap', at: wireTime(Math.min(Math.max(0, at), LAST_INSTANT)), body: JSON.stringify(body) };
  }
  return {
    async read(after, limit) {
      const rows = await database.all<LogRow>('SELECT * FROM log WHERE seq > ? ORDER BY seq LIMIT ?', [after, limit]);
      const sound = new Set(verified(rows, damaged));
      return rows.map((row) => (sound.has(row) ? toWire(row) : inItsPlace(row)));
    },
    readKinds: (kinds, after, upTo, limit) => records(OF_KINDS, [after, upTo, JSON.stringify(kinds), limit]),
    series: (metric, kind, from, to, limit) =>
      records(SERIES, [`${metric}|${kind}|${inKey(from)}`, `${metric}|${kind}|${inKey(to)}`, limit]),
    revisions: (metric, window) =>
      records('SELECT seq, kind, at, body, crc FROM log WHERE key = ? ORDER BY seq', [evaluationKey(metric, window)]),
    piece: (metric, kind, at, product) =>
      records(PIECE, [`${metric}|${kind}|`, `${metric}|${kind}|${inKey(at)}`, product]),
    happened: (meters, from, to, limit) => records(HAPPENED, [from, to, JSON.stringify(meters), limit]),
    entered: (meters, from, to, limit) => entries(ENTERED, [from, to, JSON.stringify(meters), limit]),
    newest: (metrics, kinds) =>
      records(NEWEST, [JSON.stringify(metrics.flatMap((metric) => kinds.map((kind) => `${metric}|${kind}`)))]),
    minutes: async (tag, from, to, limit) =>
      soundMinutes(await database.all<MinuteDbRow>(MINUTES, [tag, from, to, limit]), damaged),
    checkpoint: async () => (await database.get<{ body: string }>('SELECT body FROM checkpoint'))?.body ?? null,
    async cursor(name) {
      const row = await database.get<OwnPlace>(PLACE, [name]);
      if (!row || isSoundPlace(row, damaged)) return row && { epoch: row.epoch, seq: row.seq };
      // What it has is not known: better all of it once more than a record unseen.
      return { epoch: row.own, seq: row.first - 1 };
    },
    async places(prefix) {
      const rows = await database.all<PlaceRow>(PLACES, [prefix]);
      return rows.filter((row) => isSoundPlace(row, damaged)).map(({ epoch, seq }) => ({ epoch, seq }));
    },
    entryByKey: async (key) => (await entries(ENTRY, [key]))[0],
    entries: ({ from, to, meter, before }, limit) =>
      entries(ENTRIES, [from, to, before?.at ?? to, before?.seq ?? 0, meter, limit]),
    auditTrail: (after, limit) =>
      database.all<AuditRow>('SELECT id, at, text, hash FROM audit WHERE id > ? ORDER BY id LIMIT ?', [after, limit]),
  };
}
