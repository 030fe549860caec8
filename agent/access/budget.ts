import type { Ms } from '../../rules/sample.ts';
import { Bounded } from './bounded.ts';

/** Requests that a client may make in a second for long, and those that it may have saved up. */
const PER_SECOND = 100;
const MOST_SAVED = 1_000;
/** Clients that are remembered. */
const MOST = 10_000;

/** Requests that each client may still make. */
export class Budget {
  readonly #left: Bounded<{ readonly requests: number; readonly at: Ms }>;
  readonly #now: () => Ms;

  /** `now` is milliseconds from anywhere. */
  constructor(now: () => Ms, dropped?: () => void) {
    this.#now = now;
    this.#left = new Bounded(MOST, dropped);
  }

  /** Whether it may make one more, which is then taken from it. */
  take(client: string): boolean {
    const now = this.#now();
    const { requests, at } = this.#left.get(client) ?? { requests: MOST_SAVED, at: now };
    const left = Math.min(MOST_SAVED, requests + ((now - at) / 1_000) * PER_SECOND);
    this.#left.set(client, { requests: left >= 1 ? left - 1 : left, at: now });
    return left >= 1;
  }
}
