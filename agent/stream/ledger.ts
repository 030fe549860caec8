/** Parts of a window of which an ack frees whole ones. */
const STEPS = 64;

/** What was sent to a reader and is not acknowledged: a few dozen entries in a full window, for small batches are put together. */
export class Ledger {
  readonly #step: number;
  /** Of each entry its last seq, and its bytes. */
  #entries: number[] = [];
  #bytes = 0;

  constructor(windowBytes: number) {
    this.#step = windowBytes / STEPS;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** A gap has no bytes. */
  sent(seq: number, bytes: number): void {
    const entries = this.#entries;
    const last = entries.length - 1;
    this.#bytes += bytes;
    if (last < 0 || entries[last]! + bytes > this.#step) entries.push(seq, bytes);
    else {
      entries[last - 1] = seq;
      entries[last]! += bytes;
    }
  }

  /** Everything up to `seq` is safe with the reader. */
  acknowledged(seq: number): void {
    let done = 0;
    for (; done < this.#entries.length && this.#entries[done]! <= seq; done += 2)
      this.#bytes -= this.#entries[done + 1]!;
    this.#entries.splice(0, done);
  }

  forget(): void {
    this.#entries = [];
    this.#bytes = 0;
  }
}
