import { createServer as createPlain, type RequestListener, type Server } from 'node:http';
import { createServer as createSecure, type Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { Counter, type Registry } from 'prom-client';
import type { Pair, ServerCertificate } from './certificate.ts';

/** The bare server under the routes and the stream: bounds of connections and their times, and TLS. */

/** Durations are real time. */
const TIMES = {
  ...{ maxHeaderSize: 8 * 1024, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
  ...{ requestTimeout: 10_000, keepAliveTimeout: 30_000 },
};
const TLS = { minVersion: 'TLSv1.2', handshakeTimeout: 5_000 } as const;

export interface Listener {
  readonly server: Server;
  /** Ends every connection, and the following of the certificate. */
  end(): void;
}

/** A server that speaks TLS where there is a certificate, and takes up a renewed one without losing a connection. */
export function listener(handler: RequestListener, certificate: ServerCertificate | undefined): Listener {
  const ended = new AbortController();
  const server = certificate ? secureServer(handler, certificate, ended.signal) : createPlain(TIMES, handler);
  const sockets = new Set<Socket>();
  // One that is still shaking hands is none of HTTP yet.
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return {
    server,
    end() {
      ended.abort();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function secureServer(handler: RequestListener, certificate: ServerCertificate, signal: AbortSignal): SecureServer {
  const server = createSecure({ ...TIMES, ...TLS, ...certificate.pair }, handler);
  const renewed = (pair: Pair): void => server.setSecureContext({ ...TLS, ...pair });
  void certificate.follow(renewed, signal);
  return server;
}

/** Connections beyond the bound, and those that said nothing sensible in time. */
export function countRefused(server: Server, registry: Registry): void {
  const registers = [registry];
  const dropped = new Counter({
    name: 'pertonne_http_connections_dropped_total',
    help: `Connections dropped because ${server.maxConnections} were open`,
    registers,
  });
  const faulty = new Counter({
    name: 'pertonne_http_faulty_requests_total',
    help: 'Connections ended because what came was no request, or no TLS where that is spoken, or came too slowly',
    registers,
  });
  server.on('drop', () => dropped.inc());
  server.on('clientError', () => faulty.inc());
  server.on('tlsClientError', () => faulty.inc());
}
