import type { Cursor, Store } from '../store/contract.ts';
import type { Choice } from './choice.ts';
import type { StreamCounts } from './counts.ts';
import type { Frame } from './frame.ts';
import type { Subscribe } from './frames.ts';
import { Ledger } from './ledger.ts';
import type { StreamLimits } from './options.ts';
import type { Pages } from './pages.ts';
import type { Stretch } from './stretch.ts';
import { frameText, recordsText } from './text.ts';

/** What a subscription may do with its connection. */
export interface Line {
  send(frame: string | Frame): void;
  /** More can be given: the connection is open, and not too much lies in our buffers already. */
  takes(): boolean;
  /** A reader has come on: its beginning, an ack, or the end of the log. */
  moved(): void;
  readonly ended: AbortSignal;
}

export type Start = NonNullable<Subscribe['records']>['from'];

/** What all readers of records are given. */
export interface RecordSource {
  readonly store: Store;
  readonly pages: Pages;
  readonly limits: Pick<StreamLimits, 'windowBytes'>;
  readonly counts: StreamCounts;
  /** Those who are woken by a commit: a reader is among them while it runs. */
  readonly reading: Set<RecordReader>;
}

/** What one of them is given. */
export interface Reading {
  readonly id: string;
  readonly from: Start;
  readonly choice: Choice;
  readonly line: Line;
  /** Told that everything up to the cursor is done with: acknowledged, or not chosen. */
  readonly settled: ((cursor: Cursor) => void) | undefined;
}

/** Bytes after which a batch is sent. */
const BATCH_BYTES = 64 * 1024;

/** A subscription's own way through the log: sends what is chosen, at most a window of bytes ahead of the acks. */
export class RecordReader {
  readonly #source: RecordSource;
  readonly #id: string;
  readonly #choice: Choice;
  readonly #line: Line;
  readonly #settled: Reading['settled'];
  #epoch: string;
  readonly #unacked: Ledger;
  /** Acknowledged up to here, and whether anything was since the last heartbeat. */
  #acked: number;
  #hasAcked = false;
  /** Read up to here; records that were not chosen lie between `#sent` and it. */
  #position: number;
  /** The last seq that the reader was told of. */
  #sent: number;
  #isOfAnotherLog: boolean;
  #caughtUpOnce = false;
  readonly #running = Promise.withResolvers<void>();
  /** Nothing is being read for us, so that `wake` may go on. */
  #isIdle = false;

  constructor(source: RecordSource, { id, from, choice, line, settled }: Reading) {
    const { store, limits } = source;
    this.#source = source;
    this.#id = id;
    this.#choice = choice;
    this.#line = line;
    this.#settled = settled;
    this.#unacked = new Ledger(limits.windowBytes);
    this.#epoch = store.epoch;
    this.#isOfAnotherLog = typeof from === 'object' && (from.epoch !== store.epoch || from.seq > store.lastSeq());
    this.#position = this.#isOfAnotherLog || from === 'earliest' ? store.firstSeq() - 1 : seqOf(from, store);
    this.#sent = this.#acked = this.#position;
  }

