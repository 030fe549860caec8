import { Agent } from 'node:https';
import { type ClientOptions, WebSocket } from 'ws';
import { RefusedError } from '../client/contract.ts';
import { SUBPROTOCOL } from '../client/socket.ts';
import { answered, unreachable } from './dialWords.ts';

export interface DialOptions {
  readonly token?: string | undefined;
  /** Certificates in PEM that are trusted instead of the machine's. */
  readonly ca?: string | undefined;
  /** `http://[user:password@]host:port`, asked for a tunnel (CONNECT); for wss only. */
  readonly proxy?: string | undefined;
  /** How the socket behaves besides. */
  readonly socket?: ClientOptions;
}

/** The far end answers with an HTTP status that says no; trying again soon would not help. */
export class NotUpgraded extends RefusedError {
  readonly status: number;
  constructor(status: number) {
    super(answered(status));
    this.status = status;
  }
}

const MAX_FRAME_BYTES = 16 * 2 ** 20;
const HANDSHAKE_MS = 10_000;

/**
 * A WebSocket to `url`, on its way to be open. What goes wrong comes as its `error`, in words that say what to do:
 * a NotUpgraded where the far end refuses.
 */
export function dial(url: string, { token, ca, proxy, socket: behaviour }: DialOptions = {}): WebSocket {
  const socket = new WebSocket(url, SUBPROTOCOL, {
    handshakeTimeout: HANDSHAKE_MS,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    ...behaviour,
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    ...(ca !== undefined && { ca }),
    ...(proxy !== undefined && { agent: new Agent({ proxyEnv: { HTTPS_PROXY: proxy } }) }),
  });
  // Before everybody else hears of it.
  socket.on('error', (error) => {
    error.message = unreachable(error);
  });
  socket.on('unexpected-response', (_request, response) => {
    const status = response.statusCode ?? 0;
    const refused = status >= 400 && status < 500 && status !== 429;
    socket.emit('error', refused ? new NotUpgraded(status) : new Error(answered(status)));
    socket.terminate();
  });
  return socket;
}
