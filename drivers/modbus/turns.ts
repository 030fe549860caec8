/** Lets at most `most` at a time through, first come first served. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(most: number) {
    this.#free = most;
  }

  /** Calls `start` when there is a place, at once if there is one now. */
  take(start: () => void): void {
    if (this.#free === 0) return void this.#waiting.push(start);
    this.#free--;
    start();
  }

  /** Gives a place on. */
  giveOn(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
