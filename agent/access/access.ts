import type { IncomingMessage } from 'node:http';
import type { Scope } from './scope.ts';

/** Somebody who was let in. */
export interface Identity {
  /** Stands in what he enters; null where nobody has to say who he is. */
  readonly name: string | null;
  readonly scope: Scope;
  /** The lines that he may see and act on; undefined for all. */
  readonly lines?: readonly string[] | undefined;
  /** When he has to log in anew, epoch milliseconds. */
  readonly expires?: number;
}

/** Somebody who was not. */
export interface TurnedAway {
  readonly status: 401 | 429;
  /** Milliseconds after which he may try again. */
  readonly waitMs: number;
}
export const isTurnedAway = (one: Identity | TurnedAway): one is TurnedAway => 'status' in one;

/** A login that succeeded. */
export interface Login {
  readonly identity: Identity;
  /** For the header Set-Cookie. */
  readonly cookie: string;
}

/** What of a request tells who sends it. */
export type Asking = Pick<IncomingMessage, 'headers' | 'method' | 'socket'>;

/** The doorkeeper of HTTP and stream. */
export interface Access {
  /** Nobody has to say who he is: there are no tokens. */
  readonly isOpen: boolean;
  /** Who asks, by token or by the cookie of his session. */
  admit(request: Asking): Identity | TurnedAway;
  /** Whether somebody who was let in still would be. */
  holds(identity: Identity): boolean;
  /** Opens a session for a browser. */
  logIn(request: Asking, token: string): Login | TurnedAway;
  /** Ends the session; the cookie that takes the old one's place. */
  logOut(request: Asking, identity: Identity): string;
  /** The cookie that takes the place of the one that came, when that has been in use for long. */
  renewed(request: Asking): string | null;
  /** He asked for what he may not. */
  overstepped(request: Asking, identity: Identity, needed: Scope): void;
}

/** Who may do everything, as whoever can log in to this machine may. */
export const ANYBODY: Identity = { name: null, scope: 'admin' };

/** For servers that only their own machine reaches. */
export const OPEN: Access = {
  isOpen: true,
  admit: () => ANYBODY,
  holds: () => true,
  logIn: () => ({ identity: ANYBODY, cookie: '' }),
  logOut: () => '',
  renewed: () => null,
  overstepped() {},
};
