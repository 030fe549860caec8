import type { Choice } from './choice.ts';
import type { LiveValue } from './protocol.ts';

/** What a look at the board brings. */
export interface Look {
  /** To be given with the next look, which then brings only what is newer. */
  readonly version: number;
  readonly texts: readonly string[];
}

interface Entry {
  readonly index: number;
  readonly value: LiveValue;
  readonly text: string;
  /** The version of the board with which it came. */
  readonly version: number;
}

/** The newest values, as text made once for all readers; a reader needs to remember nothing but a version. */
export class Board {
  readonly #values: () => readonly LiveValue[];
  readonly #entries = new Map<string, Entry>();
  #shown: readonly LiveValue[] = [];
  #version = 0;
  /** What this version brought those who chose alike and looked last at the same time. */
  #looks = new Map<string, Look>();
  /** Whether a choice has an entry, by the entry's index. */
  #chosen = new WeakMap<Choice, Uint8Array>();
  readonly #plant: () => unknown;
  #of: unknown;

  /** Values that are told no more stay on the board until `plant` is another one. */
  constructor(values: () => readonly LiveValue[], plant: () => unknown) {
    this.#values = values;
    this.#plant = plant;
    this.#of = plant();
  }

  /** The chosen values that are newer than version `since`; all of them since 0. */
  look(choice: Choice, since: number): Look {
    this.#refresh();
    const key = `${choice.number} ${since}`;
    const look = this.#looks.get(key) ?? { version: this.#version, texts: this.#newer(choice, since) };
    if (this.#looks.size < MOST_LOOKS) this.#looks.set(key, look);
    return look;
  }

  #newer(choice: Choice, since: number): string[] {
    const texts: string[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.version > since && this.#isChosen(choice, entry)) texts.push(entry.text);
    }
    return texts;
  }

  #isChosen(choice: Choice, { index, value }: Entry): boolean {
    const known = this.#chosen.get(choice);
    const answers = known && known.length > index ? known : grown(known, this.#entries.size);
    if (answers !== known) this.#chosen.set(choice, answers);
    answers[index] ||= choice.live(value) ? YES : NO;
    return answers[index] === YES;
  }

  #refresh(): void {
    const values = this.#values();
    if (values === this.#shown) return;
    this.#shown = values;
    if (this.#plant() !== this.#of) this.#wipe();
    const version = this.#version + 1;
    for (const value of values) {
      const key = `${value.of} ${value.id} ${value.window?.kind ?? ''}`;
      const text = JSON.stringify(value);
      const before = this.#entries.get(key);
      if (before?.text === text) continue;
      this.#entries.set(key, { index: before?.index ?? this.#entries.size, value, text, version });
      this.#version = version;
    }
    if (this.#version === version) this.#looks = new Map();
  }

  /** What was there may be gone, or be chosen by others; what is still there is told once more. */
  #wipe(): void {
    this.#of = this.#plant();
    this.#entries.clear();
    this.#chosen = new WeakMap();
  }
}
/** Looks kept for others. */
const MOST_LOOKS = 16;
const [YES, NO] = [1, 2];

function grown(answers: Uint8Array | undefined, length: number): Uint8Array {
  const more = new Uint8Array(length);
  if (answers) more.set(answers);
  return more;
}
