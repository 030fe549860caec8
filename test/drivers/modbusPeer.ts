import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';

export interface Request {
  readonly transaction: number;
  readonly unitId: number;
  readonly code: number;
  readonly start: number;
  readonly count: number;
}

export type Reply = (request: Request, socket: Socket) => void;

/** What a device puts on the wire; every part can be made wrong. */
export interface Frame {
  transaction?: number;
  protocol?: number;
  length?: number;
  unitId?: number;
  code?: number;
  byteCount?: number;
  data?: readonly number[];
}

/** An answer to `request`, right but for what `wrong` says. Registers hold their own address. */
export function answer(request: Request, wrong: Frame = {}): Buffer {
  const data =
    wrong.data ??
    (request.code <= 2
      ? Array<number>(Math.ceil(request.count / 8)).fill(0xff)
      : Array.from({ length: request.count }, (_, i) => [(request.start + i) >> 8, (request.start + i) & 0xff]).flat());
  const body = [wrong.unitId ?? request.unitId, wrong.code ?? request.code, wrong.byteCount ?? data.length, ...data];
  return frame({ ...wrong, transaction: wrong.transaction ?? request.transaction }, body);
}

export const exception = (request: Request, code: number): Buffer =>
  frame({ transaction: request.transaction }, [request.unitId, request.code | 0x80, code]);

function frame(head: Frame, body: readonly number[]): Buffer {
  const header = Buffer.alloc(6);
  header.writeUInt16BE(head.transaction ?? 0, 0);
  header.writeUInt16BE(head.protocol ?? 0, 2);
  header.writeUInt16BE(head.length ?? body.length, 4);
  return Buffer.concat([header, Buffer.from(body)]);
}

/** A raw TCP peer on loopback that answers as each test says, and keeps every request it was sent. */
export function rawPeer() {
  const requests: Request[] = [];
  const sockets = new Set<Socket>();
  let reply: Reply = () => {};
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += 12) {
        const request = {
          transaction: bytes.readUInt16BE(at),
          unitId: bytes.readUInt8(at + 6),
          code: bytes.readUInt8(at + 7),
          start: bytes.readUInt16BE(at + 8),
          count: bytes.readUInt16BE(at + 10),
        };
        requests.push(request);
        reply(request, socket);
      }
    });
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  beforeEach(() => void requests.splice(0));
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const port = (): number => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  };
  return {
    port,
    requests,
    sockets,
    replies: (next: Reply): void => {
      reply = next;
    },
  };
}
