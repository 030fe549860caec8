/** Parts of a window of which an ack frees whole ones. */
const STEPS = 16;
/** In the place of a seq. */
const NONE = -1;

/** What was sent to a reader and is not acknowledged: a few entries in a full window, for small batches are put together. */
export class Ledger {
  readonly #step: number;
  #bytes = 0;
  /** The newest entry, to which more may come: its last seq and its bytes. */
  #seq = NONE;
  #added = 0;
  /** Of each entry before it the same, the oldest first. */
  #older: number[] = [];

  constructor(windowBytes: number) {
    this.#step = windowBytes / STEPS;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#seq === NONE;
  }

  /** A gap has no bytes. */
  sent(seq: number, bytes: number): void {
    if (this.#seq !== NONE && this.#added + bytes > this.#step) {
      this.#older.push(this.#seq, this.#added);
      this.#added = 0;
    }
    this.#seq = seq;
    this.#added += bytes;
    this.#bytes += bytes;
  }

  /** Everything up to `seq` is safe with the reader. */
  acknowledged(seq: number): void {
    let done = 0;
    for (; done < this.#older.length && this.#older[done]! <= seq; done += 2) this.#bytes -= this.#older[done + 1]!;
    if (seq >= this.#seq) this.forget();
    else if (done > 0) this.#older.splice(0, done);
  }

  forget(): void {
    this.#older.length = 0;
    this.#seq = NONE;
    this.#added = this.#bytes = 0;
  }
}
