import {
  type AgentFrame,
  type ClientClock,
  type Cursor,
  type Frame,
  type Hello,
  type ReaderFrame,
  type ReaderOptions,
  RefusedError,
  type SocketLike,
  type Subscription,
} from './contract.ts';

/** Why a connection ended, and what that means for the next. */
export interface Ending {
  readonly reason: string;
  /** What the agent asked for, in real milliseconds. */
  readonly waitMs: number;
  readonly finished: boolean;
  /** Data came: an agent that greets and drops us must not be hammered. */
  readonly progress: boolean;
}

/** What outlives a connection. */
export interface Place {
  cursor: Cursor | undefined;
}

const UNNAMED = 'records';
/** Empty live frames, because pings are not shown to a browser's page. */
const PULSE = 'pulse';
const OPEN = 1;
/** Silent beats after which the agent is given up. */
const SILENT_BEATS = 2;
/** Until the agent has told its heartbeat. */
const FIRST_BEAT_MS = 5_000;
const SHORTEST_PULSE_MS = 50;
/** Characters of frames that wait for a handler. An agent sends a window ahead of the acks, by default 1 MiB; more is no agent. */
const MOST_WAITING = 2 ** 26;

/** One connection, from the greeting to its end. */
export class Conversation {
  readonly #socket: SocketLike;
  readonly #options: ReaderOptions;
  readonly #place: Place;
  readonly #over = new AbortController();
  readonly #ending = Promise.withResolvers<Ending>();
  /** What must be done in its order; the agent sends only a window of it ahead of the acks. */
  #work: Promise<void> = Promise.resolve();
  #id = UNNAMED;
  #waiting = 0;
  #bye = { waitMs: 0, finished: false };
  #abandoned = false;
  #progress = false;
  #heard = true;
  #beatMs = FIRST_BEAT_MS;

  constructor(socket: SocketLike, options: ReaderOptions, clock: ClientClock, place: Place) {
    this.#socket = socket;
    this.#options = options;
    this.#place = place;
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    socket.addEventListener('error', (event) => this.#failed(event));
    socket.addEventListener('close', ({ code, reason }) => this.#lost(`closed with ${code}${reason && `: ${reason}`}`));
    void this.#watch(clock);
  }

  /** Resolves when the connection has ended and no handler runs; rejects with RefusedError. */
  ended(): Promise<Ending> {
    return this.#ending.promise.finally(() => this.#work);
  }

  /** Ends it; what has arrived and not been dealt with is left. */
  end(reason: string): void {
    this.#abandoned = true;
    this.#lost(reason);
  }

  /** The connection is gone; what has arrived is still dealt with. */
  #lost(reason: string): void {
    this.#settle(() => this.#ending.resolve({ reason, ...this.#bye, progress: this.#progress }));
    this.#socket.close(1000);
  }

  #refuse(cause: RefusedError): void {
    this.#settle(() => this.#ending.reject(cause));
    this.#socket.close(1000);
  }

