import type { IncomingHttpHeaders } from 'node:http';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Clock } from '../../drivers/driver.ts';
import type { Ms } from '../../rules/sample.ts';
import type { Note } from '../auditDesk.ts';
import { type Access, ANYBODY, type Asking, type Identity, type Login, type TurnedAway } from './access.ts';
import { Attempts } from './attempts.ts';
import { clientOf } from './client.ts';
import { cookieFor, cookieIn } from './cookie.ts';
import type { Keyring } from './keyring.ts';
import type { Scope } from './scope.ts';
import { type Guest, Sessions } from './sessions.ts';

export interface DoorOptions {
  readonly keyring: Keyring;
  readonly clock: Pick<Clock, 'wall' | 'monotonic'>;
  readonly registry: Registry;
  /** Takes what belongs in the audit trail. */
  readonly note: (note: Note) => void;
}

/** Lets in by token, or by the session that was begun with one; who fails too often has to wait. */
export class Door implements Access {
  readonly #keyring: Keyring;
  readonly #sessions: Sessions;
  readonly #attempts: Attempts;
  readonly #note: DoorOptions['note'];
  readonly #refused: Counter<'why'>;

  constructor({ keyring, clock, registry, note }: DoorOptions) {
    const forgotten = forgottenCounter(registry);
    this.#keyring = keyring;
    this.#sessions = new Sessions(clock.wall, () => forgotten.inc({ what: 'session' }));
    this.#attempts = new Attempts(clock.monotonic, () => forgotten.inc({ what: 'failures' }));
    this.#note = note;
    this.#refused = new Counter({
      name: 'pertonne_access_refused_total',
      help: 'Requests refused; why: token (not valid), wait (after too many failures), scope (too narrow)',
      labelNames: ['why'],
      registers: [registry],
    });
    const sessions = this.#sessions;
    new Gauge({
      name: 'pertonne_access_sessions',
      help: 'Browsers that are logged in',
      registers: [registry],
      collect() {
        this.set(sessions.present);
      },
    });
  }

  get isOpen(): boolean {
    return this.#keyring.isOpen;
  }

  admit(request: Asking): Identity | TurnedAway {
    if (this.isOpen) return ANYBODY;
    const { authorization } = request.headers;
    if (authorization === undefined) return this.#guest(request) ?? NOBODY;
    const identity = this.#keyring.identify(request.headers);
    // A token is too long to be guessed: who has a valid one need not wait for what others behind his address did.
    return identity ?? this.#failed(request, request.headers);
  }

  holds(identity: Identity): boolean {
    return isGuest(identity)
      ? this.#sessions.holds(identity) && this.#keyring.holds(identity.key)
      : this.#keyring.holds(identity);
  }

  logIn(request: Asking, token: string): Login | TurnedAway {
    if (this.isOpen) return { identity: ANYBODY, cookie: cookieFor(request, '') };
    const client = clientOf(request.socket.remoteAddress);
    const headers = { authorization: `Bearer ${token}` };
    const key = this.#attempts.wait(client) > 0 ? null : this.#keyring.identify(headers);
    if (!key) return this.#failed(request, headers);
    this.#attempts.succeeded(client);
    const before = this.#guest(request);
    if (before) this.#sessions.end(before);
    const { id, guest } = this.#sessions.begin(key);
    this.#tell(request, guest.name, 'login', { scope: guest.scope });
    return { identity: guest, cookie: cookieFor(request, id) };
  }

  logOut(request: Asking, identity: Identity): string {
    if (isGuest(identity)) {
      this.#sessions.end(identity);
      this.#tell(request, identity.name, 'logout', {});
    }
    return cookieFor(request, '');
  }

  renewed(request: Asking): string | null {
    const id = request.headers.authorization === undefined ? cookieIn(request) : undefined;
    const next = id === undefined ? null : this.#sessions.renewed(id);
    return next && cookieFor(request, next);
  }

  overstepped(request: Asking, { name }: Identity, needed: Scope): void {
    this.#refused.inc({ why: 'scope' });
    this.#tell(request, name, 'refused', { why: 'scope', needed });
  }

  /** By his cookie. What could change something, and the stream, takes it only from where a browser says that it is our page. */
  #guest(request: Asking): Guest | null {
    const { headers, method } = request;
    const isSafe = (method === 'GET' || method === 'HEAD') && headers.upgrade === undefined;
    if (!isSafe && headers.origin === undefined) return null;
    const id = cookieIn(request);
    const guest = id === undefined ? null : this.#sessions.find(id);
    return guest && this.#keyring.holds(guest.key) ? guest : null;
  }

  #failed(request: Asking, headers: IncomingHttpHeaders): TurnedAway {
    const client = clientOf(request.socket.remoteAddress);
    const expired = this.#keyring.expired(headers);
    const waitMs: Ms = this.#attempts.wait(client);
    // Neither a token that was valid nor one that nobody can look up is a guess.
    if (expired || this.#keyring.isShut) {
      this.#refused.inc({ why: 'token' });
      this.#tell(request, expired?.name ?? null, 'refused', { why: expired ? 'expired' : 'tokens-unreadable' });
      return NOBODY;
    }
    const why = waitMs > 0 ? 'wait' : 'token';
    this.#refused.inc({ why });
    this.#tell(request, null, 'refused', { why });
    if (waitMs > 0) return { status: 429, waitMs };
    this.#attempts.failed(client);
    return NOBODY;
  }

  #tell({ socket }: Asking, who: string | null, action: string, detail: object): void {
    this.#note({ who, from: socket.remoteAddress ?? null, action, detail });
  }
}

const NOBODY: TurnedAway = { status: 401, waitMs: 0 };
const isGuest = (identity: Identity): identity is Guest => 'key' in identity;

const forgottenCounter = (registry: Registry): Counter<'what'> =>
  new Counter({
    name: 'pertonne_access_forgotten_total',
    help: 'Sessions, and failures of clients, that were forgotten because there were too many',
    labelNames: ['what'],
    registers: [registry],
  });
