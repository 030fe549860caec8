import type { Choice } from './choice.ts';
import type { LiveValue } from './protocol.ts';

/** The newest values as one reader has them: each look yields only what differs from the look before. */
export class LiveReader {
  readonly #choice: Choice;
  readonly #textOf: (value: LiveValue) => string;
  readonly #sent = new Map<string, string>();

  constructor(choice: Choice, textOf: (value: LiveValue) => string) {
    this.#choice = choice;
    this.#textOf = textOf;
  }

  /** The texts of the chosen values that have changed; a reader that looks seldom gets fewer, never older ones. */
  changed(values: readonly LiveValue[]): string[] {
    return values.filter(this.#choice.live).flatMap((value) => {
      const key = `${value.of} ${value.id} ${value.window?.kind ?? ''}`;
      const text = this.#textOf(value);
      if (this.#sent.get(key) === text) return [];
      this.#sent.set(key, text);
      return [text];
    });
  }
}
