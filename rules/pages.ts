/**
 * Rows live in pages of 1 024, and pages in shelves of as many: a step that copies does so with a page before it first
 * writes to it, and with the shelf that it stands in, so it costs what it touches, however large the plant is. Columns
 * are as long as that because a processor fetches ahead what is read one after the other, and not what is scattered.
 */
const BITS = 10;
export const PAGE = 1 << BITS;
export type Paged<P> = readonly (readonly P[])[];

export const numberOf = (row: number): number => row >>> BITS;
export const slotOf = (row: number): number => row & (PAGE - 1);
/** The page with a number. */
export const pageAt = <P>(pages: Paged<P>, number: number): P => pages[number >>> BITS]![number & (PAGE - 1)]!;
/** The page of a row. */
export const pageOf = <P>(pages: Paged<P>, row: number): P => pageAt(pages, numberOf(row));

/** A page's column, a value for each of its rows. */
export const column = <T>(rows: number, value: T): T[] => new Array<T>(rows).fill(value);

/** Pages for so many rows, each made by `make` from the number of its first row, and of the one after its last. */
export function pagesFor<P>(rows: number, make: (first: number, end: number) => P): Paged<P> {
  const pages = Array.from({ length: Math.ceil(rows / PAGE) }, (_, number) =>
    make(number * PAGE, Math.min(rows, (number + 1) * PAGE)),
  );
  return Array.from({ length: Math.ceil(pages.length / PAGE) }, (_, shelf) =>
    pages.slice(shelf * PAGE, (shelf + 1) * PAGE),
  );
}

/** What a step does with the pages that it is given: leaves them as they are and writes to copies, or writes to them. */
export type Writing = 'copies' | 'inPlace';

/** Pages under way inside one step. */
export class Pages<P> {
  readonly #given: Paged<P>;
  readonly #writing: Writing;
  #all: P[][];

  constructor(given: Paged<P>, writing: Writing) {
    this.#given = given;
    this.#writing = writing;
    this.#all = given as P[][];
  }

  get all(): Paged<P> {
    return this.#all;
  }

  at(number: number): P {
    return this.#all[number >>> BITS]![number & (PAGE - 1)]!;
  }

  /** Whether the page may be written to. */
  #isOwn(number: number): boolean {
    return this.#writing === 'inPlace' || this.at(number) !== pageAt(this.#given, number);
  }

  put(number: number, page: P): void {
    const shelf = number >>> BITS;
    if (this.#all === this.#given) this.#all = this.#all.slice();
    if (this.#all[shelf] === this.#given[shelf]) this.#all[shelf] = this.#all[shelf]!.slice();
    this.#all[shelf]![number & (PAGE - 1)] = page;
  }

  /** The page to write to. */
  own(number: number, copy: (page: P) => P): P {
    if (!this.#isOwn(number)) this.put(number, copy(this.at(number)));
    return this.at(number);
  }
}
