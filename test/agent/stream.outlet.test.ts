import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Frame } from '../../agent/stream/frame.ts';
import { Ledger } from '../../agent/stream/ledger.ts';
import { dialled, type Outlet, served } from '../../agent/stream/outlet.ts';
import { authority } from '../support/certificates.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

interface Ends {
  readonly server: { readonly outlet: Outlet; readonly socket: Socket; readonly webSocket: WebSocket };
  readonly client: { readonly outlet: Outlet; readonly webSocket: WebSocket };
  /** What waited in the server's outlet whenever it told that something had left it. */
  readonly left: readonly number[];
}

const { ca, issue } = await authority();
const certificate = await issue(['127.0.0.1']);

/** Both ends of a connection. */
async function connected(scheme: 'ws' | 'wss' = 'ws'): Promise<Ends> {
  const left: number[] = [];
  const http = scheme === 'ws' ? createServer() : createSecureServer(certificate);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const accepted = Promise.withResolvers<Ends['server']>();
  http.on('upgrade', (request, duplex, head) => {
    sockets.handleUpgrade(request, duplex, head, (webSocket) => {
      const outlet: Outlet = served(request.socket)(webSocket, () => left.push(outlet.waiting));
      accepted.resolve({ outlet, socket: request.socket, webSocket });
    });
  });
  const webSocket = new WebSocket(`${scheme}://127.0.0.1:${(http.address() as AddressInfo).port}`, { ca });
  open.push({ close: () => webSocket.terminate() }, http);
  await once(webSocket, 'open');
  return { server: await accepted.promise, client: { outlet: dialled(webSocket, () => {}), webSocket }, left };
}

const received = async (webSocket: WebSocket): Promise<string> => String((await once(webSocket, 'message'))[0]);

test.each([0, 1, 125, 126, 65_535, 65_536, 200_000])(
  'a frame of %i bytes is one to ws, at both ends',
  async (length) => {
    const { server, client } = await connected();
    const text = 'x'.repeat(Math.max(0, length - 2)) + (length > 1 ? 'é' : 'y'.repeat(length));
    expect(Buffer.byteLength(text)).toBe(length);
    const frame = new Frame(text);
    server.outlet.send(frame);
    expect(await received(client.webSocket)).toBe(text);
    client.outlet.send(frame);
    expect(await received(server.webSocket)).toBe(text);
    // Masking has not changed what the next reader gets.
    server.outlet.send(frame);
    expect(await received(client.webSocket)).toBe(text);
  },
);

test.each(['ws', 'wss'] as const)('%s: ready frames and those that ws makes come in their order', async (scheme) => {
  const { server, client } = await connected(scheme);
  const texts: string[] = [];
  client.webSocket.on('message', (data) => texts.push(String(data)));
  const sent = Array.from({ length: 300 }, (_, n) => `${n}`.padEnd(n % 7 === 0 ? 100_000 : n));
  for (const [n, text] of sent.entries()) server.outlet.send(n % 2 === 0 ? new Frame(text) : text);
  await expect.poll(() => texts.length, { timeout: 20_000 }).toBe(300);
  expect(texts).toEqual(sent);
});

test.each(['ws', 'wss'] as const)(
  '%s: what a reader does not take waits, and is told when it has left',
  async (scheme) => {
    const { server, client, left } = await connected(scheme);
    const frame = new Frame('x'.repeat(100_000));
    client.webSocket.pause();
    let sent = 0;
    while (server.outlet.waiting < 1_000_000) {
      server.outlet.send(frame);
      sent++;
    }
    expect(left).toEqual([]);
    const { taken } = server.outlet;
    let came = 0;
    client.webSocket.on('message', () => came++);
    client.webSocket.resume();
    await expect.poll(() => came, { timeout: 20_000 }).toBe(sent);
    await expect.poll(() => left.at(-1)).toBe(0);
    expect(server.outlet.taken - taken).toBeGreaterThanOrEqual(1_000_000);
  },
);

test('nothing is sent behind a closing frame, nor told of a connection that is gone', async () => {
  const { server, client, left } = await connected();
  client.webSocket.pause();
  while (server.outlet.waiting === 0) server.outlet.send(new Frame('x'.repeat(100_000)));
  server.socket.destroy();
  await once(server.webSocket, 'close');
  server.outlet.send(new Frame('late'));
  expect(left).toEqual([]);

  const other = await connected();
  const texts: string[] = [];
  other.client.webSocket.on('message', (data) => texts.push(String(data)));
  other.server.outlet.send(new Frame('before'));
  other.server.webSocket.close(1000);
  other.server.outlet.send(new Frame('behind'));
  await once(other.client.webSocket, 'close');
  expect(texts).toEqual(['before']);
});

test('an unacknowledged byte is never forgotten; of those acknowledged at most a step and a batch are still counted', () => {
  const WINDOW = 64_000;
  const step = fc.oneof(
    fc.record({ bytes: fc.integer({ min: 0, max: 5_000 }) }),
    fc.record({ ack: fc.double({ min: 0, max: 1, noNaN: true }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const ledger = new Ledger(WINDOW);
      let sent: { seq: number; bytes: number }[] = [];
      let last = 0;
      for (const one of steps) {
        if ('bytes' in one) {
          ledger.sent(++last, one.bytes);
          sent.push({ seq: last, bytes: one.bytes });
        } else {
          const upTo = sent[Math.floor(one.ack * sent.length)]?.seq ?? last;
          ledger.acknowledged(upTo);
          sent = sent.filter(({ seq }) => seq > upTo);
        }
        const exact = sent.reduce((sum, { bytes }) => sum + bytes, 0);
        expect(ledger.bytes).toBeGreaterThanOrEqual(exact);
        expect(ledger.bytes).toBeLessThanOrEqual(exact + WINDOW / 16 + 5_000);
        expect(ledger.isEmpty).toBe(sent.length === 0);
      }
    }),
  );
});
