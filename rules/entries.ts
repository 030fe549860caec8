/** Named things under way inside one step: the record is copied before the first change, once. */
export class Entries<T> {
  #all: Readonly<Record<string, T>>;
  #own: Record<string, T> | null = null;

  constructor(given: Readonly<Record<string, T>>) {
    this.#all = given;
  }

  get all(): Readonly<Record<string, T>> {
    return this.#all;
  }

  get(name: string): T | undefined {
    return this.#all[name];
  }

  set(name: string, value: T): void {
    this.#own ??= { ...this.#all };
    this.#all = this.#own;
    this.#own[name] = value;
  }
}
