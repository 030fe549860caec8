import { WebSocket } from 'ws';
import type { Frame } from './frame.ts';
import type { StreamLimits } from './options.ts';
import type { Outlet, OutletOf } from './outlet.ts';
import type { Pool } from './pool.ts';
import type { Line } from './records.ts';

/** What a channel is given. */
export interface ChannelEnds {
  readonly outlet: OutletOf;
  readonly limits: StreamLimits;
  readonly pool: Pool;
  readonly ended: AbortSignal;
  /** A reader has come on. */
  moved(): void;
  /** There is room again for those who were kept from sending. */
  room(): void;
}

/** What one connection is sent, and how much of it may lie in our own buffer. */
export class Channel implements Line {
  readonly #webSocket: WebSocket;
  readonly #outlet: Outlet;
  readonly #ends: ChannelEnds;
  /** Our share of the pool. */
  #buffered = 0;
  /** Somebody was kept from sending, and is to be woken when there is room. */
  #heldBack = false;

  constructor(webSocket: WebSocket, ends: ChannelEnds) {
    this.#webSocket = webSocket;
    this.#ends = ends;
    this.#outlet = ends.outlet(webSocket, () => this.#left());
  }

  get ended(): AbortSignal {
    return this.#ends.ended;
  }

  /** Bytes in our buffer. */
  get waiting(): number {
    return this.#outlet.waiting;
  }

  /** Rises when something has left our buffer. */
  get taken(): number {
    return this.#outlet.taken;
  }

  takes(): boolean {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return false;
    this.#heldBack = this.#isCrowded;
    return !this.#heldBack;
  }

  send(frame: string | Frame): void {
    this.#outlet.send(frame);
    this.#share(this.#outlet.waiting);
  }

  /** Left out where much waits already: a peer that pings without reading would fill our buffer. */
  pong(data: Buffer): void {
    if (this.#isCrowded) return;
    this.#outlet.pong(data);
    this.#share(this.#outlet.waiting);
  }

  moved(): void {
    this.#ends.moved();
  }

  /** The connection is gone: nothing waits for it any more. */
  end(): void {
    this.#share(0);
  }

  /** Our buffer is full; or all buffers together are, and ours is not empty. */
  get #isCrowded(): boolean {
    if (this.#buffered === 0) return false;
    const { limits, pool } = this.#ends;
    return this.#buffered >= limits.bufferBytes || pool.full;
  }

  /** What lies in our buffer is our share of the pool. */
  #share(bytes: number): void {
    if (bytes === this.#buffered) return;
    this.#ends.pool.change(bytes - this.#buffered);
    this.#buffered = bytes;
  }

  #left(): void {
    if (this.ended.aborted) return;
    this.#share(this.#outlet.waiting);
    if (this.#heldBack && this.takes()) this.#ends.room();
  }
}
