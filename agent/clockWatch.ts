import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../drivers/driver.ts';
import type { Ms } from '../rules/sample.ts';

/** Real ms between looks at the machine's clock, and by how much it moves between two on its own: NTP slews far less. */
const LOOK = 500;
const STEP = 500;
/** Real ms within which both clocks are read. */
const AT_ONCE = 50;
/** Real ms for which a step is told as something that is amiss. */
const TOLD_FOR = 3_600_000;

/** One step of the machine's time of day. */
export interface ClockStep {
  /** Real time, as the clock had it after the step. */
  readonly at: Ms;
  /** Below zero: it was set back. */
  readonly ms: Ms;
}

/** Watches whether the machine's time of day is set, or the machine sleeps. What that does to figures, the rules see to. */
export class ClockWatch {
  readonly #clock: Pick<Clock, 'wall' | 'monotonic' | 'delay'>;
  readonly #log: Logger;
  readonly #steps: Counter;
  readonly #told: (step: ClockStep) => void;
  steps = 0;
  last: ClockStep | null = null;

  constructor(
    clock: Pick<Clock, 'wall' | 'monotonic' | 'delay'>,
    log: Logger,
    registry: Registry,
    told: (step: ClockStep) => void,
  ) {
    this.#told = told;
    this.#clock = clock;
    this.#log = log;
    this.#steps = new Counter({
      name: 'pertonne_clock_steps_total',
      help: `Times that the machine's time of day moved by over ${STEP} ms on its own: it was set, or the machine slept`,
      registers: [registry],
    });
  }

  /** Looks until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    for (let before = this.#ahead(); ; ) {
      await this.#clock.delay(LOOK, signal).catch(() => {});
      if (signal.aborted) return;
      const now = this.#ahead();
      if (Math.abs(now - before) > STEP) this.#stepped(Math.round(now - before));
      before = now;
    }
  }

  /** How far the time of day is ahead of the monotonic clock: both read in one go, without a pause of the process between. */
  #ahead(): Ms {
    for (;;) {
      const began = this.#clock.monotonic();
      const ahead = this.#clock.wall() - began;
      if (this.#clock.monotonic() - began < AT_ONCE) return ahead;
    }
  }

  #stepped(ms: Ms): void {
    this.steps++;
    this.#steps.inc();
    this.last = { at: this.#clock.wall(), ms };
    this.#told(this.last);
    this.#log.warn({ event: 'clock-step', stepMs: ms, todo: REMEDY });
  }

  /** In words, for people. */
  reasons(): string[] {
    const { last } = this;
    if (last === null || Math.abs(this.#clock.wall() - last.at) > TOLD_FOR) return [];
    const way = last.ms < 0 ? 'back' : 'forward';
    return [`the machine's clock was set ${way} by ${Math.abs(last.ms) / 1_000} s: ${REMEDY}`];
  }
}

const REMEDY = 'look at its time service (NTP); figures of that time are estimated or incomplete';
