/** Wakes the one who waits; a ring that finds nobody waiting is kept for the next wait. */
export interface Bell {
  ring(): void;
  wait(): Promise<void>;
}

export function bell(): Bell {
  let rung = false;
  let wake = (): void => {};
  return {
    ring() {
      rung = true;
      wake();
    },
    async wait() {
      if (!rung) await new Promise<void>((resolve) => (wake = resolve));
      rung = false;
    },
  };
}
