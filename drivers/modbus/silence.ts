/** A silent unit is left alone this many times as long as it kept the line, so that it costs its neighbours a tenth. */
const REST = 10;

type State = 'untried' | 'answering' | 'behind a gateway' | 'silent';

interface Unit {
  state: State;
  /** Real, monotonic milliseconds until which it is not asked. */
  until: number;
  reason: string;
}

/**
 * What is known of the units on one connection. One that does not answer is left alone for a while; the connection is
 * dead when all are silent, or when two fall silent one after the other with nothing heard in between.
 */
export class Silence {
  readonly #units: Map<number, Unit>;
  #fallen = 0;

  constructor(unitIds: Iterable<number>) {
    this.#units = new Map([...unitIds].map((id) => [id, { state: 'untried', until: 0, reason: '' }]));
  }

  /** Why the unit is not to be asked now; null when it is. */
  restOf(unitId: number, now: number): string | null {
    const { until, reason } = this.#units.get(unitId)!;
    return now < until ? reason : null;
  }

  answered(unitId: number): void {
    this.#fallen = 0;
    this.#units.get(unitId)!.state = 'answering';
  }

  /** A gateway answered instead of the unit: the connection stands. */
  unreached(unitId: number, reason: string, now: number, cost: number): void {
    this.#fallen = 0;
    this.#units.set(unitId, { state: 'behind a gateway', until: now + REST * cost, reason });
  }

  /** No answer came, or none that could be used. True when the connection is dead. */
  silent(unitId: number, reason: string, now: number, cost: number): boolean {
    if (this.#units.get(unitId)!.state === 'answering') this.#fallen++;
    this.#units.set(unitId, { state: 'silent', until: now + REST * cost, reason });
    return this.#fallen >= 2 || this.#units.values().every(({ state }) => state === 'silent');
  }
}
