import type { Clock } from '../../drivers/driver.ts';
import type { Ms } from '../../rules/sample.ts';
import { realClock } from '../clock.ts';
import type { GapBody } from '../stream/protocol.ts';
import type { Store, Transaction } from './contract.ts';
import { Cursors } from './cursors.ts';
import { StoreClosedError } from './errors.ts';
import { LogFile } from './file.ts';
import { type Pruned, prune } from './prune.ts';
import { type Damaged, queries, wireForm } from './queries.ts';
import { Recent } from './recent.ts';
import { BOUNDS, type Bounds } from './retention.ts';
import type { Sqlite } from './sqlite.ts';
import { Appended, transaction } from './transaction.ts';

export interface StoreOptions extends Partial<Bounds> {
  readonly file: string;
  /** An instant as the wire has it: ISO 8601 with the plant's offset. */
  readonly wireTime: (at: Ms) => string;
  readonly clock?: Pick<Clock, 'now' | 'wall'>;
  /** Called with what is missing from the log, when that is found; a record of it stands in the log. */
  readonly missing?: (gap: GapBody) => void;
  /** Called for each record or minute that is not as it was written, whenever it is met. */
  readonly damaged?: Damaged;
}

/** The SQLite store, with what only its owner needs. */
export interface LogStore extends Store {
  /** SQLite's version, for the health report. */
  readonly sqliteVersion: string;
  /** Other bounds from now on; `prune` sees to them. */
  keepWithin(bounds: Bounds): void;
  /** Drops what is out of bounds at plant time `now`, or some of it when `signal` ends it; resolves to what was. Writers get in between. */
  prune(now: Ms, signal?: AbortSignal): Promise<Pruned>;
}

/**
 * Opens or makes the store in `file`, alone. A damaged file is set aside and a new log begun. Rejects with LockedError
 * while another agent has its folder, with NewerSchemaError for a newer version's file, and with what SQLite says where
 * the file cannot even be read.
 */
export async function openStore({ file: path, wireTime, ...given }: StoreOptions): Promise<LogStore> {
  const { clock = realClock(), missing = () => {}, damaged = () => {} } = given;
  const file = await LogFile.open({ file: path, clock, missing });
  return store(file, { wireTime, damaged, bounds: { ...BOUNDS, ...given } });
}

interface Parts {
  readonly wireTime: (at: Ms) => string;
  readonly damaged: Damaged;
  readonly bounds: Bounds;
}

function store(file: LogFile, { wireTime, damaged, bounds: given }: Parts): LogStore {
  let bounds = given;
  let closed = false;
  let chain: Promise<unknown> = Promise.resolve();
  const cursors = new Cursors(damaged);
  const recent = new Recent();
  const asked = queries(committed(file), wireTime, damaged);

  type Work<T> = (writer: Sqlite, appended: Appended) => Promise<T>;
  const commit = async <T>(work: Work<T>): Promise<T> => {
    const writer = await file.writer();
    const { epoch, last } = file.extent;
    const appended = new Appended(last);
    let result: T;
    try {
      await writer.exec('BEGIN IMMEDIATE');
      result = await work(writer, appended);
      const saved = await cursors.write(writer);
      await writer.exec(`${appended.summed} COMMIT`);
      saved();
    } catch (cause) {
      // SQLite may have rolled back by itself (a full disk), then there is nothing left to roll back.
      await writer.exec('ROLLBACK').catch(() => {});
      await file.failed(cause);
      await file.refresh();
      throw cause;
    }
    if (appended.last > last) file.grew(appended.last);
    else await file.refresh();
    recent.add(epoch, appended.rows);
    return result;
  };
  const queue = <T>(work: Work<T>): Promise<T> => {
    if (closed) return Promise.reject(new StoreClosedError('the store is closed'));
    const result = chain.then(() => commit(work));
    chain = result.catch(() => {});
    return result;
  };

  return {
    ...asked,
    read: async (after, limit) => {
      const { epoch, first } = file.extent;
      const rows = after + 1 < first ? undefined : recent.after(epoch, after, limit);
      return rows?.map((row) => wireForm(row, wireTime)) ?? asked.read(after, limit);
    },
    cursor: async (name) => cursors.get(name, await asked.cursor(name)),
    saveCursor: (name, cursor, at) => cursors.save(name, cursor, at),
    get epoch() {
      return file.extent.epoch;
    },
    get sqliteVersion() {
      return file.extent.version;
    },
    firstSeq: () => file.extent.first,
    lastSeq: () => file.extent.last,
    write: (work: (tx: Transaction) => Promise<void>) =>
      queue((writer, appended) => work(transaction(writer, appended, damaged))),
    keepWithin(others) {
      bounds = others;
    },
    prune(now, signal) {
      const goesOn = (): boolean => !signal?.aborted;
      return prune({ bounds, cursors, queue, goesOn, firstSeq: () => file.extent.first }, now);
    },
    async close() {
      if (closed) return;
      // A cursor that cannot be saved costs its reader records that it has already.
      if (cursors.waiting) queue(async () => {}).catch(() => {});
      closed = true;
      await chain;
      await file.close();
    },
  };
}

/** Committed rows by whatever connection there is; damage that a reader meets is dealt with by the writer. */
function committed(file: LogFile): Pick<Sqlite, 'all' | 'get'> {
  const ask = async <T>(question: (reader: Sqlite) => Promise<T>): Promise<T> => {
    try {
      return await question(file.reader);
    } catch (cause) {
      file.suspect(cause);
      throw cause;
    }
  };
  return {
    all: (sql, values) => ask((reader) => reader.all(sql, values)),
    get: (sql, values) => ask((reader) => reader.get(sql, values)),
  };
}
