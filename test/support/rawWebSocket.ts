import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** A WebSocket client of bytes, which keeps no rule that a test wants broken. */

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameParts {
  readonly opcode: number;
  readonly payload?: Buffer | string;
  readonly fin?: boolean;
  /** The three reserved bits, the first of them as 4. */
  readonly rsv?: number;
  readonly masked?: boolean;
  /** What the header says instead of the payload's true length. */
  readonly length?: number;
}

/** A frame's bytes as RFC 6455 has them, but for what `parts` say. */
export function frame({ opcode, payload = '', fin = true, rsv = 0, masked = true, length }: FrameParts): Buffer {
  const bytes = Buffer.from(payload);
  const said = length ?? bytes.length;
  const size = said < 126 ? 0 : said < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + size);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (size === 0 ? said : size === 2 ? 126 : 127);
  if (size === 2) head.writeUInt16BE(said, 2);
  if (size === 8) head.writeBigUInt64BE(BigInt(said), 2);
  if (!masked) return Buffer.concat([head, bytes]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, bytes.map((byte, index) => byte ^ mask[index % 4]!)]);
}

export const closeFrame = (code: number, reason: Buffer | string = ''): Buffer => {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return frame({ opcode: OPCODES.close, payload: Buffer.concat([head, Buffer.from(reason)]) });
};

export interface Heard {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** One connection, upgraded to the stream at `url`. */
export class RawWebSocket {
  readonly socket: Socket;
  /** Frames that came, oldest first. */
  readonly heard: Heard[] = [];
  /** Resolves when the other side has ended it, with the code of its close frame, 1006 without one. */
  readonly ended: Promise<number>;
  #bytes: Buffer = Buffer.alloc(0);
  #isOpen = false;
  #wake = (): void => {};

  constructor(url: string) {
    const { host, hostname, port, pathname } = new URL(url);
    this.socket = connect(Number(port), hostname, () =>
      this.socket.write(
        `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: pertonne.v1\r\n' +
          // An offer of compression, which is not taken.
          'Sec-WebSocket-Extensions: permessage-deflate\r\n' +
          `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
      ),
    );
    this.socket.on('error', () => {});
    this.socket.on('data', (bytes) => this.#take(Buffer.from(bytes)));
    this.ended = new Promise((resolve) =>
      this.socket.once('close', () => {
        this.#wake();
        resolve(this.closeCode);
      }),
    );
  }

  get closeCode(): number {
    const close = this.heard.find(({ opcode }) => opcode === OPCODES.close);
    return close === undefined ? 1006 : close.payload.length < 2 ? 1005 : close.payload.readUInt16BE();
  }

  /** Resolves when a frame that `is` it has come; rejects when the connection ends before. */
  async until(is: (heard: Heard) => boolean): Promise<Heard> {
    for (;;) {
      const found = this.heard.find(is);
      if (found) return found;
      if (this.socket.destroyed) throw new Error(`the connection ended with ${this.closeCode}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Resolves when the agent has greeted. */
  async open(): Promise<this> {
    await this.until(({ payload }) => payload.includes('"hello"'));
    return this;
  }

  send(...frames: Buffer[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  #take(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    if (!this.#isOpen) {
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.#isOpen = true;
      this.#bytes = this.#bytes.subarray(end + 4);
    }
    for (let next = this.#next(); next; next = this.#next()) this.heard.push(next);
    this.#wake();
  }

  #next(): Heard | undefined {
    const bytes = this.#bytes;
    if (bytes.length < 2) return undefined;
    const short = bytes[1]! & 0x7f;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < head) return undefined;
    const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (bytes.length < head + length) return undefined;
    this.#bytes = bytes.subarray(head + length);
    return { opcode: bytes[0]! & 0x0f, payload: bytes.subarray(head, head + length) };
  }
}
