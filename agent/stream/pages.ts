import type { Store, StoredRecord } from '../store/contract.ts';
import { Outgoing, Stretch } from './stretch.ts';

/** Records read from the log at a time. */
const PAGE = 256;
/** Bytes of the newest records that are kept for the readers at the end of the log. */
const TAIL_BYTES = 4 * 2 ** 20;

/** The log as all readers read it: what was just committed is read once for all, and so is any place that several are at. */
export class Pages {
  readonly #store: Store;
  #reading = new Map<number, Promise<Stretch>>();
  #epoch: string;
  #tail = new Stretch([]);

  constructor(store: Store) {
    this.#store = store;
    this.#epoch = store.epoch;
  }

  /** Reads what was just committed, so that all who wait for it find it at hand; resolves also where it cannot be read. */
  async advance(): Promise<void> {
    const { last } = this.#tail;
    if (last >= 0 && last < this.#store.lastSeq()) await Promise.resolve(this.after(last)).catch(() => {});
  }

  /** What follows `seq`: nothing at the end of the log; what is at hand comes at once. Rejects when the log cannot be read. */
  after(seq: number): Stretch | Promise<Stretch> {
    if (this.#epoch !== this.#store.epoch) this.#startAnew();
    // What retention took is gone for all alike.
    if (this.#tail.reaches(seq) && seq + 1 >= this.#store.firstSeq()) return this.#tail;
    if (seq >= this.#store.lastSeq()) return NOTHING;
    const reading = this.#reading.get(seq) ?? this.#read(seq);
    this.#reading.set(seq, reading);
    return reading;
  }

  async #read(seq: number): Promise<Stretch> {
    const reading = this.#reading;
    try {
      const records = unbroken(await this.#store.read(seq, PAGE)).map((record) => new Outgoing(record));
      if (reading === this.#reading) this.#keep(records);
      return new Stretch(records);
    } finally {
      reading.delete(seq);
    }
  }

  /** Records that follow those kept, or are the newest there are, are what others will ask for next. */
  #keep(records: readonly Outgoing[]): void {
    const [first, last] = [records[0], records.at(-1)];
    if (!first || !last) return;
    if (this.#tail.last + 1 === first.seq) this.#tail.add(records, TAIL_BYTES);
    else if (last.seq >= this.#store.lastSeq()) this.#tail = new Stretch(records);
  }

  #startAnew(): void {
    this.#epoch = this.#store.epoch;
    this.#tail = new Stretch([]);
    this.#reading = new Map();
  }
}

/** Up to the first hole: what is told as a gap stands at the beginning of a stretch. */
function unbroken(records: readonly StoredRecord[]): readonly StoredRecord[] {
  const hole = records.findIndex(({ seq }, index) => seq !== records[0]!.seq + index);
  return hole < 0 ? records : records.slice(0, hole);
}

const NOTHING = new Stretch([]);
