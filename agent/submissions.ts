import { isDeepStrictEqual } from 'node:util';
import type { Entry } from '../rules/entry.ts';

/** An operator's entry on its way into the log, and the address that it came from; `answer` settles with each commit that is tried. */
export interface Submitted {
  readonly entry: Entry;
  readonly from: string;
  answer: PromiseWithResolvers<void>;
}

/** `other-entry`: the key stands for another entry; `spent`: for one of which nothing more is known. */
export type KeyConflict = 'other-entry' | 'spent';

/** Operators' entries that the rules have taken and the log has not: as many as wait in the queue, by their keys. */
export class Submissions {
  readonly #waiting = new Map<string, Submitted>();

  /** The one that waits under the entry's key. */
  waiting(entry: Entry): Submitted | 'other-entry' | undefined {
    const before = this.#waiting.get(entry.key);
    return before && !isDeepStrictEqual(before.entry, entry) ? 'other-entry' : before;
  }

  add(submitted: Submitted): void {
    this.#waiting.set(submitted.entry.key, submitted);
  }

  /** All that belong to the commit that begins now. */
  all(): Submitted[] {
    return [...this.#waiting.values()];
  }

  /** The commit has come about; of those that were not in it the queue has dropped what it could not keep. */
  committed(all: readonly Submitted[], isInIt: (one: Submitted) => boolean): void {
    for (const one of all) {
      this.#waiting.delete(one.entry.key);
      if (isInIt(one)) one.answer.resolve();
      else one.answer.reject(new Error('dropped before the log took it'));
    }
  }

  /** The commit has failed: whoever waits is told so, and may wait for the next one. */
  failed(all: readonly Submitted[], cause: unknown): void {
    for (const one of all) {
      one.answer.reject(cause);
      one.answer = answer();
    }
  }
}

/** A rejection is for those who wait, if anybody does. */
export function answer(): PromiseWithResolvers<void> {
  const made = Promise.withResolvers<void>();
  made.promise.catch(() => {});
  return made;
}
