/** Lets at most `most` at a time through, first come first served. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #most: number;
  /** Below 0 while more are under way than are let through now. */
  #free: number;

  constructor(most: number) {
    this.#most = this.#free = most;
  }

  /** Lets another number through from now on. */
  allow(most: number): void {
    this.#free += most - this.#most;
    this.#most = most;
    while (this.#free > 0 && this.#waiting.length > 0) this.#start(this.#waiting.shift()!);
  }

  /** Calls `start` when there is a place, at once if there is one now. */
  take(start: () => void): void {
    if (this.#free <= 0) return void this.#waiting.push(start);
    this.#start(start);
  }

  /** Gives a place on. */
  giveOn(): void {
    this.#free++;
    const next = this.#free > 0 ? this.#waiting.shift() : undefined;
    if (next) this.#start(next);
  }

  #start(start: () => void): void {
    this.#free--;
    start();
  }
}
