import { createServer as createPlain, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { accept } from '../../agent/client/connect.ts';
import type { Cursor, Gap, Hello, Subscription } from '../../agent/client/contract.ts';
import type { Pem } from './certificates.ts';

export interface PlatformEndOptions {
  /** 0: whichever is free. */
  readonly port?: number;
  readonly tls?: Pem;
  readonly token?: string;
  /** What it says to a greeting; null: it accepts agents and never says a word. Default: all from the beginning. */
  readonly subscribe?: ((hello: Hello) => Subscription) | null;
  /** Called with each batch; what it throws ends the connection. */
  take?(seqs: readonly number[]): unknown;
}

/** A platform to which agents dial out, in its simplest form. It remembers nothing between connections but what it got. */
export interface PlatformEnd {
  readonly port: number;
  /** Each record once more each time that it came. */
  readonly seqs: number[];
  readonly gaps: Gap[];
  readonly requests: IncomingMessage[];
  readonly sockets: Set<WebSocket>;
  cursor: Cursor | undefined;
  /** As a killed process. */
  close(): Promise<void>;
}

const ALL: NonNullable<PlatformEndOptions['subscribe']> = () => ({ records: { from: 'earliest' } });

export async function platformEnd(options: PlatformEndOptions = {}): Promise<PlatformEnd> {
  const { port = 0, tls, token, subscribe = ALL } = options;
  const server: Server = tls ? createSecure(tls) : createPlain();
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'pertonne.v1' });
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    end.requests.push(request);
    socket.on('error', () => {});
    if (token === undefined || request.headers.authorization === `Bearer ${token}`)
      sockets.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket));
    else socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  function serve(socket: WebSocket): void {
    socket.on('error', () => {});
    if (subscribe === null) return;
    const connection = accept(socket, {
      subscribe,
      records: async (records, cursor) => {
        const seqs = records.map(({ seq }) => seq);
        await options.take?.(seqs);
        end.seqs.push(...seqs);
        end.cursor = cursor;
      },
      gap: (gap) => void end.gaps.push(gap),
    });
    connection.closed.catch(() => {});
  }
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const end: PlatformEnd = {
    port: (server.address() as AddressInfo).port,
    seqs: [],
    gaps: [],
    requests: [],
    sockets: sockets.clients,
    cursor: undefined,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return end;
}
