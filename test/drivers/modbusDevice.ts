import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { SerialPort } from 'serialport';
import { temporaryFolder } from './host.ts';
import { type Request, wires } from './modbusWire.ts';

type Framing = keyof typeof wires;

/** Unit, function and data; or bytes as they are; or silence. */
type Reply = readonly number[] | Buffer | null;
export type Answer = (request: Request, stream: Duplex) => Reply;

/** Words by `unit/function/register`; for functions 1 and 2 bits. */
export type Holdings = Map<string, number>;

/** What a device that follows the book makes of a request: unit, function and data, or an exception. */
export function respond(holdings: Holdings, { unitId, code, start, count }: Request): number[] {
  const held = Array.from({ length: count }, (_, i) => holdings.get(`${unitId}/${code}/${start + i}`));
  if (held.some((one) => one === undefined)) return [unitId, code | 0x80, 2];
  const data = code <= 2 ? packed(held as number[]) : (held as number[]).flatMap((word) => [word >> 8, word & 0xff]);
  return [unitId, code, data.length, ...data];
}

const packed = (bits: readonly number[]): number[] =>
  Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) =>
    bits.slice(8 * i, 8 * i + 8).reduce((byte, bit, at) => byte | (bit << at), 0),
  );

/** Answers what comes over a stream. */
export function serve(stream: Duplex, framing: Framing, answer: Answer): void {
  let heard: Buffer = Buffer.alloc(0);
  stream.on('error', () => {});
  stream.on('data', (bytes: Buffer) => {
    const { requests, rest } = wires[framing].requests(Buffer.concat([heard, bytes]));
    heard = rest;
    for (const request of requests) {
      const reply = answer(request, stream);
      if (reply) stream.write(Buffer.isBuffer(reply) ? reply : wires[framing].answer(request, reply));
    }
  });
}

/** A device on a loopback port. */
export async function tcpDevice(
  framing: Framing,
  answer: Answer,
  port = 0,
): Promise<{ port: number; sockets: ReadonlySet<Socket>; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, framing, answer);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { port: typeof address === 'object' && address ? address.port : port, sockets, close };
}

export const SOCAT = '/usr/bin/socat';

/** A pair of pseudo-terminals that stand for the two ends of a serial line. */
export interface Pair {
  readonly near: string;
  readonly far: string;
  /** File descriptors of this process on the near end. */
  users(): number;
  open(): Promise<void>;
  close(): Promise<void>;
}

export function serialPair(): Pair {
  const folder = temporaryFolder();
  const [near, far] = [join(folder, 'near'), join(folder, 'far')];
  let socat: ChildProcess | null = null;
  return {
    near,
    far,
    users: () => {
      if (!existsSync(near)) return 0;
      const terminal = realpathSync(near);
      return readdirSync('/proc/self/fd').filter((fd) => linkOf(`/proc/self/fd/${fd}`) === terminal).length;
    },
    open: async () => {
      socat = spawn(SOCAT, [`pty,raw,echo=0,link=${near}`, `pty,raw,echo=0,link=${far}`], { stdio: 'ignore' });
      while (!existsSync(near) || !existsSync(far)) await new Promise((resolve) => setImmediate(resolve));
    },
    close: async () => {
      const ended = socat && new Promise((resolve) => socat!.once('exit', resolve));
      socat?.kill();
      await ended;
    },
  };
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

/** A device on the far end of a line. */
export async function serialDevice(
  path: string,
  framing: Framing,
  answer: Answer,
): Promise<{ close(): Promise<void> }> {
  const port = new SerialPort({ path, baudRate: 19_200, autoOpen: false });
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  serve(port, framing, answer);
  // serialport hands over what it reads only when the loop turns; see drivers/modbus/stream.ts.
  const turning = setInterval(() => {}, 5);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      clearInterval(turning);
      if (port.isOpen) port.close(() => resolve());
      else resolve();
    });
  return { close };
}
