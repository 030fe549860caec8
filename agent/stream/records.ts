import type { Store, StoredRecord } from '../store/contract.ts';
import { bell } from './bell.ts';
import type { Choice } from './choice.ts';
import type { Subscribe } from './frames.ts';
import { frameText, recordsText, recordText } from './text.ts';

/** What a subscription may do with its connection. */
export interface Line {
  send(text: string): void;
  /** More lies in our buffer than the reader should be given at once. */
  crowded(): boolean;
  /** A reader has come on: an ack, or the end of the log. */
  moved(): void;
  readonly ended: AbortSignal;
}

/** Records read from the log at a time, and bytes after which a batch is sent. */
const PAGE = 256;
const BATCH_BYTES = 64 * 1024;

interface Batch {
  readonly texts: readonly string[];
  readonly bytes: number;
  readonly last: number;
}

function* batches(records: readonly StoredRecord[], maxBytes: number): Generator<Batch> {
  let texts: string[] = [];
  let bytes = 0;
  for (const record of records) {
    const text = recordText(record);
    texts.push(text);
    bytes += Buffer.byteLength(text);
    if (bytes < maxBytes && record !== records.at(-1)) continue;
    yield { texts, bytes, last: record.seq };
    texts = [];
    bytes = 0;
  }
}

type Start = NonNullable<Subscribe['records']>['from'];

/** A subscription's own way through the log: sends what is chosen, at most a window of bytes ahead of the acks. */
export class RecordReader {
  readonly #id: string;
  readonly #store: Store;
  readonly #choice: Choice;
  readonly #line: Line;
  readonly #windowBytes: number;
  readonly #bell = bell();
  readonly #unacked: { seq: number; bytes: number }[] = [];
  #unackedBytes = 0;
  #acked = false;
  /** Read up to here; records that were not chosen lie between `#sent` and it. */
  #position: number;
  /** The last seq that the reader was told of. */
  #sent: number;
  /** The cursor belonged to another log. */
  readonly #newEpoch: boolean;
  #caughtUpOnce = false;

  constructor(id: string, from: Start, store: Store, choice: Choice, line: Line, windowBytes: number) {
    this.#id = id;
    this.#store = store;
    this.#choice = choice;
    this.#line = line;
    this.#windowBytes = windowBytes;
    this.#newEpoch = typeof from === 'object' && from.epoch !== store.epoch;
    this.#position = startOf(from, store);
    this.#sent = this.#position;
    line.ended.addEventListener('abort', this.#bell.ring, { once: true });
  }

  get cursor(): { epoch: string; seq: number } {
    return { epoch: this.#store.epoch, seq: this.#sent };
  }

  get lag(): number {
    return Math.max(0, this.#store.lastSeq() - this.#position);
  }

  get unackedBytes(): number {
    return this.#unackedBytes;
  }

  /** Everything committed was read, sent and acknowledged. */
  get done(): boolean {
    return this.lag === 0 && this.#unacked.length === 0;
  }

  /** Asked at each heartbeat: the window is full, and nothing was acknowledged since the last one. */
  takeStuck(): boolean {
    const stuck = this.#full && !this.#acked;
    this.#acked = false;
    return stuck;
  }

  /** There may be something to do: a commit, or room in the buffer. */
  wake(): void {
    this.#bell.ring();
  }

  /** Everything up to the cursor is safe with the reader; false for a cursor that was never sent. */
  ack({ epoch, seq }: { epoch: string; seq: number }): boolean {
    if (epoch !== this.#store.epoch || seq > this.#sent) return false;
    const wasFull = this.#full;
    while (this.#unacked[0] && this.#unacked[0].seq <= seq) {
      this.#unackedBytes -= this.#unacked.shift()!.bytes;
      this.#acked = true;
    }
    if (wasFull) this.wake();
    this.#line.moved();
    return true;
  }

  /** Runs until the connection ends; rejects when the log cannot be read. */
  async run(): Promise<void> {
    if (this.#newEpoch) this.#gap(1, this.#position, 'new-epoch');
    while (!this.#line.ended.aborted) {
      const carried = !this.#full && !this.#line.crowded() && (await this.#carry());
      if (!carried) await this.#bell.wait();
    }
  }

  get #full(): boolean {
    return this.#unackedBytes >= this.#windowBytes;
  }

  /** Carries a page of the log to the reader; false at the end of the log. */
  async #carry(): Promise<boolean> {
    const page = await this.#store.read(this.#position, PAGE);
    const first = page[0];
    if (!first) return this.#atEnd();
    if (first.seq > this.#position + 1) this.#gap(this.#position + 1, first.seq - 1, 'retention');

    for (const batch of batches(page.filter(this.#choice.record), Math.min(BATCH_BYTES, this.#windowBytes))) {
      this.#sendBatch(batch);
      this.#position = batch.last;
      if (this.#full || this.#line.crowded()) return true;
    }
    this.#position = page.at(-1)!.seq;
    return true;
  }

  #sendBatch({ texts, bytes, last }: Batch): void {
    this.#line.send(recordsText(this.#id, this.#sent, texts));
    this.#sent = last;
    this.#unacked.push({ seq: last, bytes });
    this.#unackedBytes += bytes;
  }

  /** An empty batch tells a reader once that it has come to the end of the log, whatever its filters hide. */
  #atEnd(): false {
    if (!this.#caughtUpOnce) this.#line.send(recordsText(this.#id, this.#sent, []));
    this.#caughtUpOnce = true;
    this.#line.moved();
    return false;
  }

  #gap(from: number, to: number, reason: 'retention' | 'new-epoch'): void {
    this.#line.send(frameText({ type: 'gap', id: this.#id, epoch: this.#store.epoch, from, to, reason }));
    this.#position = to;
    this.#sent = to;
  }
}

function startOf(from: Start, store: Store): number {
  if (from === 'now') return store.lastSeq();
  if (from === 'earliest' || from.epoch !== store.epoch) return store.firstSeq() - 1;
  return from.seq;
}
