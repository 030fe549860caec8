import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { Asking } from '../../agent/access/access.ts';
import { cookieFor, cookieIn } from '../../agent/access/cookie.ts';

/** The cookie as a browser gets it: bound to TLS where that is spoken, and to the port. */

const asking = (socket: object, cookie?: string): Asking => ({
  headers: cookie === undefined ? {} : { cookie },
  method: 'GET',
  socket: socket as Socket,
});

test.each([
  [{ localPort: 8080 }, 'pertonne-8080=abc; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict'],
  [
    { localPort: 8443, encrypted: true },
    '__Host-pertonne-8443=abc; Max-Age=43200; Path=/; HttpOnly; Secure; SameSite=Strict',
  ],
])('%o', (socket, wanted) => {
  expect(cookieFor(asking(socket), 'abc')).toBe(wanted);
  expect(cookieFor(asking(socket), '')).toContain('Max-Age=0');
  expect(cookieIn(asking(socket, `other=1; ${wanted.split(';')[0]}`))).toBe('abc');
});

test('that of another port, or of plain HTTP, is none', () => {
  const secure = { localPort: 8443, encrypted: true };
  for (const cookie of ['pertonne-8443=abc', '__Host-pertonne-8080=abc', '', ';;=', '__proto__=abc'])
    expect([cookie, cookieIn(asking(secure, cookie))]).toEqual([cookie, undefined]);
});
