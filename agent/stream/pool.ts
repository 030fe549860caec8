import { Waiters } from '../waiters.ts';

/** Bytes that lie in our buffers toward all readers together. */
export class Pool {
  readonly #most: number;
  readonly #room = new Waiters();
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get full(): boolean {
    return this.#bytes >= this.#most;
  }

  /** Takes bytes more; fewer where it is negative. */
  change(bytes: number): void {
    const wasFull = this.full;
    this.#bytes += bytes;
    if (wasFull && !this.full) this.#room.wake();
  }

  /** Resolves when there is room, or the signal says that nobody waits any more. */
  async room(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#room.wake();
    signal.addEventListener('abort', wake, { once: true });
    await this.#room.until(() => !this.full || signal.aborted);
    signal.removeEventListener('abort', wake);
  }
}
