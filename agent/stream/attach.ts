import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { type Access, type Identity, isTurnedAway, type TurnedAway } from '../access/access.ts';
import { hostAllowed, isAmbiguous, originAllowed } from '../http/guard.ts';
import type { MayAsk } from '../http/throttle.ts';
import { SUBPROTOCOL } from './frames.ts';
import { type Hub, hub } from './hub.ts';
import type { ServedSource, StreamLimits } from './options.ts';
import type { Session } from './session.ts';

export const STREAM_PATH = '/v1/stream';

export interface StreamOptions extends ServedSource {
  readonly access: Access;
  /** Asked before an upgrade is looked at. */
  readonly mayAsk: MayAsk;
  /** Host names, besides the loopback's, under which this agent is known. */
  readonly allowedHosts: readonly string[];
  readonly limits?: Partial<StreamLimits>;
}

/** The stream, as the agent uses it. */
export interface Stream extends Omit<Hub, 'close'> {
  /** Sends away with 4001 whoever would not be let in any more. */
  review(): void;
  /** Says `bye` to all, closes with `code`, and lets nobody in any more. */
  close(reason: string, options?: { code?: number; reconnectMs?: number }): Promise<void>;
}

/** A frame in endless crumbs would eat memory: those of a message, and those that wait for the rest of a frame. */
const CRUMBS = { maxFragments: 64, maxBufferedChunks: 1_024 };
/** When a reader whose token was taken may try another one. */
const COME_BACK_MS = 1_000;
/** How long a peer may take to answer when we close. */
const CLOSE_MS = 10_000;
const NOTHING = (): void => {};

/** Serves the stream at STREAM_PATH of `server`. */
export function attachStream(server: Server, options: StreamOptions): Stream {
  const readers = hub(options, options.limits);
  const { limits, counts } = readers;
  const { access } = options;
  /** Who came in, as whom. */
  const guests = new Map<Session, Identity>();
  let closing = false;

  // Not all of this is in ws's types yet.
  const bounds = { maxPayload: limits.maxFrameBytes, closeTimeout: CLOSE_MS, ...CRUMBS };
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    handleProtocols: () => SUBPROTOCOL,
    ...bounds,
  });
  const refuse = (socket: Duplex, status: string, header?: string): void => {
    counts.refused.inc({ status: status.slice(0, 3) });
    answer(socket, status, header);
  };

  sockets.on('wsClientError', (_error, socket) => refuse(socket, '400 Bad Request'));
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', NOTHING);
    // Before anything else: looking a token up, and writing down that it is none, is what costs.
    if (!options.mayAsk(request.socket.remoteAddress)) return refuse(socket, ...turnedAway(TOO_OFTEN));
    const no = refusal(request, options.allowedHosts);
    if (no) return refuse(socket, no);
    const identity = access.admit(request);
    if (isTurnedAway(identity)) return refuse(socket, ...turnedAway(identity));
    if (closing || readers.readers() >= limits.maxReaders) return refuse(socket, '503 Service Unavailable');
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', NOTHING);
      const session = readers.accept(webSocket, request.socket, { scope: scopeOf(identity), lines: identity.lines });
      guests.set(session, identity);
      webSocket.once('close', () => guests.delete(session));
    });
  });

  return {
    ...readers,
    review() {
      for (const [session, identity] of guests)
        if (!access.holds(identity)) session.bye('the token or the login is not valid any more', COME_BACK_MS, 4001);
    },
    async close(reason, { code = 1001, reconnectMs = 1_000 } = {}) {
      closing = true;
      await readers.close(reason, code, reconnectMs);
    },
  };
}

/** Before the durable names of a token, so that tokens do not take each other's; no platform's name begins so. */
const scopeOf = ({ name }: Identity): string => (name === null ? '' : `@${name}/`);

/** Why an upgrade is refused, as an HTTP status; undefined for one of ours. */
function refusal({ url, headers, rawHeaders }: IncomingMessage, allowedHosts: readonly string[]): string | undefined {
  if (isAmbiguous(rawHeaders)) return '400 Bad Request';
  if (url?.split('?')[0] !== STREAM_PATH) return '404 Not Found';
  if (!hostAllowed(headers.host, allowedHosts)) return '403 Forbidden';
  if (!originAllowed(headers.origin, headers.host, allowedHosts)) return '403 Forbidden';
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
  // ws would answer 101 without our subprotocol, and the peer would only wonder.
  return offered?.includes(SUBPROTOCOL) ? undefined : '400 Bad Request';
}

const TOO_OFTEN: TurnedAway = { status: 429, waitMs: 1_000 };

/** Status and a header that goes with it. */
const turnedAway = ({ status, waitMs }: TurnedAway): [status: string, header: string] =>
  status === 401
    ? ['401 Unauthorized', 'WWW-Authenticate: Bearer realm="pertonne"']
    : ['429 Too Many Requests', `Retry-After: ${Math.ceil(waitMs / 1_000)}`];

function answer(socket: Duplex, status: string, header?: string): void {
  const error = status.slice(4).toLowerCase().replace(' ', '-');
  const body = JSON.stringify({ error });
  const head = `HTTP/1.1 ${status}${header === undefined ? '' : `\r\n${header}`}\r\nConnection: close\r\nSec-WebSocket-Version: 13\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  // A peer that does not read its refusal is not waited for.
  socket.once('finish', () => socket.destroy());
  socket.end(`${head}\r\n\r\n${body}`);
}
