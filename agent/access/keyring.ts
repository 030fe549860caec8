import { timingSafeEqual } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import type { Logger } from 'pino';
import type { Clock } from '../../drivers/driver.ts';
import { ANYBODY, type Identity } from './access.ts';
import { digestOf, readTokens, type Token } from './tokenFile.ts';

/** Real milliseconds after which a change of the file is taken up at the latest. */
const LOOK_EVERY = 500;

interface Key extends Identity {
  readonly digest: Buffer;
  /** Epoch milliseconds; Infinity: never. */
  readonly expires: number;
}

/**
 * The tokens in force. Without a file there are none and everybody may come in; once there is one, nobody without a
 * token does, least of all when it cannot be read or is gone.
 */
export class Keyring {
  readonly #file: string;
  readonly #clock: Pick<Clock, 'wall' | 'delay'>;
  readonly #log: Logger;
  /** Null as long as there was no file. */
  #keys: readonly Key[] | null = null;
  /** What the file was when it was last read. */
  #seen = '';
  /** Why nobody is let in although there may be tokens. */
  #fault: string | null = null;

  private constructor(file: string, clock: Pick<Clock, 'wall' | 'delay'>, log: Logger) {
    this.#file = file;
    this.#clock = clock;
    this.#log = log;
  }

  static async open(file: string, clock: Pick<Clock, 'wall' | 'delay'>, log: Logger): Promise<Keyring> {
    const keyring = new Keyring(file, clock, log);
    await keyring.look();
    return keyring;
  }

  /** What is amiss, in words. */
  reasons(): string[] {
    return this.#fault === null ? [] : [`nobody is let in: ${this.#file}: ${this.#fault}`];
  }

  /** Nobody can be let in. */
  get isShut(): boolean {
    return this.#fault !== null;
  }

  get isOpen(): boolean {
    return this.#keys === null;
  }

  /** Whose token it is; null for none that is valid. */
  identify(headers: IncomingHttpHeaders): Identity | null {
    if (this.#keys === null) return ANYBODY;
    const key = this.#find(headers);
    return key && this.#isInTime(key) ? key : null;
  }

  /** Whose token it was, though it has expired; null for one that never was. */
  expired(headers: IncomingHttpHeaders): Identity | null {
    const key = this.#find(headers);
    return key && !this.#isInTime(key) ? key : null;
  }

  #find({ authorization }: IncomingHttpHeaders): Key | null {
    const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return null;
    const digest = digestOf(token);
    // All are compared, so that how long it takes tells nothing.
    const [key] = (this.#keys ?? []).filter((one) => timingSafeEqual(one.digest, digest));
    return key ?? null;
  }

  holds(identity: Identity): boolean {
    if (this.#keys === null) return true;
    const key = this.#keys.find((one) => one === identity);
    return key !== undefined && this.#isInTime(key);
  }

  /** Follows the file until aborted; `looked` is called after each look: a token may have expired. */
  async follow(looked: () => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.delay(LOOK_EVERY, signal).catch(() => {});
      if (signal.aborted) return;
      await this.look();
      looked();
    }
  }

  /** Takes up the file if it has changed. Never rejects: what is wrong with it shuts everybody out. */
  async look(): Promise<void> {
    const now = await this.#stamp();
    if (now === this.#seen && this.#fault === null) return;
    try {
      const tokens = await readTokens(this.#file);
      if (tokens === null && this.#keys !== null)
        throw new Error('it is gone: start the agent anew to do without tokens');
      this.#keys = tokens && this.#kept(tokens.map(keyOf));
      this.#fault = null;
      if (tokens === null) this.#log.info({ event: 'no-tokens', note: OPEN_NOTE });
      else this.#log.info({ event: 'tokens-read', file: this.#file, tokens: tokens.length });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      if (reason !== this.#fault)
        this.#log.error({ event: 'tokens-unreadable', file: this.#file, reason, todo: REMEDY });
      this.#keys = [];
      this.#fault = reason;
    }
    this.#seen = now;
  }

  /** Keys that were there before stay the same objects: who came in by them stays in. */
  #kept(keys: readonly Key[]): readonly Key[] {
    const same = (one: Key, other: Key): boolean =>
      one.digest.equals(other.digest) &&
      one.name === other.name &&
      one.scope === other.scope &&
      one.lines?.join() === other.lines?.join() &&
      one.expires === other.expires;
    return keys.map((key) => this.#keys?.find((before) => same(before, key)) ?? key);
  }

  #isInTime({ expires }: Key): boolean {
    return this.#clock.wall() < expires;
  }

  async #stamp(): Promise<string> {
    const { ino, mtimeNs, ctimeNs, size } = await stat(this.#file, { bigint: true }).catch(() => NOTHING);
    return [ino, mtimeNs, ctimeNs, size].join();
  }
}

const NOTHING = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, size: -1n };
const OPEN_NOTE = 'whoever can log in to this machine may read and enter; "pertonne token add" changes that';
const REMEDY = 'nobody is let in until it can be read; what is measured goes on';

const keyOf = ({ name, scope, lines, sha256, expires }: Token): Key => ({
  ...{ name, scope, lines, digest: Buffer.from(sha256, 'hex') },
  expires: expires === null ? Infinity : Date.parse(expires),
});
