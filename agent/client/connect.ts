import { realClock } from '../clock.ts';
import type { Connection, ReaderOptions, SocketLike } from './contract.ts';
import { Conversation, type Ending, type Place } from './conversation.ts';
import { openSocket, streamUrl } from './socket.ts';

export interface ConnectOptions extends ReaderOptions {
  /** Bearer token, asked for at each connection. Only Node can send it; a browser's page has its cookie. */
  readonly token?: string | (() => string | Promise<string>);
  /** Makes the socket in another way, such as with the package `ws`, which takes certificates and proxies. */
  readonly open?: (url: string, token: string | undefined) => SocketLike;
  /** Real milliseconds between two attempts at most; default 30 s. */
  readonly longestWaitMs?: number;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** Real milliseconds before attempt `n` (from 0): doubling, up to a quarter less by chance so that readers do not march in step. */
export const backoff = (n: number, chance: number, longestMs: number): number =>
  Math.min(longestMs, FIRST_WAIT_MS * 2 ** Math.min(n, 10)) * (1 - chance / 4);

/**
 * Reads from the agent at `url` (`ws://host:port`), over as many connections as it takes, until closed. Records are
 * resumed after the last that was acknowledged. Throws RefusedError for what is no address; `closed` rejects with one
 * where the agent's answer says that trying again would not help.
 */
export function connect(url: string, options: ConnectOptions): Connection {
  const full = streamUrl(url);
  const clock = options.clock ?? realClock();
  const stop = new AbortController();
  const place: Place = { cursor: undefined };

  async function once(token: string | undefined): Promise<Ending> {
    const conversation = new Conversation((options.open ?? openSocket)(full, token), options, clock, place);
    const close = (): void => conversation.end('closed by the reader');
    stop.signal.addEventListener('abort', close, { once: true });
    return conversation.ended().finally(() => stop.signal.removeEventListener('abort', close));
  }

  async function keep(): Promise<void> {
    for (let attempt = 0; !stop.signal.aborted; attempt++) {
      options.state?.({ state: 'connecting' });
      const token = await tokenOf(options).catch((cause: Error) => cause);
      if (stop.signal.aborted) return;
      const { reason, finished, progress, ...asked } =
        token instanceof Error ? { ...NOT_TRIED, reason: token.message } : await once(token);
      if (stop.signal.aborted) return;
      if (progress) attempt = 0;
      const waitMs = Math.max(asked.waitMs, backoff(attempt, Math.random(), options.longestWaitMs ?? LONGEST_WAIT_MS));
      options.state?.({ state: 'waiting', reason, waitMs, finished });
      await clock.delay(waitMs, stop.signal).catch(() => {});
    }
  }

  const closed = keep().finally(() => options.state?.({ state: 'closed' }));
  return {
    get cursor() {
      return place.cursor;
    },
    closed,
    close: () => stop.abort(),
  };
}

const NOT_TRIED = { waitMs: 0, finished: false, progress: false };

const tokenOf = async ({ token }: ConnectOptions): Promise<string | undefined> =>
  typeof token === 'function' ? token() : token;

/**
 * Reads from an agent that has dialled in: `socket` is the open connection, on which pertonne.v1 was agreed. Where the
 * agent's records are to go on is said by `subscribe`. `closed` resolves when the connection is gone.
 */
export function accept(socket: SocketLike, options: ReaderOptions): Connection {
  const place: Place = { cursor: undefined };
  const conversation = new Conversation(socket, options, options.clock ?? realClock(), place);
  const closed = conversation
    .ended()
    .then(() => {})
    .finally(() => options.state?.({ state: 'closed' }));
  return {
    get cursor() {
      return place.cursor;
    },
    closed,
    close: () => conversation.end('closed by the reader'),
  };
}
