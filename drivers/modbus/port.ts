import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Host } from '../driver.ts';
import type { Asked, Framing, Verdict } from './frame.ts';

/** Answers that are still to be thrown away when they come; an older one that comes all the same ends the connection. */
const MAX_GIVEN_UP = 64;
const NOTHING = Buffer.alloc(0);

/** A request under way, and the place that modbus-serial keeps it at. */
interface Pending extends Asked {
  readonly slot: number;
}

/** What a port is between: `slots` requests may be under way at once. */
interface Wiring {
  readonly stream: Duplex;
  readonly framing: Framing;
  readonly slots: number;
  lost(reason: string): void;
  readonly counted: Host['counted'];
}

/**
 * The line that modbus-serial speaks over. Each answer is held against its request before the library sees it: the
 * library's own ports number requests modulo 256, take late and short answers, any protocol id and length, and keep
 * silent when the peer is gone. Over TCP a wrong answer calls `lost`. RTU and ASCII have no transactions: after a fault
 * all is thrown away until the request is given up, since its answer could still come and be taken for the next one's.
 */
export class Port extends EventEmitter {
  /** Where modbus-serial looks the request of an answer up. */
  _transactionIdRead = 0;
  readonly #stream: Duplex;
  readonly #framing: Framing;
  readonly #lost: (reason: string) => void;
  readonly #counted: Host['counted'];
  readonly #waiting = new Map<number, Pending>();
  readonly #freeSlots: number[];
  #transaction = 0;
  #heard: Buffer = NOTHING;
  #fault: string | null = null;
  /** Without transactions: something came while nobody waited. */
  #isLate = false;

  constructor({ stream, framing, slots, lost, counted }: Wiring) {
    super();
    this.#stream = stream;
    this.#framing = framing;
    this.#lost = lost;
    this.#counted = counted;
    this.#freeSlots = Array.from({ length: slots }, (_, slot) => slot);
    stream.on('data', (bytes: Buffer) => this.#hear(bytes));
    stream.on('error', (error) => lost(error.message));
    stream.on('close', () => lost('the device closed the connection'));
  }

  /** Where modbus-serial keeps the next request. */
  get _transactionIdWrite(): number {
    return this.#freeSlots.at(-1) ?? 0;
  }

  /** Places are ours to count; the library begins at 1. */
  set _transactionIdWrite(_: number) {}

  get isOpen(): boolean {
    return !this.#stream.destroyed;
  }

  /** The number of the request that was sent last. */
  get transaction(): number {
    return this.#transaction;
  }

  /** The stream is open. */
  open(done: () => void): void {
    done();
  }

  /** Sends the library's read request, which is framed as RTU. */
  write(request: Buffer): void {
    const transaction = this.#nextTransaction();
    const unitId = request.readUInt8(0);
    const code = request.readUInt8(1);
    const count = request.readUInt16BE(4);
    const byteCount = code <= 2 ? Math.ceil(count / 8) : 2 * count;
    const slot = this.#freeSlots.pop()!;
    if (!this.#framing.hasTransactions) this.#resume(unitId);
    this.#waiting.set(transaction, { transaction, unitId, code, byteCount, slot, isGivenUp: false });
    this.#stream.write(this.#framing.wrap(transaction, request.subarray(0, -2)));
  }

  /** Nobody waits for that answer any more. What was wrong with the answer, or null when there was none. */
  giveUp(transaction: number): string | null {
    const fault = this.#fault;
    const pending = this.#waiting.get(transaction);
    if (!pending) return fault;
    pending.isGivenUp = true;
    this.#freeSlots.push(pending.slot);
    const old = [...this.#waiting.values()].filter(({ isGivenUp }) => isGivenUp);
    for (const { transaction: oldest } of old.slice(0, -MAX_GIVEN_UP)) {
      this.#waiting.delete(oldest);
      this.#counted('late-answer-forgotten');
    }
    return fault;
  }

  /** Sixteen bits of our own, past those whose answer may still come. */
  #nextTransaction(): number {
    do this.#transaction = (this.#transaction + 1) & 0xffff;
    while (this.#waiting.has(this.#transaction));
    return this.#transaction;
  }

  /** A late answer of the unit asked now could not be told from the right one: it is no longer expected. */
  #resume(unitId: number): void {
    this.#fault = null;
    this.#heard = NOTHING;
    this.#isLate = false;
    for (const late of this.#waiting.values()) if (late.unitId === unitId) this.#waiting.delete(late.transaction);
  }

  #hear(bytes: Buffer): void {
    if (!this.#framing.hasTransactions && !this.#isAwaited()) this.#late();
    else if (this.#framing.hasTransactions || this.#fault === null) this.#take(bytes);
  }

  #take(bytes: Buffer): void {
    this.#heard = this.#heard.length === 0 ? bytes : Buffer.concat([this.#heard, bytes]);
    while (this.#heard.length > 0) {
      const verdict = this.#framing.judge(this.#heard, this.#waiting);
      if (!verdict) return;
      if ('wrong' in verdict) this.#wrong(verdict.wrong);
      else this.#answered(verdict);
    }
  }

  #answered({ asked, length, frame }: Exclude<Verdict, null | { wrong: string }>): void {
    this.#heard = length === this.#heard.length ? NOTHING : this.#heard.subarray(length);
    const { slot } = this.#waiting.get(asked.transaction)!;
    this.#waiting.delete(asked.transaction);
    if (asked.isGivenUp) {
      this.#counted('late-answer');
      return;
    }
    this.#freeSlots.push(slot);
    this._transactionIdRead = slot;
    this.emit('data', frame);
  }

  /** An answer in pieces is one. */
  #late(): void {
    if (!this.#isLate) this.#counted('late-answer');
    this.#isLate = true;
  }

  #wrong(reason: string): void {
    this.#heard = NOTHING;
    if (this.#framing.hasTransactions) this.#lost(reason);
    else this.#fault = reason;
  }

  #isAwaited(): boolean {
    for (const { isGivenUp } of this.#waiting.values()) if (!isGivenUp) return true;
    return false;
  }
}
