import { type RawData, WebSocket } from 'ws';
import { FrameFault } from './fault.ts';
import { type ReaderFrame, SUBPROTOCOL, type Subscribe } from './frames.ts';
import { readerFrame } from './incoming.ts';
import { Pulse } from './pulse.ts';
import type { Line } from './records.ts';
import { type Shared, type Subscription, subscription } from './subscription.ts';
import { frameText } from './text.ts';

/** One subscription of one reader, for those who watch. */
export interface ReaderState {
  readonly remote: string;
  readonly subscription: string;
  /** Committed records not read for it yet. */
  readonly lag: number;
  readonly unackedBytes: number;
}

/** One connection. A fault in it ends with it. */
export class Session {
  readonly #socket: WebSocket;
  readonly #shared: Shared;
  readonly #remote: string;
  readonly #ended = new AbortController();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #line: Line;
  readonly #pulse: Pulse;
  /** Somebody was kept from sending, and is to be woken when there is room. */
  #heldBack = false;
  #faults = 0;

  /** `moved` is called when the reader has come on: an ack, or the end of the log. */
  constructor(socket: WebSocket, shared: Shared, remote: string, moved: () => void) {
    this.#socket = socket;
    this.#shared = shared;
    this.#remote = remote;
    this.#pulse = new Pulse(shared.limits.heartbeatMs, shared.limits.stallMs);
    this.#line = {
      send: (text) => this.#send(text),
      crowded: () => {
        this.#heldBack = socket.bufferedAmount >= shared.limits.windowBytes;
        return this.#heldBack;
      },
      ended: this.#ended.signal,
      moved,
    };
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('ping', (data) => this.#ponged(data));
    socket.on('pong', () => this.#pulse.heard());
    socket.on('error', (error) => shared.log.info({ remote, reason: error.message }, 'stream: faulty connection'));
    socket.once('close', () => this.#ended.abort());
    this.#hello();
    void this.#beat();
  }

  wake(): void {
    for (const { records } of this.#subscriptions.values()) records?.wake();
  }

  get done(): boolean {
    return this.#subscriptions.values().every(({ records }) => records?.done ?? true);
  }

  states(): ReaderState[] {
    if (this.#socket.readyState !== WebSocket.OPEN) return [];
    return [...this.#subscriptions].flatMap(([id, { records }]) =>
      records ? [{ remote: this.#remote, subscription: id, lag: records.lag, unackedBytes: records.unackedBytes }] : [],
    );
  }

  bye(reason: string, reconnectMs: number, code: number): void {
    this.#send(frameText({ type: 'bye', reason, reconnectMs }));
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #hello(): void {
    const { store, plant, clock, wireTime, limits } = this.#shared;
    const { windowBytes, maxFrameBytes, maxSubscriptions } = limits;
    this.#send(
      frameText({
        type: 'hello',
        protocol: SUBPROTOCOL,
        agent: plant.agent,
        equipment: plant.equipment,
        epoch: store.epoch,
        firstSeq: store.firstSeq(),
        lastSeq: store.lastSeq(),
        time: wireTime(clock.now()),
        heartbeatSeconds: limits.heartbeatMs / 1_000,
        limits: { maxFrameBytes, windowBytes, maxSubscriptions },
      }),
    );
  }

  #send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(text, () => {
      this.#pulse.flushed();
      if (this.#heldBack && !this.#line.crowded()) this.wake();
    });
  }

  /** Answered by hand: a peer that pings without reading would fill our buffer with pongs. */
  #ponged(data: Buffer): void {
    this.#pulse.heard();
    if (!this.#line.crowded()) this.#socket.pong(data);
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#pulse.heard();
    if (isBinary) this.#socket.close(1003, 'frames are text');
    else this.#take(data.toString());
  }

  #take(text: string): void {
    try {
      const frame = readerFrame(text);
      if (frame.type === 'subscribe') this.#subscribe(frame);
      else this.#ack(frame);
    } catch (cause) {
      if (!(cause instanceof FrameFault)) throw cause;
      this.#fault(cause);
    }
  }

  #subscribe(wanted: Subscribe): void {
    const { store, limits, log } = this.#shared;
    const { id } = wanted;
    const from = wanted.records?.from;
    if (this.#subscriptions.has(id))
      throw new FrameFault('duplicate-subscription', 'this id is taken on this connection', id);
    if (this.#subscriptions.size >= limits.maxSubscriptions)
      throw new FrameFault('too-many-subscriptions', `at most ${limits.maxSubscriptions} on a connection`, id);
    if (typeof from === 'object' && from.epoch === store.epoch && from.seq > store.lastSeq())
      throw new FrameFault('bad-cursor', `the log ends at ${store.lastSeq()}`, id);
    const made = subscription(wanted, this.#shared, this.#line);
    this.#subscriptions.set(id, made);
    made.run().catch((cause: unknown) => {
      if (this.#ended.signal.aborted) return;
      log.error({ remote: this.#remote, err: cause }, 'stream: a reader cannot be served');
      this.#socket.close(1013, 'try again later');
    });
  }

  #ack({ id, cursor }: Extract<ReaderFrame, { type: 'ack' }>): void {
    const records = this.#subscriptions.get(id)?.records;
    if (!records) throw new FrameFault('unknown-subscription', 'no records were subscribed under this id', id);
    if (!records.ack(cursor)) throw new FrameFault('bad-cursor', 'nothing was sent that far', id);
  }

  #fault({ code, message, id }: FrameFault): void {
    this.#send(frameText({ type: 'error', code, message, ...(id !== undefined && { id }) }));
    if (++this.#faults >= this.#shared.limits.maxFaults) this.#socket.close(1008, 'too many faulty frames');
  }

  async #beat(): Promise<void> {
    const { clock, limits } = this.#shared;
    while (!this.#ended.signal.aborted) {
      await clock.delay(limits.heartbeatMs, this.#ended.signal).catch(() => {});
      if (!this.#ended.signal.aborted) this.#look();
    }
  }

  #look(): void {
    const stuck = [...this.#subscriptions.values()].map(({ records }) => records?.takeStuck()).includes(true);
    const buffered = this.#socket.bufferedAmount > 0;
    const pulse = this.#pulse.beat({ buffered, stuck });
    this.#faults = 0;
    if (pulse === 'slow') this.#socket.close(4008, 'slow reader');
    else if (pulse === 'silent') this.#socket.terminate();
    else if (!buffered) this.#socket.ping();
  }
}
