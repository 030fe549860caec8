import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../../drivers/driver.ts';
import type { GapBody } from '../stream/protocol.ts';
import { isDamage, isMachineFault } from './errors.ts';
import { examine, isSmall } from './examine.ts';
import { type Extent, extentOf } from './extent.ts';
import { lock } from './lock.ts';
import { Mark } from './mark.ts';
import { appendGap, reconcile } from './reconcile.ts';
import { migrate, ownVersion, SCHEMA } from './schema.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';
import { finishTakeOver, takeOver } from './takeOver.ts';

export interface FileOptions {
  readonly file: string;
  readonly clock: Pick<Clock, 'now' | 'wall'>;
  /** Called with what is missing from the log, when that is found. */
  readonly missing: (gap: GapBody) => void;
}

/**
 * The log's file: one connection that writes, one that reads. Both are made anew when the machine failed them; a damaged
 * file is set aside, and a new log begun in its place.
 */
export class LogFile {
  readonly #options: FileOptions;
  readonly #mark: Mark;
  #lock: { release(): Promise<void> } | null = null;
  #writer: Sqlite | null = null;
  #reader: Sqlite | null = null;
  #checking: Promise<void> | null = null;
  readonly #closing = new AbortController();
  #isExamined = false;
  #damage: unknown = null;
  #extent: Extent = { epoch: '', version: '', first: 1, last: 0 };

  private constructor(options: FileOptions) {
    this.#options = options;
    this.#mark = new Mark(`${options.file}-last`);
  }

