import type { AgentFrame, ReaderFrame, Subscribe } from '../stream/frames.ts';
import type { LiveValue, WireRecord } from '../stream/protocol.ts';

/** What agents say, as types only: nothing of zod reaches a browser, and fields that are new come through. */
export type { AgentFrame, ReaderFrame } from '../stream/frames.ts';
export type { EvaluationBody, LiveValue, WireRecord } from '../stream/protocol.ts';

export type Frame<Type extends AgentFrame['type']> = Extract<AgentFrame, { type: Type }>;
export type Hello = Frame<'hello'>;
/** A reader's place in one log: everything up to `seq` is its own. */
export type Cursor = Extract<ReaderFrame, { type: 'ack' }>['cursor'];
/** What is wanted, as the frame `subscribe` has it; the agent's logs name it by its id. */
export type Subscription = Omit<Subscribe, 'type' | 'id'> & Partial<Pick<Subscribe, 'id'>>;

/** Records `from` to `to` that are gone: dropped by age or size (`retention`), or of another log (`new-epoch`). */
export interface Gap {
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** How the connection stands. `finished`: the agent has ended its work and will say no more (a replay). */
export type ConnectionState =
  | { readonly state: 'connecting' | 'open' | 'closed' }
  | { readonly state: 'waiting'; readonly reason: string; readonly waitMs: number; readonly finished: boolean };

export interface Handlers {
  /**
   * New records, each once and in order. They are acknowledged when the promise resolves; until then no more are
   * delivered. When it rejects, they come again over a new connection. `cursor` is the place after them: keep it
   * together with them, and begin there after a restart.
   */
  records?(records: readonly WireRecord[], cursor: Cursor): unknown;
  /** Records that will never come, told once; the cursor stands behind them when the promise resolves. */
  gap?(gap: Gap): unknown;
  /** Everything that was in the log when it was subscribed has come. */
  caughtUp?(): void;
  /** The newest value of everything chosen; then what has changed of it. */
  snapshot?(snapshot: Omit<Frame<'snapshot'>, 'type' | 'id'>): void;
  live?(values: readonly LiveValue[], at: string): void;
  hello?(hello: Hello): void;
  state?(state: ConnectionState): void;
}

export interface ReaderOptions extends Handlers {
  /** Asked at each connection if it is a function; the cursor that this reader has come to goes before `records.from`. */
  readonly subscribe: Subscription | ((hello: Hello) => Subscription | Promise<Subscription>);
  /** Real time; default: the machine's. */
  readonly clock?: ClientClock;
}

/** Real milliseconds; rejects when aborted. */
export interface ClientClock {
  delay(realMs: number, signal?: AbortSignal): Promise<void>;
}

/** What is used of a WebSocket: browsers', Node's and that of the package `ws` have it. */
export interface SocketLike {
  readonly readyState: number;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  /** Without a closing handshake, where there is such a thing. */
  terminate?(): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
  addEventListener(type: 'error', listener: (event: object) => void): void;
  addEventListener(type: 'open', listener: () => void): void;
}

export interface Connection {
  /** How far the reader has come; undefined before it knows. */
  readonly cursor: Cursor | undefined;
  /** Resolves after `close`, when no handler runs any more; rejects with RefusedError. */
  readonly closed: Promise<void>;
  /** No handler is called after it, but one that runs is waited for by `closed`. */
  close(): void;
}

/** The agent will not serve us, now or later: a wrong address, or a subscription that it does not take. */
export class RefusedError extends Error {
  override name = 'RefusedError';
}
