import { createServer as createPlain, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { accept } from '../client/connect.ts';
import type { Connection, Hello, Subscription } from '../client/contract.ts';
import { SUBPROTOCOL } from '../client/socket.ts';
import { checked, Greeting, Hole, Kept, Place } from './check.ts';
import type { Sink } from './sink.ts';

export interface ReceiverOptions {
  readonly host: string;
  /** 0 leaves the choice to the system. */
  readonly port: number;
  readonly sink: Sink;
  readonly log: Logger;
  /** Whether an Authorization header lets an agent in; default: everybody is. */
  readonly allowed?: (authorization: string | undefined) => boolean;
  /** Certificate chain and key as PEM; without them it speaks no TLS. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

export interface Receiver {
  readonly url: string;
  /** Lets nobody in any more, and resolves when all that was taken is safe. */
  close(): Promise<void>;
}

/** Agents that may be connected at a time. */
const MOST = 1_000;
/** A snapshot of a large plant is the largest thing that an agent sends. */
const MAX_FRAME_BYTES = 32 * 2 ** 20;
const TIMES = { headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 };

/** The end of a platform to which agents dial out: takes all their records into `sink`, and acknowledges what is safe there. Rejects as `listen` does. */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { host, port, tls, log, allowed = () => true } = options;
  const server: Server = tls
    ? createSecure({ ...TIMES, ...tls, minVersion: 'TLSv1.2' }, answer)
    : createPlain(TIMES, answer);
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    handleProtocols: () => SUBPROTOCOL,
  });
  const taking = new Set<Connection>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head) => {
    socket.on('error', () => {});
    const no = refusal(request, allowed, taking.size);
    if (no) {
      log.info({ event: 'agent-refused', remote: request.socket.remoteAddress, status: no });
      return socket.end(`HTTP/1.1 ${no}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = take(webSocket, request.socket.remoteAddress ?? 'unknown', options);
      taking.add(connection);
      void connection.closed.catch(() => {}).finally(() => taking.delete(connection));
    });
  });
  await listening(server, host, port);
  const bound = server.address() as AddressInfo;
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    url: `${tls ? 'wss' : 'ws'}://${name}:${bound.port}`,
    async close() {
      server.close();
      const left = [...taking];
      for (const connection of left) connection.close();
      await Promise.allSettled(left.map(({ closed }) => closed));
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
    },
  };
}

const answer = (_request: IncomingMessage, response: ServerResponse): void =>
  void response
    .writeHead(426, { upgrade: 'websocket', 'content-type': 'text/plain; charset=utf-8' })
    .end('Agents of Pertonne connect here, by WebSocket.\n');

const listening = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });

function refusal(
  { headers }: IncomingMessage,
  allowed: (authorization: string | undefined) => boolean,
  taken: number,
): string | undefined {
  if (!allowed(headers.authorization)) return '401 Unauthorized';
  if (taken >= MOST) return '503 Service Unavailable';
  const offered = headers['sec-websocket-protocol']?.split(',').map((one) => one.trim());
  return offered?.includes(SUBPROTOCOL) ? undefined : '400 Bad Request';
}

/** Reads one agent until its connection is gone. */
function take(socket: WebSocket, remote: string, { sink, log }: ReceiverOptions): Connection {
  let agent = '';
  const kept = async (work: Promise<void>): Promise<void> => {
    await work.catch((cause: unknown) => {
      // Not acknowledged: the agent sends it again.
      log.error({ event: 'save-failed', agent, err: cause });
      throw cause;
    });
  };
  const connection = accept(socket, {
    subscribe: (hello) => wanted(hello, sink),
    hello(hello) {
      const { agent: name, equipment, epoch, lastSeq } = checked(Greeting, hello);
      agent = name;
      log.info({ event: 'agent-connected', agent, equipment, epoch, lastSeq, remote });
    },
    records: (records, cursor) => kept(sink.save(agent, checked(Kept, records), checked(Place, cursor))),
    gap(gap) {
      log.warn({ event: 'gap', agent, ...checked(Hole, gap) });
      return kept(sink.saveGap(agent, gap));
    },
  });
  connection.closed
    .catch((cause: unknown) => log.error({ event: 'agent-refuses', agent, err: cause }))
    .finally(() => log.info({ event: 'agent-gone', agent, remote }))
    .catch(() => {});
  return connection;
}

/** All records after those that are here already: from the very first on where there are none. */
async function wanted({ agent, epoch }: Hello, sink: Sink): Promise<Subscription> {
  const place = await sink.place(agent, epoch);
  return { id: 'receive', durable: 'receive', records: { from: place ?? { epoch, seq: 0 } } };
}