  /**
   * Opens or makes the file, alone. Where the machine lets it be read only, writing is tried again with each transaction.
   * Rejects with LockedError, NewerSchemaError, or what SQLite says when it cannot even be read.
   */
  static async open(options: FileOptions): Promise<LogFile> {
    const log = new LogFile(options);
    try {
      await log.writer().catch((cause: unknown) => log.#openForReading(cause));
      return log;
    } catch (cause) {
      await log.close();
      throw cause;
    }
  }

  get extent(): Extent {
    return this.#extent;
  }

  /** The connection that reads committed rows. Throws while there is none. */
  get reader(): Sqlite {
    if (!this.#reader) throw new Error('the log cannot be read now');
    return this.#reader;
  }

  /** The connection that writes. Rejects while the machine does not allow it. */
  async writer(): Promise<Sqlite> {
    if (this.#writer && this.#damage === null) return this.#writer;
    this.#lock ??= await lock(join(dirname(this.#options.file), 'lock.db'));
    await finishTakeOver(this.#options.file);
    const writer = await this.#sound();
    try {
      await this.#readAnew(() => openSqlite(this.#options.file, { readOnly: true }));
      const gaps = await reconcile(writer, await this.#mark.read(), this.#options.clock.now());
      for (const gap of gaps) this.#options.missing(gap);
      this.#extent = await extentOf(writer);
      await this.#mark.write({ epoch: this.#extent.epoch, seq: this.#extent.last });
    } catch (cause) {
      await writer.close();
      throw cause;
    }
    this.#writer = writer;
    this.#examineWhole();
    return writer;
  }

  /** Records up to `last` were committed. The mark follows by itself: it may stay behind, but is never ahead. */
  grew(last: number): void {
    this.#extent = { ...this.#extent, last };
    void this.#mark.write({ epoch: this.#extent.epoch, seq: last });
  }

  /** After another transaction: what stands is what the file says; where it cannot say, the next one asks again. */
  async refresh(): Promise<void> {
    const extent = this.#writer && (await extentOf(this.#writer).catch(() => null));
    if (!extent) return;
    const hasGrown = extent.last !== this.#extent.last;
    this.#extent = extent;
    if (hasGrown) this.grew(extent.last);
  }

  /** A statement failed: whatever the cause leaves unfit for use is made anew before the next transaction. */
  async failed(cause: unknown): Promise<void> {
    if (isDamage(cause)) this.#damage ??= cause;
    if (!isDamage(cause) && !isMachineFault(cause)) return;
    await this.#writer?.close().catch(() => {});
    this.#writer = null;
  }

  /** A reader found damage: dealt with before the next transaction. */
  suspect(cause: unknown): void {
    if (isDamage(cause)) this.#damage ??= cause;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#checking;
    // The one that writes last: it tidies up what the others need.
    for (const database of [this.#reader, this.#writer]) await database?.close().catch(() => {});
    await this.#mark.close();
    await this.#lock?.release();
    this.#reader = this.#writer = this.#lock = null;
  }

  /** A connection to a file that can be trusted, a new one if need be. */
  async #sound(): Promise<Sqlite> {
    const { file } = this.#options;
    if (this.#damage === null) {
      try {
        return await this.#connect();
      } catch (cause) {
        if (!isDamage(cause)) throw cause;
        this.#damage = cause;
      }
    }
    await this.#beginAnew(this.#damage);
    this.#damage = null;
    return connect(file);
  }

  async #connect(): Promise<Sqlite> {
    const { file } = this.#options;
    const writer = await connect(file);
    try {
      if (!this.#isExamined) await examine(writer, (await isSmall(file)) ? 'all' : 'small');
      await extentOf(writer);
      return writer;
    } catch (cause) {
      await writer.close();
      throw cause;
    }
  }

  async #beginAnew(cause: unknown): Promise<void> {
    const { file, clock, missing } = this.#options;
    const detail = cause instanceof Error ? cause.message : String(cause);
    for (const database of [this.#reader, this.#writer]) await database?.close().catch(() => {});
    this.#reader = this.#writer = null;
    let gap: GapBody = { reason: 'damaged-log' };
    await takeOver(
      file,
      clock.wall(),
      async (writer, { place, checkpoint }, keptIn) => {
        const at = (await this.#mark.read()) ?? place;
        const former = at && { epoch: at.epoch, lastSeq: at.seq };
        gap = { reason: 'damaged-log', former, keptIn, detail: checkpoint ? detail : `${detail}; figures begin anew` };
        await appendGap(writer, gap, clock.now());
        return { epoch: (await extentOf(writer)).epoch, seq: 1 };
      },
      (begun) => this.#mark.write(begun),
    );
    this.#isExamined = true;
    missing(gap);
  }

  /** A large file is checked from end to end while it is already in use. */
  #examineWhole(): void {
    if (this.#isExamined) return;
    this.#isExamined = true;
    this.#checking = this.#examined()
      .catch((cause: unknown) => this.suspect(cause))
      .then(() => {
        this.#checking = null;
      });
  }

  async #examined(): Promise<void> {
    const { file } = this.#options;
    if (await isSmall(file)) return;
    const database = await openSqlite(file, { readOnly: true });
    const interrupt = (): void => database.interrupt();
    this.#closing.signal.addEventListener('abort', interrupt);
    try {
      if (!this.#closing.signal.aborted) await examine(database, 'all');
    } finally {
      this.#closing.signal.removeEventListener('abort', interrupt);
      await database.close();
    }
  }

  /** The machine lets nothing be written: what is there can be read, and tells where to go on. */
  async #openForReading(cause: unknown): Promise<void> {
    const { file } = this.#options;
    if (!isMachineFault(cause) || !existsSync(file)) throw cause;
    const wal = `${file}-wal`;
    const isTidy = !existsSync(wal) || statSync(wal).size === 0;
    await this.#readAnew(() => openSqlite(file, { readOnly: true, immutable: isTidy }));
    if ((await ownVersion(this.reader, file)) !== SCHEMA) throw cause;
    this.#extent = await extentOf(this.reader);
  }

  async #readAnew(open: () => Promise<Sqlite>): Promise<void> {
    await this.#reader?.close().catch(() => {});
    this.#reader = null;
    this.#reader = await open();
  }
}

async function connect(file: string): Promise<Sqlite> {
  const writer = await openSqlite(file);
  try {
    await migrate(writer, file);
    return writer;
  } catch (cause) {
    await writer.close();
    throw cause;
  }
}