  get cursor(): Cursor {
    return { epoch: this.#epoch, seq: this.#sent };
  }

  get lag(): number {
    return Math.max(0, this.#source.store.lastSeq() - this.#position);
  }

  /** Up to here everything is done with: acknowledged, or not chosen. */
  get settled(): Cursor {
    return { epoch: this.#epoch, seq: this.#unacked.isEmpty ? this.#position : this.#acked };
  }

  get unackedBytes(): number {
    return this.#unacked.bytes;
  }

  /** Everything committed was read, sent and acknowledged. */
  get done(): boolean {
    return this.lag === 0 && this.#unacked.isEmpty;
  }

  /** Asked at each heartbeat: the window is full, and nothing was acknowledged since the last one. */
  takeStuck(): boolean {
    const stuck = this.#full && !this.#hasAcked;
    this.#hasAcked = false;
    return stuck;
  }

  /** Everything up to the cursor is safe with the reader; whether it was not before, null for a cursor that was never sent. */
  ack({ epoch, seq }: Cursor): boolean | null {
    // What was on its way when a new log began is of no use any more, and no fault.
    if (epoch !== this.#epoch) return epoch === this.#formerEpoch ? false : null;
    if (seq > this.#sent) return null;
    if (seq <= this.#acked) return false;
    const wasFull = this.#full;
    this.#unacked.acknowledged(seq);
    this.#hasAcked = true;
    this.#acked = seq;
    if (wasFull) this.wake();
    this.#settle();
    return true;
  }
  #formerEpoch: string | undefined;

  /** Runs until the connection ends; rejects when the log cannot be read. */
  run(): Promise<void> {
    const { reading } = this.#source;
    const end = (): void => {
      reading.delete(this);
      this.#running.resolve();
    };
    reading.add(this);
    this.#line.ended.addEventListener('abort', end, { once: true });
    this.#isIdle = true;
    if (this.#isOfAnotherLog) this.#gap(1, this.#position, 'new-epoch');
    this.wake();
    return this.#running.promise;
  }

  /** There may be something to do: a commit, or room in the buffer. What is at hand is sent at once. */
  wake(): void {
    const { store, pages } = this.#source;
    while (this.#isIdle) {
      if (store.epoch !== this.#epoch) this.#beginNewLog();
      // Asked first, for it costs least: those who stand still are woken with the others.
      if (this.#full || !this.#line.takes()) return;
      if (this.#position >= store.lastSeq()) break;
      const next = pages.after(this.#position);
      if (next instanceof Promise) this.#await(next);
      else this.#carry(next);
    }
    if (this.#isIdle) this.#atEnd();
  }

  #await(next: Promise<Stretch>): void {
    const epoch = this.#epoch;
    this.#isIdle = false;
    next
      .then((stretch) => {
        this.#isIdle = true;
        const { store } = this.#source;
        if (this.#line.ended.aborted) return;
        if (epoch === store.epoch && stretch.last <= this.#position) return;
        if (epoch === store.epoch) this.#carry(stretch);
        this.wake();
      })
      .catch(this.#running.reject);
  }

  get #full(): boolean {
    return this.#unacked.bytes >= this.#source.limits.windowBytes;
  }

  #carry(stretch: Stretch): void {
    if (stretch.first > this.#position + 1) this.#gap(this.#position + 1, stretch.first - 1, 'retention');
    this.#sendFrom(stretch);
  }

  #sendFrom(stretch: Stretch): void {
    const { limits, counts } = this.#source;
    const maxBytes = Math.min(BATCH_BYTES, limits.windowBytes);
    const batch = stretch.batch({ choice: this.#choice, seq: this.#position, prev: this.#sent, maxBytes });
    this.#position = batch.upTo;
    if (batch.count === 0) return;
    this.#line.send(batch.frame(this.#id));
    counts.sent.count += batch.count;
    this.#sent = batch.last;
    this.#unacked.sent(batch.last, batch.bytes);
  }

  /** An empty batch tells a reader once that it has come to the end of the log, whatever its filters hide. */
  #atEnd(): void {
    if (!this.#caughtUpOnce) this.#line.send(recordsText(this.#id, this.#sent, ''));
    this.#caughtUpOnce = true;
    // Else the next ack is what settles more.
    if (this.#unacked.isEmpty) this.#settle();
  }

  #settle(): void {
    this.#settled?.(this.settled);
    this.#line.moved();
  }

  #gap(from: number, to: number, reason: 'retention' | 'new-epoch'): void {
    const { counts } = this.#source;
    this.#line.send(frameText({ type: 'gap', id: this.#id, epoch: this.#epoch, from, to, reason }));
    counts.gaps.inc({ reason }, to - from + 1);
    this.#position = this.#sent = to;
    this.#unacked.sent(to, 0);
  }

  /** The log that was read is gone: the file was damaged and another took its place. */
  #beginNewLog(): void {
    const { store } = this.#source;
    this.#formerEpoch = this.#epoch;
    this.#epoch = store.epoch;
    this.#unacked.forget();
    this.#acked = store.firstSeq() - 1;
    this.#gap(1, this.#acked, 'new-epoch');
  }
}

const seqOf = (from: Exclude<Start, 'earliest'>, store: Store): number => (from === 'now' ? store.lastSeq() : from.seq);
