import { createHash, randomBytes } from 'node:crypto';
import type { Ms } from '../../rules/sample.ts';
import type { Identity } from './access.ts';
import { Bounded } from './bounded.ts';

/** From the login on; real milliseconds, as all here. */
export const SESSION_LASTS: Ms = 12 * 3_600_000;
/** After so long the session's cookie gets another value; the one before is good for requests under way. */
const RENEWED_AFTER: Ms = 3_600_000;
const OVERLAP: Ms = 60_000;
/** Sessions at a time; beyond it the one ends that was used longest ago. */
const MOST = 1_000;

/** Somebody who has logged in with a browser. */
export interface Guest extends Identity {
  /** Who he is by his token. */
  readonly key: Identity;
  readonly expires: Ms;
}

interface Entry {
  readonly guest: Guest;
  readonly issued: Ms;
  /** When this value of the cookie ends. */
  readonly until: Ms;
}

/** Who is logged in, by the value of his cookie. They are kept in memory only: after a restart one logs in again. */
export class Sessions {
  readonly #entries: Bounded<Entry>;
  readonly #present = new Set<Guest>();
  readonly #now: () => Ms;

  constructor(now: () => Ms, dropped: () => void = () => {}) {
    this.#now = now;
    this.#entries = new Bounded(MOST, ({ guest }) => {
      this.#present.delete(guest);
      dropped();
    });
  }

  /** A new session, never one that the browser has brought along. */
  begin(key: Identity): { readonly id: string; readonly guest: Guest } {
    const expires = this.#now() + SESSION_LASTS;
    const guest: Guest = { name: key.name, scope: key.scope, lines: key.lines, key, expires };
    this.#present.add(guest);
    return { id: this.#issue(guest), guest };
  }

  find(id: string): Guest | null {
    const guest = this.#entry(id)?.guest;
    return guest && this.holds(guest) ? guest : null;
  }

  /** The next value of the cookie, when the one that came has been in use for long. */
  renewed(id: string): string | null {
    const entry = this.#entry(id);
    if (!entry || this.#now() - entry.issued < RENEWED_AFTER) return null;
    this.#entries.set(keyOf(id), { ...entry, issued: Infinity, until: this.#now() + OVERLAP });
    return this.#issue(entry.guest);
  }

  /** How many are logged in. */
  get present(): number {
    return [...this.#present].filter((guest) => this.holds(guest)).length;
  }

  /** Whether he is still logged in. */
  holds(guest: Guest): boolean {
    return this.#present.has(guest) && this.#now() < guest.expires;
  }

  end(guest: Guest): void {
    this.#present.delete(guest);
    for (const [key, entry] of [...this.#entries.entries()]) if (entry.guest === guest) this.#entries.delete(key);
  }

  #entry(id: string): Entry | null {
    const entry = this.#entries.get(keyOf(id));
    if (entry && this.#now() < entry.until) return entry;
    if (entry && this.#now() >= entry.guest.expires) this.#present.delete(entry.guest);
    this.#entries.delete(keyOf(id));
    return null;
  }

  #issue(guest: Guest): string {
    const id = randomBytes(32).toString('base64url');
    this.#entries.set(keyOf(id), { guest, issued: this.#now(), until: guest.expires });
    return id;
  }
}

/** The values themselves are not kept. */
const keyOf = (id: string): string => createHash('sha256').update(id).digest('hex');
