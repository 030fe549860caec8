import { type Hello, RefusedError, type SocketLike } from './contract.ts';

/** Same word as the agent's; importing that would bring zod along. */
export const SUBPROTOCOL: Hello['protocol'] = 'pertonne.v1';

/** Node's WebSocket takes headers; browsers' does not. */
type SocketClass = new (
  url: string,
  options: string | { readonly protocols: string; readonly headers: Record<string, string> },
) => SocketLike;

export function openSocket(url: string, token: string | undefined): SocketLike {
  const Socket = WebSocket as unknown as SocketClass;
  if (token === undefined) return new Socket(url, SUBPROTOCOL);
  return new Socket(url, { protocols: SUBPROTOCOL, headers: { authorization: `Bearer ${token}` } });
}

/**
 * `ws://host:port` stands for the stream's own path there; http and https are taken for ws and wss. Throws
 * RefusedError for what is no such address.
 */
export function streamUrl(url: string): string {
  if (!/^(ws|http)s?:/.test(url) || !URL.canParse(url))
    throw new RefusedError(`${url} is no address such as ws://127.0.0.1:8080`);
  const full = new URL(url.replace(/^http/, 'ws'));
  if (full.pathname === '/') full.pathname = '/v1/stream';
  return full.href;
}
