import type { Window } from '../../rules/interval.ts';
import type { Ms } from '../../rules/sample.ts';
import type { RecordKind } from '../stream/protocol.ts';

/** A record on its way into the log: `body` is already in wire form. `key` finds the latest revision of a figure. */
export interface NewRecord {
  readonly kind: RecordKind;
  readonly at: Ms;
  readonly key: string | null;
  readonly body: object;
}

/** A record as it stands in the log; `body` is its JSON text, sent as it is. `at` is wire form. */
export interface StoredRecord {
  readonly seq: number;
  readonly kind: RecordKind;
  readonly at: string;
  readonly body: string;
}

/** One row per tag and minute. */
export interface MinuteRow {
  readonly tag: string;
  readonly minute: Ms;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly last: number | null;
  readonly goodShare: number;
}

/** A reader's place: everything up to `seq` of the log `epoch` is safe with it. */
export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

/** What an operator entered, found again by its key; `body` is the JSON text of the record `seq` of the log `epoch`. */
export interface StoredEntry extends Cursor {
  readonly key: string;
  readonly at: Ms;
  readonly who: string | null;
  readonly body: string;
}

export interface AskedEntries {
  readonly from: Ms;
  readonly to: Ms;
  readonly meter: string | null;
  /** Only entries that come after this one in the list. */
  readonly before: Pick<StoredEntry, 'at' | 'seq'> | null;
}

/** Something that somebody did: it stands in the audit trail for good. */
export interface AuditEvent {
  readonly at: Ms;
  readonly who: string | null;
  /** The address that it came from; null where none is known. */
  readonly from: string | null;
  readonly action: string;
  readonly detail: object;
}

/** `text` is the event's JSON; `hash` the SHA-256 (hex) of the row's before it, id, at and text. */
export interface AuditRow {
  readonly id: number;
  readonly at: Ms;
  readonly text: string;
  readonly hash: string;
}

export const evaluationKey = (metric: string, window: Pick<Window, 'kind' | 'start'>): string =>
  `${metric}|${window.kind}|${window.start}`;

/** Inside one writing transaction: reads see what this transaction wrote before. */
export interface Transaction {
  /**
   * An operator's entry (kind `entry`) can be found by its key from then on; of two with one key, the first. Rejects with
   * UnwritableError, and nothing written, where a body is no JSON; the transaction can go on.
   */
  append(records: readonly NewRecord[]): Promise<void>;
  /** Adds to the audit trail, each row chained to the one before. */
  audit(events: readonly AuditEvent[]): Promise<void>;
  /** The latest revision of each key that exists, as the body's JSON text. */
  latest(keys: readonly string[]): Promise<Map<string, string>>;
  /** The latest revisions of a metric's windows of a kind as their JSON texts: the last before `from`, and all from it on. */
  since(metric: string, kind: Window['kind'], from: Ms): Promise<string[]>;
  saveCheckpoint(json: string): Promise<void>;
  saveMinutes(rows: readonly MinuteRow[]): Promise<void>;
}

/** The narrow face of the store; SQLite stands behind it. One writer chain; readers use their own connection. */
export interface Store {
  readonly epoch: string;
  firstSeq(): number;
  /** The last committed seq. */
  lastSeq(): number;
  /** Runs `work` in one transaction; resolves after COMMIT. Transactions queue, one at a time. */
  write(work: (tx: Transaction) => Promise<void>): Promise<void>;
  checkpoint(): Promise<string | null>;
  /**
   * The place of a durable reader: what was saved last, though it may not be committed yet. Of one that is not as it was
   * written, the beginning of the log.
   */
  cursor(name: string): Promise<Cursor | undefined>;
  /** The committed places of all durable readers whose names begin so. */
  places(prefix: string): Promise<Cursor[]>;
  /**
   * Saves the place of a durable reader with the next commit, or when the store closes; what was saved and not committed
   * is lost in a crash, and the reader gets those records again. Within an epoch it never goes back.
   */
  saveCursor(name: string, cursor: Cursor, at: Ms): void;
  entryByKey(key: string): Promise<StoredEntry | undefined>;
  /** Operators' entries that were made in [from, to), the newest first, of one meter if one is given; after `before`, if given. */
  entries(asked: AskedEntries, limit: number): Promise<StoredEntry[]>;
  /** The audit trail from `id > after` on, oldest first. */
  auditTrail(after: number, limit: number): Promise<AuditRow[]>;
  /** Committed records with seq > after, oldest first. */
  read(after: number, limit: number): Promise<StoredRecord[]>;
  /** Committed records of these kinds with after < seq <= upTo, oldest first. */
  readKinds(kinds: readonly RecordKind[], after: number, upTo: number, limit: number): Promise<StoredRecord[]>;
  /** The latest revisions of one metric and window kind whose windows start in [from, to), oldest first. */
  series(metric: string, kind: Window['kind'], from: Ms, to: Ms, limit: number): Promise<StoredRecord[]>;
  /** Every revision of a figure, oldest first. */
  revisions(metric: string, window: Pick<Window, 'kind' | 'start'>): Promise<StoredRecord[]>;
  /** The newest record of a metric's windows of a kind that start at or before `at`, of a piece of this identity if one is given. */
  piece(metric: string, kind: Window['kind'], at: Ms, product: string | null): Promise<StoredRecord[]>;
  /** What happened to these meters, as records of kind `meter` entered in [from, to], oldest first. */
  happened(meters: readonly string[], from: Ms, to: Ms, limit: number): Promise<StoredRecord[]>;
  /** What operators entered of these meters in [from, to], oldest first. */
  entered(meters: readonly string[], from: Ms, to: Ms, limit: number): Promise<StoredEntry[]>;
  minutes(tag: string, from: Ms, to: Ms, limit: number): Promise<MinuteRow[]>;
  /** The latest stored window of each key prefix `metric|kind|`. */
  newest(metrics: readonly string[], kinds: readonly Window['kind'][]): Promise<StoredRecord[]>;
  close(): Promise<void>;
}
