/** Rows live in pages of 64: a step copies a page before it first writes to it, so it costs what it touches. */
const BITS = 6;
export const PAGE = 1 << BITS;
export const numberOf = (row: number): number => row >>> BITS;
export const pageOf = <P>(pages: readonly P[], row: number): P => pages[row >>> BITS]!;
export const slotOf = (row: number): number => row & (PAGE - 1);

/** A page's column, a value for each of its rows. */
export const column = <T>(value: T): T[] => new Array<T>(PAGE).fill(value);

/** Pages for so many rows, each made by `make` from the number of its first row. */
export const pagesFor = <P>(rows: number, make: (first: number) => P): P[] =>
  Array.from({ length: Math.ceil(rows / PAGE) }, (_, index) => make(index * PAGE));

/** Pages under way inside one step; those it began with are never changed. */
export class Pages<P> {
  #all: readonly P[];
  #own: P[] | null = null;
  readonly #copy: (page: P) => P;
  readonly #isOwn: Uint8Array;

  constructor(given: readonly P[], copy: (page: P) => P) {
    this.#all = given;
    this.#copy = copy;
    this.#isOwn = new Uint8Array(given.length);
  }

  get all(): readonly P[] {
    return this.#all;
  }

  /** The page of a row, to read. */
  of(row: number): P {
    return this.#all[row >>> BITS]!;
  }

  /** The page of a row, to write to. */
  own(row: number): P {
    const index = row >>> BITS;
    if (this.#isOwn[index] === 1) return this.#all[index]!;
    this.#own ??= this.#all.slice();
    this.#all = this.#own;
    this.#isOwn[index] = 1;
    const page = this.#copy(this.#own[index]!);
    this.#own[index] = page;
    return page;
  }
}
