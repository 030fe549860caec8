import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Access, ANYBODY, type Identity, isTurnedAway, type TurnedAway } from '../access/access.ts';
import { type Scope, suffices } from '../access/scope.ts';
import { HttpFault, InvalidFault } from './errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null where nobody has to be known, and is not. */
    identity: Identity | null;
  }
  interface FastifyContextConfig {
    /** The least scope; null: anybody. Files of the page have none. */
    needs?: Scope | null;
    isPlantWide?: boolean;
  }
}

/** Lets through to each route only who may ask there. */
export function authenticate(app: FastifyInstance, access: Access): void {
  app.decorateRequest('identity', null);
  app.addHook('onRequest', async (request, reply) => {
    const { needs, isPlantWide = false } = request.routeOptions.config;
    if (needs === undefined) return;
    const admitted = access.admit(request.raw);
    if (isTurnedAway(admitted)) {
      if (needs === null) return;
      throw turnedAway(reply, admitted, 'a valid token is needed: Authorization: Bearer …');
    }
    request.identity = admitted;
    if (needs !== null && !suffices(admitted.scope, needs)) {
      access.overstepped(request.raw, admitted, needs);
      throw new HttpFault(403, `this needs a token of scope ${needs}`);
    }
    if (isPlantWide && admitted.lines) throw new HttpFault(403, 'this needs a token for all lines');
    const cookie = access.renewed(request.raw);
    if (cookie !== null) reply.header('set-cookie', cookie);
  });
}

/** The answer to somebody who is not let in; `words` for whom nobody knows. */
export function turnedAway(reply: FastifyReply, { status, waitMs }: TurnedAway, words: string): HttpFault {
  if (status === 401) {
    reply.header('www-authenticate', 'Bearer realm="pertonne"');
    return new HttpFault(401, words);
  }
  const seconds = Math.ceil(waitMs / 1_000);
  reply.header('retry-after', String(seconds));
  return new HttpFault(429, `too many tries have failed from this address; wait ${seconds} s`);
}

/** In whose name something is done: of who is known his own; where nobody has to be, the name that was `said` as `field`. Throws InvalidFault. */
export function actorOf({ identity }: FastifyRequest, field: string, said: string | undefined): string {
  const { name } = identity ?? ANYBODY;
  const fault = (message: string): InvalidFault => new InvalidFault([{ in: 'body', path: field, message }]);
  if (name !== null && said !== undefined && said !== name)
    throw fault(`it is done in the name of "${name}", whose token this is; leave it out`);
  const actor = name ?? said;
  if (actor === undefined) throw fault('must be there where there are no tokens that say it');
  return actor;
}
