import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../drivers/driver.ts';
import type { Ms } from '../rules/sample.ts';
import { takeNotes } from './auditInbox.ts';
import { anchorText, readAnchor, writeAnchor } from './store/anchor.ts';
import type { AuditEvent, Store } from './store/contract.ts';
import type { Anchor } from './store/trail.ts';

/** What belongs in the audit trail, but for when it was. */
export type Note = Omit<AuditEvent, 'at'>;

/** Does what is done by the agent itself. */
export const NOBODY = { who: null, from: null } as const;

export interface AuditOptions {
  readonly store: Pick<Store, 'write' | 'auditTrail'>;
  /** The log's file. */
  readonly file: string;
  readonly clock: Pick<Clock, 'now' | 'wall' | 'delay'>;
  readonly log: Logger;
  readonly registry: Registry;
}

/** Rows read at a time. */
const PAGE = 1_000;
/** Notes that may wait while the store takes none. */
const MOST_WAITING = 1_000;
/** Refusals written in an hour: whoever knocks without end is not to fill the disk. */
const MOST_REFUSALS = 500;
const HOUR: Ms = 3_600_000;
/** Real milliseconds between two looks at what commands have left. */
const LOOK_EVERY = 1_000;

/** Writes what happened into the audit trail, and at once as a line into the log. */
export class AuditDesk {
  readonly #options: AuditOptions;
  readonly #dropped: Counter<'why'>;
  #waiting: AuditEvent[] = [];
  #writing: Promise<void> | null = null;
  /** The last row that was anchored. */
  #anchored = 0;
  #anchoring: Promise<void> = Promise.resolve();
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

  /** Compares the trail with its anchor, and tells where its end was cut off meanwhile; to be called once, first. */
  async begin(): Promise<void> {
    await this.#compare().catch((err: unknown) => this.#options.log.error({ event: 'audit-not-compared', err }));
  }

  async #compare(): Promise<void> {
    const { file, store, log } = this.#options;
    const anchor = await readAnchor(file);
    if (anchor) {
      const [row] = await store.auditTrail(anchor.id - 1, 1);
      if (row?.id === anchor.id && row.hash === anchor.hash) return;
    }
    if (anchor === undefined && (await store.auditTrail(0, 1)).length === 0) return;
    const had = anchor ? anchorText(anchor) : null;
    log.error({
      event: 'audit-trail-differs',
      anchor: had,
      todo: 'find out who changed the data folder; a restored backup does so too',
    });
    this.add({ who: null, from: null, action: 'trail-differs', detail: { anchor: had } });
  }

  add(note: Note): void {
    if (note.action === 'refused' && !this.#isWithinBounds()) return;
    const event = { at: this.#options.clock.now(), ...note };
    this.#options.log.info({ event: 'audit', ...note });
    this.#waiting.push(event);
    this.#bound();
    this.#retry();
  }

  /** After a commit: anchors what it has written, and writes what waits, such as when the store has recovered. */
  committed(): void {
    this.#anchoring = this.#anchoring.then(() => this.#anchor());
    this.#retry();
  }

  /** Takes up what commands have left, until aborted. */
  async keepInbox(dataFolder: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const { note, done } of await takeNotes(dataFolder)) {
        this.add(note);
        await this.#writing;
        if (this.#waiting.length > 0) break;
        await done().catch((err: unknown) => this.#options.log.warn({ event: 'audit-note-stays', err }));
      }
      await this.#options.clock.delay(LOOK_EVERY, signal).catch(() => {});
    }
  }

  #retry(): void {
    if (this.#waiting.length === 0) return;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  /** Resolves when what can be written is. */
  async close(): Promise<void> {
    await this.#writing;
    if (this.#waiting.length > 0) await this.#write();
    await this.#anchoring;
    await this.#anchor();
  }

  /** Without its file a cut end is not noticed; the rows themselves are as safe as before. */
  async #anchor(): Promise<void> {
    const { store, file, log } = this.#options;
    try {
      let last: Anchor | undefined;
      for (let rows = await store.auditTrail(this.#anchored, PAGE); rows.length > 0; ) {
        last = rows.at(-1)!;
        rows = await store.auditTrail(last.id, PAGE);
      }
      if (!last) return;
      await writeAnchor(file, last);
      this.#anchored = last.id;
    } catch (cause) {
      log.warn({ event: 'audit-not-anchored', err: cause });
    }
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
        return this.#bound();
      }
    }
  }

  #bound(): void {
    const gone = this.#waiting.splice(0, Math.max(0, this.#waiting.length - MOST_WAITING));
    if (gone.length > 0) this.#dropped.inc({ why: 'store' }, gone.length);
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
