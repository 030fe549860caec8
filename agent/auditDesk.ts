import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../drivers/driver.ts';
import type { Ms } from '../rules/sample.ts';
import type { AuditEvent, Store } from './store/contract.ts';

/** What belongs in the audit trail, but for when it was. */
export type Note = Omit<AuditEvent, 'at'>;

export interface AuditOptions {
  readonly store: Pick<Store, 'write'>;
  readonly clock: Pick<Clock, 'now' | 'wall'>;
  readonly log: Logger;
  readonly registry: Registry;
}

/** Notes that may wait while the store takes none. */
const MOST_WAITING = 1_000;
/** Refusals written in an hour: whoever knocks without end is not to fill the disk. */
const MOST_REFUSALS = 500;
const HOUR: Ms = 3_600_000;

/** Writes what happened into the audit trail, and at once as a line into the log. */
export class AuditDesk {
  readonly #options: AuditOptions;
  readonly #dropped: Counter<'why'>;
  #waiting: AuditEvent[] = [];
  #writing: Promise<void> | null = null;
  #refusals = { since: -Infinity, written: 0, leftOut: 0 };

  constructor(options: AuditOptions) {
    this.#options = options;
    this.#dropped = new Counter({
      name: 'pertonne_audit_left_out_total',
      help: `Events that are not in the audit trail; why: refusals (beyond ${MOST_REFUSALS} an hour), store (beyond ${MOST_WAITING} that waited for it)`,
      labelNames: ['why'],
      registers: [options.registry],
    });
  }

  add(note: Note): void {
    if (note.action === 'refused' && !this.#isWithinBounds()) return;
    const event = { at: this.#options.clock.now(), ...note };
    this.#options.log.info({ event: 'audit', ...note });
    this.#waiting.push(event);
    if (this.#waiting.length > MOST_WAITING) {
      this.#waiting.shift();
      this.#dropped.inc({ why: 'store' });
    }
    this.retry();
  }

  /** Writes what waits, such as when the store has recovered. */
  retry(): void {
    if (this.#waiting.length === 0) return;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  /** Resolves when what can be written is. */
  async close(): Promise<void> {
    await this.#writing;
    if (this.#waiting.length > 0) await this.#write();
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const events = this.#waiting;
      this.#waiting = [];
      try {
        await this.#options.store.write((tx) => tx.audit(events));
      } catch (cause) {
        this.#options.log.error({ event: 'audit-not-written', events: events.length, err: cause });
        this.#waiting = [...events, ...this.#waiting];
        return;
      }
    }
  }

  /** Counts a refusal; one that is left out is told of with those of the next hour. */
  #isWithinBounds(): boolean {
    const now = this.#options.clock.wall();
    const { since, leftOut } = this.#refusals;
    if (now - since >= HOUR) {
      this.#refusals = { since: now, written: 0, leftOut: 0 };
      if (leftOut > 0) this.add({ who: null, from: null, action: 'refusals-left-out', detail: { count: leftOut } });
    }
    if (this.#refusals.written < MOST_REFUSALS) return ++this.#refusals.written > 0;
    this.#refusals.leftOut++;
    this.#dropped.inc({ why: 'refusals' });
    return false;
  }
}
