import type { LogRow } from './queries.ts';

/** Characters of the newest records that are kept in memory. */
const MOST = 4 * 2 ** 20;
/** Commits after which nothing is kept any more, when nobody has asked for what was newest. */
const UNASKED = 8;

/** The newest committed records: who reads at the end of the log need not ask the file for what was just written. */
export class Recent {
  readonly #records: LogRow[] = [];
  #epoch = '';
  #size = 0;
  /** The last record of the commit before the newest. */
  #before = 0;
  #unasked = UNASKED;

  /** Takes the records of a commit, in their order; beyond the bound the oldest go, a quarter at a time. */
  add(epoch: string, records: readonly LogRow[]): void {
    const [first] = records;
    if (!first) return;
    this.#before = first.seq - 1;
    const isWanted = this.#unasked++ < UNASKED;
    if (!isWanted || this.#epoch !== epoch || this.#records.at(-1)?.seq !== this.#before) this.#startAnew(epoch);
    if (isWanted) this.#keep(records);
  }

  #keep(records: readonly LogRow[]): void {
    this.#records.push(...records);
    this.#size += sizeOf(records);
    let drop = 0;
    if (this.#size <= MOST) return;
    for (; this.#size > (MOST * 3) / 4; drop++) this.#size -= this.#records[drop]!.body.length;
    this.#records.splice(0, drop);
  }

  /** Up to `limit` records after `seq`; undefined where the first of them is not here. */
  after(epoch: string, seq: number, limit: number): LogRow[] | undefined {
    if (seq >= this.#before) this.#unasked = 0;
    const first = (epoch === this.#epoch && this.#records[0]?.seq) || Infinity;
    const at = seq + 1 - first;
    return at >= 0 && at < this.#records.length ? this.#records.slice(at, at + limit) : undefined;
  }

  #startAnew(epoch: string): void {
    this.#epoch = epoch;
    this.#records.length = 0;
    this.#size = 0;
  }
}

const sizeOf = (records: readonly LogRow[]): number => records.reduce((sum, { body }) => sum + body.length, 0);
