import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Access } from '../access/access.ts';
import { attachStream, type Stream } from '../stream/attach.ts';
import { LIMITS, type StreamLimits } from '../stream/options.ts';
import { standingAlarms } from './alarms.ts';
import { authenticate } from './authenticate.ts';
import { answerFaults, sendFault } from './errors.ts';
import { isLoopback } from './guard.ts';
import { type RouteSources, routes } from './routes.ts';
import { secure } from './secure.ts';

export interface HttpOptions extends RouteSources {
  readonly access: Access;
  readonly host: string;
  /** 0: whichever is free. */
  readonly port: number;
  /** Host names, besides the loopback's, under which this agent is known. */
  readonly allowedHosts?: readonly string[];
  /** Other machines are listened to without TLS. */
  readonly allowPlain?: boolean;
  /** The built page; default: where `npm run page` puts it. */
  readonly pageFolder?: string;
  readonly limits?: Partial<StreamLimits>;
}

export interface HttpServer {
  readonly url: string;
  readonly stream: Stream;
  /** Says `bye` with the reason to the stream's readers, and leaves no connection. */
  close(reason: string): Promise<void>;
}

/** Listening to other machines as it was asked for would let anybody in. */
export class ExposedError extends Error {
  override name = 'ExposedError';
}

const PAGE_FOLDER = join(import.meta.dirname, '../page/dist');
/** Nobody has anything long to say to us; durations are real time. */
const REQUEST = { bodyLimit: 64 * 1024, requestTimeout: 10_000, keepAliveTimeout: 30_000 };
const NODE = { maxHeaderSize: 8 * 1024, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 };
/** Connections for the page and the API, besides the stream's readers. */
const BESIDE_READERS = 256;

/** Serves the page, the API and the stream on one port. Rejects with ExposedError, or as `listen` does (EADDRINUSE …). */
export async function createHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port, log, allowedHosts = [], pageFolder = PAGE_FOLDER } = options;
  guardAgainstExposure(options);
  const app = Fastify({
    ...REQUEST,
    http: NODE,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (_error, _request, reply) => void sendFault(reply as FastifyReply, 400),
  });
  tellHowSafe(options);
  app.server.maxConnections = (options.limits?.maxReaders ?? LIMITS.maxReaders) + BESIDE_READERS;
  countRefused(app.server, options.registry);
  app.removeContentTypeParser('text/plain');
  answerFaults(app, log);
  secure(app, allowedHosts);
  authenticate(app, options.access);
  routes(app, options);
  page(app, pageFolder);
  const stream = attachStream(app.server, {
    ...options,
    allowedHosts,
    standing: () => standingAlarms(options.alarms.ledger(), options.wireTime),
  });
  await app.listen({ host, port });
  const bound = app.server.address() as AddressInfo;
  return {
    url: `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
    stream,
    async close(reason) {
      await stream.close(reason);
      await app.close();
    },
  };
}

/** Other machines get in by a token only, and no token travels in clear unless somebody has said that it may. */
function guardAgainstExposure({ host, access, allowPlain = false }: HttpOptions): void {
  if (isLoopback(host)) return;
  if (access.isOpen)
    throw new ExposedError(
      `http.host ${host}: without tokens the agent listens to this machine only (127.0.0.1); make one with "pertonne token add"`,
    );
  if (!allowPlain)
    throw new ExposedError(
      `http.host ${host}: without TLS tokens and figures can be read, and changed, on the way; say http.allowPlain: true where something else sees to that`,
    );
}

/** What keeps strangers out, for whoever watches: where it is little it is also logged. */
function tellHowSafe({ host, access, log, registry }: HttpOptions): void {
  const watch = (name: string, help: string, read: () => boolean): void => {
    const collect = function (this: Gauge): void {
      this.set(Number(read()));
    };
    new Gauge({ name: `pertonne_http_${name}`, help, registers: [registry], collect });
  };
  const isPlain = !isLoopback(host);
  watch('open', '1 while there are no tokens, so that whoever reaches the port may do everything', () => access.isOpen);
  watch('plain', '1 where other machines are listened to without TLS', () => isPlain);
  if (isPlain)
    log.warn({
      event: 'http-plain',
      host,
      note: 'tokens and figures can be read, and changed, on the way',
      todo: PLAIN,
    });
}

const PLAIN = 'keep allowPlain only where a proxy or tunnel before the agent encrypts';

/** Connections beyond the bound, and those that said nothing sensible in time. */
function countRefused(server: Server, registry: Registry): void {
  const registers = [registry];
  const dropped = new Counter({
    name: 'pertonne_http_connections_dropped_total',
    help: `Connections dropped because ${server.maxConnections} were open`,
    registers,
  });
  const faulty = new Counter({
    name: 'pertonne_http_faulty_requests_total',
    help: 'Connections ended because what came was no request, or came too slowly',
    registers,
  });
  server.on('drop', () => dropped.inc());
  server.on('clientError', () => faulty.inc());
}

function page(app: FastifyInstance, folder: string): void {
  if (existsSync(join(folder, 'index.html'))) void app.register(fastifyStatic, { root: folder });
  else
    app.get('/', async (_request, reply) =>
      reply.code(503).type('text/plain; charset=utf-8').send('The page has not been built yet: run `npm run page`.\n'),
    );
}
