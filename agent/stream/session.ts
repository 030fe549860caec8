import { type RawData, WebSocket } from 'ws';
import type { Cursor } from '../store/contract.ts';
import { Channel } from './channel.ts';
import { codeLabel } from './counts.ts';
import { FrameFault } from './fault.ts';
import { type ReaderFrame, SUBPROTOCOL, type Subscribe } from './frames.ts';
import { readerFrame } from './incoming.ts';
import type { OutletOf } from './outlet.ts';
import { Pulse } from './pulse.ts';
import type { RecordReader } from './records.ts';
import { type Shared, type Subscription, subscription } from './subscription.ts';
import { frameText } from './text.ts';

/** One subscription of one reader, for those who watch. */
export interface ReaderState {
  readonly remote: string;
  readonly subscription: string;
  /** Committed records not read for it yet. */
  readonly lag: number;
  readonly unackedBytes: number;
  /** Up to here everything is done with: acknowledged, or not chosen. */
  readonly settled: Cursor;
}

/** Whose connection it is, and what the others need to hear of it. */
export interface Peer {
  readonly remote: string;
  /** Before its durable names, so that platforms and tokens do not take each other's. */
  readonly scope: string;
  /** Its places are kept without its asking for it: it may not know where it was. */
  readonly keepsPlaces: boolean;
  readonly outlet: OutletOf;
  /** Called when the reader has come on: an ack, or the end of the log. */
  moved(): void;
  /** Takes the name over for this session; returns the session that had it. */
  claim(name: string, session: Session): Session | undefined;
}

/** One connection, whoever made it. A fault in it ends with it. */
export class Session {
  readonly #socket: WebSocket;
  readonly #shared: Shared;
  readonly #peer: Peer;
  readonly #channel: Channel;
  readonly #ended = new AbortController();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #pulse: Pulse;
  /** Since the last heartbeat. */
  #faults = 0;
  #idle = 0;

