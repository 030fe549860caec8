import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { hostAllowed, originAllowed } from '../http/guard.ts';
import { Waiters } from '../waiters.ts';
import { SUBPROTOCOL } from './frames.ts';
import { LIMITS, type ServedSource, type StreamLimits } from './options.ts';
import { type ReaderState, Session } from './session.ts';
import { liveTexts } from './text.ts';

export const STREAM_PATH = '/v1/stream';

export interface StreamOptions extends ServedSource {
  /** Host names, besides the loopback's, under which this agent is known. */
  readonly allowedHosts: readonly string[];
  readonly limits?: Partial<StreamLimits>;
}

/** The stream's server side, as the agent uses it. */
export interface Stream {
  /** Something was committed. */
  wake(): void;
  /** Connections now. */
  readers(): number;
  /** One entry per subscription of records. */
  states(): ReaderState[];
  /** Waits until every subscriber of records has been sent and has acknowledged everything; false after `realMs`. */
  drain(realMs: number): Promise<boolean>;
  /** Says `bye` to all, closes with `code`, and lets nobody in any more. */
  close(reason: string, options?: { code?: number; reconnectMs?: number }): Promise<void>;
}

/** How long a closing handshake may take. */
const CLOSE_MS = 1_000;
const NOTHING = (): void => {};

/** Serves the stream at STREAM_PATH of `server`. */
export function attachStream(server: Server, options: StreamOptions): Stream {
  const limits = { ...LIMITS, ...options.limits };
  const shared = { ...options, limits, textOf: liveTexts() };
  const sessions = new Set<Session>();
  /** Woken when a reader has come on or is gone. */
  const moves = new Waiters();
  let closing = false;

  // maxFragments and maxBufferedChunks are newer than ws's types: a frame in endless crumbs would eat memory.
  const bounds = { maxPayload: limits.maxFrameBytes, maxFragments: 64, maxBufferedChunks: 1_024 };
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    handleProtocols: () => SUBPROTOCOL,
    ...bounds,
  });

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', NOTHING);
    const no = refusal(request, options.allowedHosts);
    if (no) return refuse(socket, no);
    if (closing || sessions.size >= limits.maxReaders) return refuse(socket, '503 Service Unavailable');
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', NOTHING);
      const session = new Session(webSocket, shared, request.socket.remoteAddress ?? 'unknown', () => moves.wake());
      sessions.add(session);
      webSocket.once('close', () => {
        sessions.delete(session);
        moves.wake();
      });
    });
  });

  const within = (realMs: number, condition: () => boolean): Promise<boolean> =>
    options.clock
      .deadline(moves.until(condition), realMs, () => new Error('too late'))
      .then(() => true)
      .catch(() => false);

  return {
    wake() {
      for (const session of sessions) session.wake();
    },
    readers: () => sessions.size,
    states: () => [...sessions].flatMap((session) => session.states()),
    drain: (realMs) => within(realMs, () => sessions.values().every((session) => session.done)),
    async close(reason, { code = 1001, reconnectMs = 1_000 } = {}) {
      closing = true;
      for (const session of sessions) session.bye(reason, reconnectMs, code);
      if (!(await within(CLOSE_MS, () => sessions.size === 0))) for (const session of sessions) session.terminate();
    },
  };
}

/** Why an upgrade is refused, as an HTTP status; undefined for one of ours. */
function refusal({ url, headers }: IncomingMessage, allowedHosts: readonly string[]): string | undefined {
  if (url?.split('?')[0] !== STREAM_PATH) return '404 Not Found';
  if (!hostAllowed(headers.host, allowedHosts)) return '403 Forbidden';
  if (!originAllowed(headers.origin, headers.host, allowedHosts)) return '403 Forbidden';
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
  // ws would answer 101 without our subprotocol, and the peer would only wonder.
  return offered?.includes(SUBPROTOCOL) ? undefined : '400 Bad Request';
}

function refuse(socket: Duplex, status: string): void {
  const error = status.slice(4).toLowerCase().replace(' ', '-');
  const body = JSON.stringify({ error });
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  socket.end(`${head}\r\n\r\n${body}`);
}
