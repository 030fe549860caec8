import type { IncomingHttpHeaders } from 'node:http';
import type { Scope } from './scope.ts';

/** Somebody who was let in. */
export interface Identity {
  /** Stands in what he enters; null where nobody has to say who he is. */
  readonly name: string | null;
  readonly scope: Scope;
}

/** The doorkeeper of HTTP and stream. */
export interface Access {
  /** Nobody has to say who he is: there are no tokens. */
  readonly isOpen: boolean;
  /** Who asks; null for whom nobody knows. */
  identify(headers: IncomingHttpHeaders): Identity | null;
  /** Whether somebody who was let in still would be. */
  holds(identity: Identity): boolean;
}

/** Who may do everything, as whoever can log in to this machine may. */
export const ANYBODY: Identity = { name: null, scope: 'admin' };

/** For servers that only their own machine reaches. */
export const OPEN: Access = { isOpen: true, identify: () => ANYBODY, holds: () => true };
