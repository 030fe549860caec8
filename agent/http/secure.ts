import type { FastifyInstance } from 'fastify';
import { HttpFault } from './errors.ts';
import { hostAllowed, isAmbiguous, originAllowed } from './guard.ts';

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

/** Browsers then speak nothing but TLS to this host name for a year. */
const HSTS = { 'strict-transport-security': 'max-age=31536000' };

/** Not every browser counts ws: to the same host as 'self'. */
const policy = (host: string): string =>
  [
    "default-src 'self'",
    `connect-src 'self' ws://${host} wss://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/**
 * Puts the strict headers on every answer, and refuses foreign hosts and every method that could change something, but
 * where operators may: there, a browser must come from our own page.
 */
export function secure(app: FastifyInstance, allowedHosts: readonly string[], isEncrypted: boolean): void {
  const headers = { ...HEADERS, ...(isEncrypted && HSTS) };
  app.addHook('onRequest', async (request, reply) => {
    const { host } = request.headers;
    reply.headers(headers);
    if (!/^\/(assets\/|$)/.test(request.url)) reply.header('cache-control', 'no-store');
    if (isAmbiguous(request.raw.rawHeaders)) throw new HttpFault(400, 'a header came twice that may come once');
    if (!hostAllowed(host, allowedHosts)) throw new HttpFault(403, 'this agent is not known under that host name');
    reply.header('content-security-policy', policy(host!));
    if (request.method === 'GET' || request.method === 'HEAD') return;
    if (request.method !== 'POST' || request.is404) {
      reply.header('allow', 'GET, HEAD');
      throw new HttpFault(405, 'this agent is only read from');
    }
    if (!originAllowed(request.headers.origin, host, allowedHosts)) throw new HttpFault(403, 'not from this page');
  });
}
