/** Numbers in [0, 1). */
export type Random = () => number;

/** A repeatable source for one part of the plant: mulberry32 (Tommy Ettinger, public domain), 32 bits of state. */
export function seeded(seed: number, part: string): Random {
  let state = seed >>> 0;
  for (const letter of part) state = Math.imul(state ^ letter.charCodeAt(0), 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const between = (random: Random, low: number, high: number): number => low + (high - low) * random();

/** Wanders in straight lines from one random level to the next: never outside [low, high], whatever the seed. */
export class Wander {
  private readonly random: Random;
  private readonly low: number;
  private readonly high: number;
  private readonly seconds: readonly [number, number];
  private level: number;
  private slope = 0;
  private left = 0;

  /** Each line takes between the two numbers of `seconds`. */
  constructor(random: Random, low: number, high: number, seconds: readonly [number, number]) {
    this.random = random;
    this.low = low;
    this.high = high;
    this.seconds = seconds;
    this.level = between(random, low, high);
  }

  /** The level one second on. */
  step(): number {
    if (this.left === 0) {
      this.left = Math.round(between(this.random, ...this.seconds));
      this.slope = (between(this.random, this.low, this.high) - this.level) / this.left;
    }
    this.left -= 1;
    this.level += this.slope;
    return this.level;
  }
}
