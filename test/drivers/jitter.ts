import type { Ms } from '../../rules/sample.ts';

export interface Jitter {
  readonly median: Ms;
  readonly p99: Ms;
}

/** How far the time between deliveries is from the period. */
export function jitterOf(received: readonly Ms[], period: Ms): Jitter {
  const instants = [...new Set(received)].sort((a, b) => a - b);
  const off = instants
    .slice(1)
    .map((at, i) => Math.abs(at - instants[i]! - period))
    .sort((a, b) => a - b);
  return { median: off[Math.floor(off.length / 2)]!, p99: off[Math.floor(off.length * 0.99)]! };
}
