import { on } from 'node:events';
import { WebSocket } from 'ws';
import type { Clock } from '../../drivers/driver.ts';
import { type AgentFrame, type ReaderFrame, SUBPROTOCOL, type Subscribe } from './frames.ts';
import type { WireRecord } from './protocol.ts';

/** A reader's place in one log: everything up to `seq` is its own. */
export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

export interface FollowOptions extends Pick<Subscribe, 'kinds' | 'metrics' | 'tags' | 'equipment' | 'windows'> {
  /** A number is a seq of whatever log the agent has: what comes after it is read. */
  readonly from: 'now' | 'earliest' | number | Cursor;
  /** False: ends at the record that was the last when the first connection was made. */
  readonly follow: boolean;
  readonly clock: Clock;
  /** Ends the reading quietly. */
  readonly signal: AbortSignal;
}

/** The agent will not serve us, now or later: wrong address, host, or filters. */
export class RefusedError extends Error {
  override name = 'RefusedError';
}

/** The connection is gone; `waitMs` is what the agent asked for. */
class Dropped extends Error {
  override name = 'Dropped';
  readonly waitMs: number;
  constructor(reason: string, waitMs = 0) {
    super(reason);
    this.waitMs = waitMs;
  }
}

const SUBSCRIPTION = 'records';
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 15_000;
const HANDSHAKE_MS = 10_000;

/**
 * An agent's records, each once and in order, over as many connections as it takes. To ask for the next record says
 * that the last one is safe: so it is acknowledged. A gap comes as a record of kind `gap`. Ends when the agent says
 * that it has finished, or at the end of the log without `follow`; throws RefusedError.
 */
export async function* follow(url: string, options: FollowOptions): AsyncGenerator<WireRecord> {
  const reader = new Reader(streamUrl(url), options);
  for (let attempt = 0; !options.signal.aborted; attempt++) {
    try {
      for await (const record of reader.connection()) {
        attempt = 0;
        yield record;
      }
      return;
    } catch (cause) {
      if (options.signal.aborted) return;
      if (!(cause instanceof Dropped)) throw cause;
      const wait = Math.max(cause.waitMs, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10)));
      await options.clock.delay(wait * (0.75 + Math.random() / 2), options.signal).catch(() => {});
    }
  }
}

/** `ws://host:port` stands for the stream's own path there; http and https are taken for ws and wss. */
export function streamUrl(url: string): string {
  if (!/^(ws|http)s?:/.test(url) || !URL.canParse(url))
    throw new RefusedError(`${url} is no address such as ws://127.0.0.1:8080`);
  const full = new URL(url.replace(/^http/, 'ws'));
  if (full.pathname === '/') full.pathname = '/v1/stream';
  return full.href;
}

type Frame<T extends AgentFrame['type']> = Extract<AgentFrame, { type: T }>;

/** What outlives a connection: the cursor, and where to end. */
class Reader {
  readonly #url: string;
  readonly #options: FollowOptions;
  #cursor: FollowOptions['from'];
  #end: number | undefined;

  constructor(url: string, options: FollowOptions) {
    this.#url = url;
    this.#options = options;
    this.#cursor = options.from;
  }

  /** One connection's records, from the cursor on. Returns at the end of it all, throws Dropped to be called again. */
  async *connection(): AsyncGenerator<WireRecord> {
    const socket = new WebSocket(this.#url, SUBPROTOCOL, { handshakeTimeout: HANDSHAKE_MS });
    const send = (frame: ReaderFrame): void => socket.send(JSON.stringify(frame));
    let time = '';
    try {
      for await (const frame of frames(socket, this.#options)) {
        switch (frame.type) {
          case 'hello':
            time = frame.time;
            send(this.#subscribe(frame));
            break;
          case 'subscribed':
            if (frame.from) this.#cursor = frame.from;
            break;
          case 'gap':
            this.#cursor = { epoch: frame.epoch, seq: frame.to };
            yield {
              seq: frame.to,
              kind: 'gap',
              at: time,
              body: { from: frame.from, to: frame.to, reason: frame.reason },
            };
            break;
          case 'records':
            yield* this.#fresh(frame);
            send({ type: 'ack', id: SUBSCRIPTION, cursor: this.#place });
            // An empty batch is the end of the log: what lies before it was not for us.
            if (frame.records.length === 0 && !this.#options.follow) return;
            break;
          case 'error':
            throw new RefusedError(`${frame.code}: ${frame.message}`);
          case 'bye':
            if (frame.reason === 'finished') return;
            throw new Dropped(frame.reason, frame.reconnectMs);
        }
        if (this.#end !== undefined && this.#place.seq >= this.#end) return;
      }
      throw new Dropped('connection closed');
    } finally {
      socket.close(1000);
    }
  }

  get #place(): Cursor {
    return typeof this.#cursor === 'object' ? this.#cursor : { epoch: '', seq: -1 };
  }

  #subscribe({ epoch, lastSeq }: Frame<'hello'>): Subscribe {
    const { kinds, metrics, tags, equipment, windows, follow } = this.#options;
    if (!follow) this.#end ??= lastSeq;
    const from = typeof this.#cursor === 'number' ? { epoch, seq: this.#cursor } : this.#cursor;
    return { type: 'subscribe', id: SUBSCRIPTION, kinds, metrics, tags, equipment, windows, records: { from } };
  }

  /** Those records of a batch that we do not have yet. */
  async *#fresh({ prev, records }: Frame<'records'>): AsyncGenerator<WireRecord> {
    const { epoch, seq } = this.#place;
    if (prev > seq) throw new Dropped('records are missing between two batches');
    for (const record of records) {
      if (record.seq <= this.#place.seq) continue;
      yield record;
      this.#cursor = { epoch, seq: record.seq };
    }
  }
}

/** The frames of a connection until it closes; throws RefusedError or Dropped. */
async function* frames(socket: WebSocket, { clock, signal }: FollowOptions): AsyncGenerator<AgentFrame> {
  const ended = new AbortController();
  let heard = true;
  socket.on('unexpected-response', (_request, response) => {
    const status = response.statusCode ?? 0;
    const refused = status >= 400 && status < 500 && status !== 429;
    socket.emit('error', new (refused ? RefusedError : Dropped)(`the agent answers ${status}`));
    response.destroy();
  });
  socket.on('ping', () => {
    heard = true;
  });
  try {
    for await (const [data] of on(socket, 'message', { signal, close: ['close'] })) {
      heard = true;
      // Not parsed by schema: fields and frames that we do not know yet must come through.
      const frame = JSON.parse(String(data)) as AgentFrame;
      if (frame.type === 'hello') void watch(frame.heartbeatSeconds * 1_000);
      yield frame;
    }
  } catch (cause) {
    if (cause instanceof RefusedError || signal.aborted) throw cause;
    throw new Dropped(cause instanceof Error ? cause.message : String(cause));
  } finally {
    ended.abort();
    socket.on('error', () => {});
  }

  /** Silent for two heartbeats: the agent is gone without a word. */
  async function watch(heartbeatMs: number): Promise<void> {
    for (let silent = 0; silent < 2 && !ended.signal.aborted; silent = heard ? 0 : silent + 1) {
      heard = false;
      await clock.delay(heartbeatMs, ended.signal).catch(() => {});
    }
    if (!ended.signal.aborted) socket.terminate();
  }
}
