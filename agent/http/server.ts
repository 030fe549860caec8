import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { attachStream, type Stream } from '../stream/attach.ts';
import { LIMITS, type StreamLimits } from '../stream/options.ts';
import { standingAlarms } from './alarms.ts';
import { authenticate } from './authenticate.ts';
import type { ServerCertificate } from './certificate.ts';
import { answerFaults, sendFault } from './errors.ts';
import { guardAgainstExposure, tellHowSafe } from './exposure.ts';
import { countRefused, type Listener, listener } from './listener.ts';
import { type RouteSources, routes } from './routes.ts';
import { secure } from './secure.ts';
import { patience, throttle } from './throttle.ts';

export interface HttpOptions extends RouteSources {
  readonly host: string;
  /** 0: whichever is free. */
  readonly port: number;
  /** Host names, besides the loopback's, under which this agent is known. */
  readonly allowedHosts?: readonly string[];
  /** With one, TLS is spoken. */
  readonly certificate?: ServerCertificate | undefined;
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

const PAGE_FOLDER = join(import.meta.dirname, '../page/dist');
/** Nobody has anything long to say to us. */
const MOST_BYTES = 64 * 1024;
/** Connections for the page and the API, besides the stream's readers. */
const BESIDE_READERS = 256;

/** Serves the page, the API and the stream on one port. Rejects with ExposedError, or as `listen` does (EADDRINUSE …). */
export async function createHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port, log, certificate, allowedHosts = [], pageFolder = PAGE_FOLDER } = options;
  guardAgainstExposure(options);
  let bare: Listener;
  const app = Fastify({
    serverFactory(handler) {
      bare = listener(handler, certificate);
      return bare.server;
    },
    bodyLimit: MOST_BYTES,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (_error, _request, reply) => void sendFault(reply as FastifyReply, 400),
  });
  tellHowSafe(options);
  app.server.maxConnections = (options.limits?.maxReaders ?? LIMITS.maxReaders) + BESIDE_READERS;
  countRefused(app.server, options.registry);
  app.removeContentTypeParser('text/plain');
  answerFaults(app, log);
  secure(app, allowedHosts, certificate !== undefined);
  const mayAsk = patience(options.clock, options.registry);
  throttle(app, mayAsk);
  authenticate(app, options.access);
  routes(app, options);
  page(app, pageFolder);
  const stream = attachStream(app.server, {
    ...options,
    mayAsk,
    allowedHosts,
    standing: () => standingAlarms(options.alarms.ledger(), options.wireTime),
  });
  await app.listen({ host, port });
  const bound = app.server.address() as AddressInfo;
  return {
    url: `${certificate ? 'https' : 'http'}://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
    stream,
    async close(reason) {
      await stream.close(reason);
      bare.end();
      await app.close();
    },
  };
}

function page(app: FastifyInstance, folder: string): void {
  if (existsSync(join(folder, 'index.html'))) void app.register(fastifyStatic, { root: folder });
  else
    app.get('/', async (_request, reply) =>
      reply.code(503).type('text/plain; charset=utf-8').send('The page has not been built yet: run `npm run page`.\n'),
    );
}
