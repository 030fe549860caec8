/** Lets at most `most` at a time through, first come first served; each place rests before it is given on. */
export class Turns {
  readonly #rest: (() => Promise<void>) | null;
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(most: number, rest: (() => Promise<void>) | null) {
    this.#free = most;
    this.#rest = rest;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      if (this.#rest) void this.#giveOnRested(this.#rest());
      else this.#giveOn();
    }
  }

  async #giveOnRested(rested: Promise<void>): Promise<void> {
    await rested;
    this.#giveOn();
  }

  #giveOn(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
