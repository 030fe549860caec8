import { z } from 'zod';
import type { Access, Identity } from '../access/access.ts';
import { SCOPES } from '../access/scope.ts';
import { Instant } from '../stream/protocol.ts';
import type { WireTime } from '../wire.ts';
import { turnedAway } from './authenticate.ts';
import { type Operation, operation } from './operation.ts';

/** How a browser logs in: with a token, for a cookie that no script can read. */

export const SessionBody = z.object({
  name: z.string().nullable().describe('stands in what is entered; null where there are no tokens'),
  scope: z.enum(SCOPES),
  lines: z.array(z.string()).nullable().describe('those that he may see and act on; null for all'),
  expires: Instant.nullable().describe('when one has to log in anew; null where one need not'),
});
export type SessionBody = z.infer<typeof SessionBody>;
const Credentials = z.strictObject({ token: z.string().max(500) });
const Done = z.object({ done: z.literal(true) });

export function session(access: Access, time: WireTime): Operation[] {
  const bodyOf = ({ name, scope, lines, expires }: Identity): z.input<typeof SessionBody> => ({
    ...{ name, scope, lines: lines ? [...lines] : null },
    expires: expires === undefined ? null : time(expires),
  });
  return [
    operation(
      {
        ...{ id: 'session', method: 'GET', path: '/v1/session' },
        summary: 'Who asks, by token or by cookie, and what he may do',
        answers: { 200: { what: 'who he is', json: SessionBody } },
      },
      async ({ request: { identity } }) => bodyOf(identity!),
    ),
    operation(
      {
        ...{ id: 'logIn', method: 'POST', path: '/v1/login', needs: null, body: Credentials },
        summary: 'Gives a browser a cookie for twelve hours, in exchange for a token',
        answers: { 200: { what: 'who he is; the cookie is HttpOnly and SameSite=Strict', json: SessionBody } },
        refusals: {
          401: 'the token is not valid',
          429: 'too many tries have failed from this address; Retry-After says how long to wait',
        },
      },
      async ({ body, request, reply }) => {
        const login = access.logIn(request.raw, body.token);
        if ('status' in login) throw turnedAway(reply, login, 'this token is not valid');
        if (login.cookie !== '') reply.header('set-cookie', login.cookie);
        return bodyOf(login.identity);
      },
    ),
    operation(
      {
        ...{ id: 'logOut', method: 'POST', path: '/v1/logout' },
        summary: 'Ends the session of the cookie, on the stream too',
        answers: { 200: { what: 'it has ended', json: Done } },
      },
      async ({ request, reply }) => {
        const cookie = access.logOut(request.raw, request.identity!);
        if (cookie !== '') reply.header('set-cookie', cookie);
        return { done: true };
      },
    ),
  ];
}
