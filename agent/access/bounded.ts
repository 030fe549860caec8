/** A table of so many entries at most: beyond it the one goes that was used longest ago. */
export class Bounded<Value> {
  readonly #most: number;
  readonly #dropped: (value: Value) => void;
  readonly #entries = new Map<string, Value>();

  /** `dropped` is called with each entry that went for want of room. */
  constructor(most: number, dropped: (value: Value) => void = () => {}) {
    this.#most = most;
    this.#dropped = dropped;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#most) return;
    const [oldest, gone] = this.#entries.entries().next().value!;
    this.#entries.delete(oldest);
    this.#dropped(gone);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  entries(): Iterable<[string, Value]> {
    return this.#entries;
  }
}
