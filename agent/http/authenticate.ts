import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Access, ANYBODY, type Identity } from '../access/access.ts';
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
  }
}

/** Lets through to each route only who may ask there. */
export function authenticate(app: FastifyInstance, access: Access): void {
  app.decorateRequest('identity', null);
  app.addHook('onRequest', async (request, reply) => {
    const { needs } = request.routeOptions.config;
    if (needs === undefined) return;
    request.identity = access.identify(request.headers);
    if (needs === null) return;
    if (request.identity === null) {
      reply.header('www-authenticate', 'Bearer realm="pertonne"');
      throw new HttpFault(401, 'a valid token is needed: Authorization: Bearer …');
    }
    if (!suffices(request.identity.scope, needs)) throw new HttpFault(403, `this needs a token of scope ${needs}`);
  });
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
