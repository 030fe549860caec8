import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { answersTo, type Expected, fits, HEADER, withCrc, withHeader } from './frame.ts';

/**
 * The line that modbus-serial speaks over: Modbus TCP with one request in flight, where each answer is held against
 * its request before the library sees it. The library's own port numbers requests modulo 256, takes late and short
 * answers, any protocol id and length, and keeps silent when the peer is gone; here all of that calls `lost`.
 */
export class Port extends EventEmitter {
  /** Where modbus-serial looks a transaction up; it stays put since there is one at a time. */
  _transactionIdRead = 1;
  _transactionIdWrite = 1;
  readonly #socket: Socket;
  readonly #lost: (reason: string) => void;
  #transaction = 0;
  #expected: Expected[] = [];
  #heard: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, lost: (reason: string) => void) {
    super();
    this.#socket = socket;
    this.#lost = lost;
    socket.on('data', (bytes: Buffer) => this.#hear(bytes));
    socket.on('error', (error) => lost(error.message));
    socket.on('close', () => lost('the device closed the connection'));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** The socket connects by itself. */
  open(done: () => void): void {
    done();
  }

  /** Sends a read request of the serial line over TCP: without its CRC, with a header and a 16-bit number. */
  write(frame: Buffer): void {
    this.#transaction = (this.#transaction + 1) & 0xffff;
    this.#expected = answersTo(this.#transaction, frame.readUInt8(0), frame.readUInt8(1), frame.readUInt16BE(4));
    this.#socket.write(withHeader(this.#transaction, frame.subarray(0, -2)));
  }

  #hear(bytes: Buffer): void {
    const heard = Buffer.concat([this.#heard, bytes]);
    const answer = this.#expected.find((one) => fits(heard, one));
    this.#heard = heard;
    if (!answer) this.#lost(`bytes that answer no request: ${heard.toString('hex', 0, 16)}`);
    else if (heard.length === answer.length) this.#answered(heard.subarray(HEADER));
  }

  #answered(answer: Buffer): void {
    this.#expected = [];
    this.#heard = Buffer.alloc(0);
    this.emit('data', withCrc(answer));
  }
}