  constructor(socket: WebSocket, shared: Shared, peer: Peer) {
    this.#socket = socket;
    this.#shared = shared;
    this.#peer = peer;
    const { limits, pool } = shared;
    const { outlet, moved } = peer;
    const ended = this.#ended.signal;
    this.#channel = new Channel(socket, { outlet, limits, pool, ended, moved, room: () => this.#wake() });
    this.#pulse = new Pulse(limits.heartbeatMs, limits.stallMs);
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('ping', (data) => this.#ponged(data));
    socket.on('pong', () => this.#pulse.heard());
    socket.on('error', (error) => this.#failed(error));
    socket.once('close', (code) => this.#end(code));
    this.#hello();
    void this.#beat();
  }

  #wake(): void {
    for (const { records } of this.#subscriptions.values()) records?.wake();
  }

  get done(): boolean {
    return this.#subscriptions.values().every(({ done }) => done);
  }

  states(): ReaderState[] {
    if (this.#socket.readyState !== WebSocket.OPEN) return [];
    return [...this.#subscriptions].flatMap(([id, { records }]) =>
      records ? [{ remote: this.#peer.remote, subscription: id, ...stateOf(records) }] : [],
    );
  }

  bye(reason: string, reconnectMs: number, code: number): void {
    this.#channel.send(frameText({ type: 'bye', reason, reconnectMs }));
    this.#close(code, reason);
  }

  /** Closes for a reason of ours; a peer that does not answer is cut off after a while. */
  #close(code: number, reason: string): void {
    this.#closedWith ??= code;
    this.#socket.close(code, reason);
  }
  #closedWith: number | undefined;

  /** ws has begun the closing handshake where a frame broke the rules of WebSocket. */
  #failed(error: Error & { code?: string }): void {
    if (error.code?.startsWith('WS_ERR_')) this.#closedWith ??= RULE_CODES[error.code] ?? 1002;
    this.#shared.log.info({ remote: this.#peer.remote, reason: error.message }, 'stream: faulty connection');
  }

  #end(code: number): void {
    this.#ended.abort();
    this.#channel.end();
    this.#shared.counts.closed.inc({ code: codeLabel(this.#closedWith ?? code) });
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #hello(): void {
    const { store, plant, clock, wireTime, limits } = this.#shared;
    const { windowBytes, maxFrameBytes, maxSubscriptions } = limits;
    this.#channel.send(
      frameText({
        type: 'hello',
        protocol: SUBPROTOCOL,
        agent: plant().agent,
        equipment: plant().equipment,
        epoch: store.epoch,
        firstSeq: store.firstSeq(),
        lastSeq: store.lastSeq(),
        time: wireTime(clock.now()),
        heartbeatSeconds: limits.heartbeatMs / 1_000,
        limits: { maxFrameBytes, windowBytes, maxSubscriptions },
      }),
    );
  }

  #ponged(data: Buffer): void {
    this.#pulse.heard();
    this.#count();
    this.#channel.pong(data);
  }

  /** Frames that bring nothing on cost us time that others need. */
  #count(): void {
    if (++this.#idle > this.#shared.limits.maxIdleFrames) this.#close(1008, 'too many frames');
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#pulse.heard();
    this.#count();
    if (isBinary) this.#close(1003, 'frames are text');
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
    const { durable } = wanted;
    const from = wanted.records?.from;
    if (this.#subscriptions.has(id))
      throw new FrameFault('duplicate-subscription', 'this id is taken on this connection', id);
    if (this.#subscriptions.size >= limits.maxSubscriptions)
      throw new FrameFault('too-many-subscriptions', `at most ${limits.maxSubscriptions} on a connection`, id);
    if (typeof from === 'object' && from.epoch === store.epoch && from.seq > store.lastSeq())
      throw new FrameFault('bad-cursor', `the log ends at ${store.lastSeq()}`, id);
    if (durable !== undefined && from === undefined)
      throw new FrameFault('bad-frame', 'durable: a place is kept in records only', id);
    const name = from === undefined ? undefined : durableName(this.#peer, id, durable);
    if (name !== undefined && this.#names.has(name))
      throw new FrameFault('duplicate-subscription', 'this durable name is taken on this connection', id);
    const made = subscription(wanted, name, this.#shared, this.#channel);
    this.#subscriptions.set(id, made);
    if (name !== undefined) this.#claim(name);
    made.run().catch((cause: unknown) => {
      if (this.#ended.signal.aborted) return;
      log.error({ remote: this.#peer.remote, err: cause }, 'stream: a reader cannot be served');
      this.#close(1013, 'try again later');
    });
  }

  #claim(name: string): void {
    this.#names.add(name);
    const before = this.#peer.claim(name, this);
    if (before) before.#close(4009, 'replaced by a newer connection of this durable name');
  }
  readonly #names = new Set<string>();

  /** The durable names that it reads under. */
  get names(): Iterable<string> {
    return this.#names;
  }

  #ack({ id, cursor }: Extract<ReaderFrame, { type: 'ack' }>): void {
    const records = this.#subscriptions.get(id)?.records;
    if (!records) throw new FrameFault('unknown-subscription', 'no records were subscribed under this id', id);
    const moved = records.ack(cursor);
    if (moved === null) throw new FrameFault('bad-cursor', 'nothing was sent that far', id);
    if (moved) this.#idle--;
  }

  #fault({ code, message, id }: FrameFault): void {
    this.#channel.send(frameText({ type: 'error', code, message, ...(id !== undefined && { id }) }));
    this.#shared.counts.faults.inc({ code });
    if (++this.#faults >= this.#shared.limits.maxFaults) this.#close(1008, 'too many faulty frames');
  }

  async #beat(): Promise<void> {
    const { clock, limits } = this.#shared;
    while (!this.#ended.signal.aborted) {
      await clock.delay(limits.heartbeatMs, this.#ended.signal).catch(() => {});
      if (!this.#ended.signal.aborted) this.#look();
    }
  }

  #look(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const stuck = [...this.#subscriptions.values()].map(({ records }) => records?.takeStuck()).includes(true);
    const { waiting, taken } = this.#channel;
    const buffered = waiting > 0;
    const pulse = this.#pulse.beat({ buffered, taken, stuck, pressed: this.#shared.pool.full });
    this.#faults = this.#idle = 0;
    if (pulse === 'slow') this.#close(4008, 'slow reader');
    else if (pulse === 'silent') this.#socket.terminate();
    else if (!buffered) this.#socket.ping();
  }
}

const stateOf = ({ lag, unackedBytes, settled }: RecordReader): Omit<ReaderState, 'remote' | 'subscription'> => ({
  lag,
  unackedBytes,
  settled,
});

function durableName({ scope, keepsPlaces }: Peer, id: string, durable: string | undefined): string | undefined {
  return durable !== undefined || keepsPlaces ? `${scope}${durable ?? id}` : undefined;
}

/** How ws closes what broke the rules; 1002 where nothing else is said. */
const RULE_CODES: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
};
