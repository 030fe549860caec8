import { parseCookie, stringifySetCookie } from 'cookie';
import type { Asking } from './access.ts';
import { SESSION_LASTS } from './sessions.ts';

/** The cookie of a session. Its name has the port in it: agents on one host share their cookies. */

const isEncrypted = ({ socket }: Asking): boolean => 'encrypted' in socket && socket.encrypted === true;
const nameOf = (request: Asking): string =>
  `${isEncrypted(request) ? '__Host-' : ''}pertonne-${request.socket.localPort ?? 0}`;

/** The session's value; undefined where none came. */
export const cookieIn = (request: Asking): string | undefined =>
  parseCookie(request.headers.cookie ?? '')[nameOf(request)];

/** For Set-Cookie: no script reads it, no other site sends it. An empty value takes it away. */
export const cookieFor = (request: Asking, value: string): string =>
  stringifySetCookie({
    ...{ name: nameOf(request), value, httpOnly: true, sameSite: 'strict', path: '/', secure: isEncrypted(request) },
    maxAge: value === '' ? 0 : SESSION_LASTS / 1_000,
  });
