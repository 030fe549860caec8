/** A silent unit is left alone this many times as long as it kept the line, so that it costs its neighbours a tenth. */
const REST = 10;

type State = 'untried' | 'answering' | 'behind a gateway' | 'silent';

interface Unit {
  state: State;
  /** Real, monotonic milliseconds until which it is not asked. */
  until: number;
  reason: string;
}

const NO_REST = { until: 0, reason: '' };

/**
 * What is known of the units on one connection. One that does not answer is left alone for a while; the connection is
 * dead when all are silent, or when two fall silent one after the other with nothing heard in between.
 */
export class Silence {
  #units = new Map<number, Unit>();
  #fallen = 0;

  constructor(unitIds: readonly number[]) {
    this.serve(unitIds);
  }

  /** Goes on with these units, of which it may know some. */
  serve(unitIds: readonly number[]): void {
    const known = this.#units;
    this.#units = new Map(unitIds.map((id) => [id, known.get(id) ?? { state: 'untried', until: 0, reason: '' }]));
  }

  /** Why the unit is not to be asked now; null when it is. */
  restOf(unitId: number, now: number): string | null {
    const { until, reason } = this.#units.get(unitId) ?? NO_REST;
    return now < until ? reason : null;
  }

  answered(unitId: number): void {
    this.#fallen = 0;
    const unit = this.#units.get(unitId);
    if (unit) unit.state = 'answering';
  }

  /** A gateway answered instead of the unit: the connection stands. */
  unreached(unitId: number, reason: string, now: number, cost: number): void {
    this.#fallen = 0;
    this.#set(unitId, { state: 'behind a gateway', until: now + REST * cost, reason });
  }

  /** No answer came, or none that could be used. True when the connection is dead. */
  silent(unitId: number, reason: string, now: number, cost: number): boolean {
    if (!this.#units.has(unitId)) return false;
    if (this.#units.get(unitId)!.state === 'answering') this.#fallen++;
    this.#set(unitId, { state: 'silent', until: now + REST * cost, reason });
    return this.#fallen >= 2 || this.#units.values().every(({ state }) => state === 'silent');
  }

  #set(unitId: number, unit: Unit): void {
    if (this.#units.has(unitId)) this.#units.set(unitId, unit);
  }
}
