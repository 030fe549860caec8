import type { Ms } from '../../rules/sample.ts';
import { Bounded } from './bounded.ts';

/** Tries that may fail one after the other before a client has to wait. */
const FREE = 5;
const FIRST_WAIT: Ms = 1_000;
const LONGEST_WAIT: Ms = 15 * 60_000;
/** A client that was quiet for so long begins anew. */
const FORGOTTEN_AFTER: Ms = 30 * 60_000;
/** Clients that are remembered. */
const MOST = 10_000;

interface Failures {
  readonly count: number;
  readonly last: Ms;
}

/** Failed tries to get in, by client: each beyond the first five doubles how long it has to wait. */
export class Attempts {
  readonly #failures: Bounded<Failures>;
  /** Milliseconds from anywhere. */
  readonly #now: () => Ms;

  constructor(now: () => Ms, dropped?: () => void) {
    this.#now = now;
    this.#failures = new Bounded(MOST, dropped);
  }

  /** Milliseconds until the client may try again; 0: now. */
  wait(client: string): Ms {
    const { count, last } = this.#of(client);
    if (count < FREE) return 0;
    return Math.max(0, last + Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (count - FREE)) - this.#now());
  }

  /** Tries while it has to wait are not to be told here, else it would wait for ever. */
  failed(client: string): void {
    this.#failures.set(client, { count: this.#of(client).count + 1, last: this.#now() });
  }

  succeeded(client: string): void {
    this.#failures.delete(client);
  }

  #of(client: string): Failures {
    const found = this.#failures.get(client);
    return found && this.#now() - found.last < FORGOTTEN_AFTER ? found : { count: 0, last: 0 };
  }
}
