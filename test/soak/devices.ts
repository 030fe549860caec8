import { createServer, type Server, type Socket } from 'node:net';
import { realClock } from '../../agent/clock.ts';

/** Modbus devices in a process of their own. Each behaves as it is told, and notes when it is asked. */

export type Manner = 'well' | 'dead' | 'hanging' | 'slow' | 'garbage';
/** Sent by the parent: from now on device `device` behaves so; without `manner`, asks for what was noted since the last time. */
export interface Order {
  readonly device?: number;
  readonly manner?: Manner;
}
export interface Told {
  readonly ports?: readonly number[];
  /** By device, how far the time between two requests was from the period, real milliseconds. */
  readonly jitter?: readonly (readonly number[])[];
}

const [count, period, slow] = process.argv.slice(2).map(Number) as [number, number, number];
const clock = realClock();
const REQUEST = 12;

class Device {
  readonly jitter: number[] = [];
  port = 0;
  #manner: Manner = 'well';
  #server: Server | null = null;
  #asked = 0;
  #askedAt = 0;
  readonly #sockets = new Set<Socket>();

  async become(manner: Manner): Promise<void> {
    this.#manner = manner;
    this.#asked = 0;
    if (manner === 'dead') {
      this.#server?.close();
      this.#server = null;
      for (const socket of this.#sockets) socket.resetAndDestroy();
    } else if (!this.#server) {
      await this.#listen();
    }
  }

  #listen(): Promise<void> {
    return new Promise((resolve) => {
      this.#server = createServer({ noDelay: true }, (socket) => {
        this.#sockets.add(socket);
        socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
        socket.on('data', (bytes: Buffer) => void this.#answer(socket, bytes));
      }).listen(this.port, '127.0.0.1', () => {
        const address = this.#server?.address();
        if (typeof address === 'object' && address) this.port = address.port;
        resolve();
      });
    });
  }

  async #answer(socket: Socket, bytes: Buffer): Promise<void> {
    const now = clock.monotonic();
    // An agent polls at once and then on its grid: the first time between two is no period.
    if (this.#asked++ > 1) this.jitter.push(Math.abs(now - this.#askedAt - period));
    this.#askedAt = now;
    if (this.#manner === 'hanging' || bytes.length < REQUEST) return;
    if (this.#manner === 'slow') await clock.delay(slow);
    if (this.#manner === 'garbage') return void socket.write(Buffer.from('not what was asked for'));
    const registers = bytes.readUInt16BE(10);
    const body = Buffer.alloc(9 + 2 * registers);
    bytes.copy(body, 0, 0, 8);
    body.writeUInt16BE(3 + 2 * registers, 4);
    body.writeUInt8(2 * registers, 8);
    socket.write(body);
  }
}

const devices = Array.from({ length: count }, () => new Device());
await Promise.all(devices.map((device) => device.become('well')));
process.on('message', ({ device, manner }: Order) => {
  if (device !== undefined && manner) void devices[device]!.become(manner);
  else process.send!({ jitter: devices.map((one) => one.jitter.splice(0)) } satisfies Told);
});
process.on('disconnect', () => process.exit());
process.send!({ ports: devices.map(({ port }) => port) } satisfies Told);