  #settle(settle: () => void): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    settle();
  }

  #failed(event: object): void {
    const error = 'error' in event ? event.error : undefined;
    if (error instanceof RefusedError) this.#refuse(error);
    else this.#lost((error instanceof Error && error.message) || 'no connection');
  }

  #receive(data: unknown): void {
    if (this.#over.signal.aborted) return;
    this.#heard = true;
    try {
      const text = String(data);
      this.#take(JSON.parse(text) as AgentFrame, text.length);
    } catch (cause) {
      this.end(cause instanceof SyntaxError ? 'what came is no frame of pertonne.v1' : messageOf(cause));
    }
  }

  #take(frame: AgentFrame, length: number): void {
    if ('id' in frame && frame.id === PULSE) return;
    if (frame.type === 'records' || frame.type === 'live') this.#progress = true;
    switch (frame.type) {
      case 'hello':
        this.#inOrder(length, () => this.#greet(frame));
        break;
      case 'subscribed':
        this.#inOrder(length, () => this.#begin(frame));
        break;
      case 'gap':
        this.#inOrder(length, () => this.#gap(frame));
        break;
      case 'records':
        this.#inOrder(length, () => this.#records(frame));
        break;
      case 'snapshot':
        this.#options.snapshot?.(frame);
        break;
      case 'live':
        this.#options.live?.(frame.values, frame.at);
        break;
      case 'error':
        this.#refuse(new RefusedError(`${frame.code}: ${frame.message}`));
        break;
      case 'bye':
        this.#bye = { waitMs: frame.reconnectMs, finished: frame.reason === 'finished' };
    }
  }

  #inOrder(length: number, work: () => unknown): void {
    this.#waiting += length;
    if (this.#waiting > MOST_WAITING) this.end('more was sent than an agent may send without an acknowledgement');
    this.#work = this.#work
      .then(() => (this.#abandoned ? undefined : work()))
      .catch((cause: unknown) => this.end(messageOf(cause)))
      .then(() => {
        this.#waiting -= length;
      });
  }

  async #greet(hello: Hello): Promise<void> {
    const { subscribe } = this.#options;
    this.#options.state?.({ state: 'open' });
    this.#options.hello?.(hello);
    const wanted = typeof subscribe === 'function' ? await subscribe(hello) : subscribe;
    const from = wanted.records?.from;
    if (typeof from === 'object') this.#place.cursor ??= from;
    const { cursor } = this.#place;
    const records = wanted.records && cursor ? { records: { from: cursor } } : {};
    this.#id = wanted.id ?? UNNAMED;
    this.#send({ ...wanted, ...records, type: 'subscribe', id: this.#id });
    this.#beat(hello, wanted);
  }

  /** Something comes at each beat: live values if they are wanted that often, else empty ones. */
  #beat({ heartbeatSeconds }: Hello, { live }: Subscription): void {
    const heartbeatMs = Math.max(SHORTEST_PULSE_MS, heartbeatSeconds * 1_000);
    this.#beatMs = Math.min(heartbeatMs, Math.max(FIRST_BEAT_MS, live?.everyMs ?? heartbeatMs));
    if (live && live.everyMs <= this.#beatMs) return;
    this.#send({ type: 'subscribe', id: PULSE, metrics: [], tags: [], kinds: [], live: { everyMs: this.#beatMs } });
  }

  /** Only a reader without a place of its own begins where the agent does; into a new log leads a gap. */
  #begin({ from }: Frame<'subscribed'>): void {
    this.#place.cursor ??= from ?? undefined;
  }

  async #gap({ epoch, from, to, reason }: Frame<'gap'>): Promise<void> {
    const known = reason !== 'new-epoch' && this.#place.cursor?.epoch === epoch ? this.#place.cursor.seq : from - 1;
    if (to < known) return;
    await this.#options.gap?.({ epoch, from: known + 1, to, reason });
    this.#acknowledge({ epoch, seq: to });
  }

  async #records({ prev, records }: Frame<'records'>): Promise<void> {
    const { cursor } = this.#place;
    if (!cursor || prev > cursor.seq) throw new Error('records are missing between two batches');
    const fresh = records.filter(({ seq }) => seq > cursor.seq);
    const after = { epoch: cursor.epoch, seq: fresh.at(-1)?.seq ?? cursor.seq };
    if (fresh.length > 0) await this.#options.records?.(fresh, after);
    this.#acknowledge(after);
    // An empty batch is the end of the log: what lies before it was not for us.
    if (records.length === 0 && !this.#abandoned) this.#options.caughtUp?.();
  }

  #acknowledge(cursor: Cursor): void {
    this.#place.cursor = cursor;
    this.#send({ type: 'ack', id: this.#id, cursor });
  }

  #send(frame: ReaderFrame): void {
    if (this.#socket.readyState === OPEN) this.#socket.send(JSON.stringify(frame));
  }

  /** Counts beats, not time: our own process may have stood still. */
  async #watch(clock: ClientClock): Promise<void> {
    const { signal } = this.#over;
    for (let silent = 0; silent < SILENT_BEATS && !signal.aborted; silent = this.#heard ? 0 : silent + 1) {
      this.#heard = false;
      await clock.delay(this.#beatMs, signal).catch(() => {});
    }
    if (signal.aborted) return;
    this.#lost('the agent has fallen silent');
    this.#socket.terminate?.();
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
