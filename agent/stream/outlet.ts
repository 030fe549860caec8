import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Frame } from './frame.ts';

/** Where what one connection is sent goes, as long as it is open, and what of it still lies in our own buffer. */
export interface Outlet {
  send(frame: Frame | string): void;
  pong(data: Buffer): void;
  /** Bytes in our buffer. */
  readonly waiting: number;
  /** Rises when something has left our buffer. */
  readonly taken: number;
}

/** Makes the outlet of a connection; `left` is called after what waited has left our buffer. */
export type OutletOf = (webSocket: WebSocket, left: () => void) => Outlet;

const NOTHING = Buffer.alloc(0);

/**
 * Of a connection that was made to us. A ready frame goes straight into the socket: ws would frame it anew for each
 * reader, and give the kernel two pieces. It cannot fall into another frame, for ws writes each of its own at once.
 */
class ServedOutlet implements Outlet {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #left: () => void;
  #watching = false;

  constructor(webSocket: WebSocket, socket: Socket, left: () => void) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#left = left;
  }

  get waiting(): number {
    return this.#socket.writableLength;
  }

  get taken(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  send(frame: Frame | string): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return;
    if (typeof frame === 'string') this.#webSocket.send(frame, { binary: false });
    else this.#socket.write(frame.bytes);
    this.#watch();
  }

  pong(data: Buffer): void {
    this.#webSocket.pong(data);
    this.#watch();
  }

  /** The kernel mostly takes all at once. Where not, an empty write is called back when all before it have left. */
  #watch(): void {
    if (this.#watching || this.#socket.writableLength === 0 || !this.#socket.writable) return;
    this.#watching = true;
    this.#socket.write(NOTHING, (error) => {
      if (error) return;
      this.#watching = false;
      this.#left();
      this.#watch();
    });
  }
}

/** Of a connection that we made: ws masks what a client sends. */
class DialledOutlet implements Outlet {
  readonly #webSocket: WebSocket;
  readonly #done: () => void;
  taken = 0;

  constructor(webSocket: WebSocket, left: () => void) {
    this.#webSocket = webSocket;
    this.#done = () => {
      this.taken++;
      left();
    };
  }

  get waiting(): number {
    return this.#webSocket.bufferedAmount;
  }

  send(frame: Frame | string): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return;
    this.#webSocket.send(typeof frame === 'string' ? frame : frame.payload, { binary: false }, this.#done);
  }

  pong(data: Buffer): void {
    this.#webSocket.pong(data, undefined, this.#done);
  }
}

export const served =
  (socket: Socket): OutletOf =>
  (webSocket, left) =>
    new ServedOutlet(webSocket, socket, left);

export const dialled: OutletOf = (webSocket, left) => new DialledOutlet(webSocket, left);
