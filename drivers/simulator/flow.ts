import type { Ms } from '../../rules/sample.ts';

export const SECOND: Ms = 1_000;
export const HOUR: Ms = 3_600_000;

/**
 * Rates are multiples of 1/256 of their unit. Their sums are then exact in a double for more than a year, and the book
 * does not depend on how the way was cut into steps.
 */
const exact = (rate: number): number => Math.round(rate * 256) / 256;

/** A rate per hour, a straight line between whole seconds, and its exact integral: the trapezoids over the seconds. */
export class Flow {
  private from: number;
  private to: number;
  /** Twice the sum of the trapezoids of all whole seconds, in unit/h · s. */
  private doubled = 0;

  constructor(initial: number) {
    this.from = exact(initial);
    this.to = this.from;
  }

  /** One second on: `next` is the rate at the end of the second that begins. */
  push(next: number): void {
    this.doubled += this.from + this.to;
    this.from = this.to;
    this.to = exact(next);
  }

  /** The rate when `share` (0..1) of the running second has passed. */
  rate(share: number): number {
    return this.from + (this.to - this.from) * share;
  }

  /** Twice the trapezoid of that part of the running second, in unit/h · s. */
  doubledSince(share: number): number {
    return (this.from + this.rate(share)) * share;
  }

  /** The amount since the origin. */
  total(share: number): number {
    return (this.doubled + this.doubledSince(share)) / 7200;
  }
}

/**
 * A line of the plant as a function of its seed, its origin and the time since: it steps over whole seconds, and only
 * when it is asked. It never goes back: asked for an earlier instant, it stands where it is.
 */
export abstract class Line {
  /** The last whole second reached. */
  protected knot: Ms;
  /** 0..1 of the second that follows. */
  protected share = 0;

  /** The grid of seconds begins at `origin`. */
  constructor(origin: Ms) {
    this.knot = origin;
  }

  /** `knot` has just moved one second on, and `share` is 0. */
  protected abstract step(): void;

  rate(flow: Flow): number {
    return flow.rate(this.share);
  }

  total(flow: Flow): number {
    return flow.total(this.share);
  }

  /** Where the line has got to. */
  get time(): Ms {
    return this.knot + this.share * SECOND;
  }

  /** Runs up to that instant. */
  advance(to: Ms): this {
    if (to <= this.time) return this;
    while (to - this.knot >= SECOND) {
      this.knot += SECOND;
      this.share = 0;
      this.step();
    }
    this.share = (to - this.knot) / SECOND;
    return this;
  }
}
