import { createServer, type Socket } from 'node:net';
import type { Ms } from '../../rules/sample.ts';
import type { Units } from './contract.ts';
import { reply } from './registers.ts';

/** A running Modbus TCP gateway. */
export interface Gateway {
  readonly port: number;
  close(): Promise<void>;
}

/** Protocol, length and unit stand behind the transaction id; the length counts the unit and the PDU. */
const HEADER = 7;
const MAX_LENGTH = 254;

/**
 * Serves units on 127.0.0.1; port 0 is any free one. Written on node:net because modbus-serial's ServerTCP takes no
 * port 0, does not tell its port and answers with other exceptions than the specification's. `dead` units do not answer.
 */
export async function serveGateway(
  units: Units,
  dead: ReadonlySet<number>,
  instant: () => Ms,
  port: number,
): Promise<Gateway> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    answer(socket, (unit, request) => reply(units, dead, unit, request, instant()));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Cuts the stream into frames and replies in order; what cannot be a frame ends the connection. */
function answer(socket: Socket, respond: (unit: number, request: Buffer) => Buffer): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length > HEADER) {
      const length = pending.readUInt16BE(4);
      if (pending.readUInt16BE(2) !== 0 || length < 2 || length > MAX_LENGTH) return socket.destroy();
      if (pending.length < HEADER - 1 + length) return;
      const header = pending.subarray(0, HEADER);
      const body = respond(header.readUInt8(6), pending.subarray(HEADER, HEADER - 1 + length));
      pending = pending.subarray(HEADER - 1 + length);
      socket.write(Buffer.concat([framed(header, body.length), body]));
    }
  });
}

function framed(request: Buffer, bodyLength: number): Buffer {
  const header = Buffer.from(request);
  header.writeUInt16BE(bodyLength + 1, 4);
  return header;
}
