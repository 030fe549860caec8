/** Those who wait for a condition that can only change at certain moments, such as a commit. */
export class Waiters {
  readonly #waiting = new Set<() => void>();

  /** Resolves when the condition holds: now, or at a later `wake`. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!condition()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  wake(): void {
    if (this.#waiting.size === 0) return;
    for (const check of [...this.#waiting]) check();
  }
}
