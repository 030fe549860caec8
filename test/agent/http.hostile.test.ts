import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { type AgentKit, agentKit, BY_HAND } from './agentKit.ts';

/** What comes to the port of a whole agent that is no request, or never becomes one. */

const clock = realClock();
let it: AgentKit;
let port: number;
beforeAll(async () => {
  it = await agentKit(`${BY_HAND}\nhttp: { maxReaders: 1 }\n`);
  port = Number(new URL(it.url).port);
});
afterAll(() => it.close());

const opened = (): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
    socket.on('error', () => {});
  });
const counted = async (name: string): Promise<number> => {
  const text = await (await it.get('/metrics')).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
};
const isAlive = async (): Promise<void> => expect((await it.get('/healthz')).status).toBe(200);

/** Sends bytes as they are; resolves to the first line that is answered, empty where there is none. */
async function said(bytes: string | Uint8Array): Promise<string> {
  const socket = await opened();
  let answer = '';
  socket.on('data', (data) => (answer += data));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.end(bytes);
  await closed;
  return answer.split('\r\n')[0]!;
}

test('headers that come a byte at a time are ended in time, and others are answered meanwhile', async () => {
  const before = await counted('pertonne_http_faulty_requests_total');
  const sockets = await Promise.all(Array.from({ length: 100 }, opened));
  let left = sockets.length;
  for (const socket of sockets) {
    socket.once('close', () => left--);
    socket.resume();
    socket.write('GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ');
  }
  while (left > 0) {
    for (const socket of sockets) if (socket.writable) socket.write('x');
    await isAlive();
    await clock.delay(50);
  }
  expect((await counted('pertonne_http_faulty_requests_total')) - before).toBe(100);
});

const HOST = 'Host: 127.0.0.1\r\n';
test.each([
  ['no request at all', '\0\x01\x02\x03\r\n\r\n', /^HTTP\/1\.1 400/],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /^HTTP\/1\.1 400|^$/],
  ['two lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`, /^HTTP\/1\.1 400/],
  [
    'a length and chunks',
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    /^HTTP\/1\.1 400/,
  ],
  ['a header over two lines', `GET /healthz HTTP/1.1\r\n${HOST}X-A: a\r\n b\r\n\r\n`, /^HTTP\/1\.1 (400|200)/],
  ['a space before the colon', `GET /healthz HTTP/1.1\r\n${HOST}X-A : a\r\n\r\n`, /^HTTP\/1\.1 400/],
  ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400/],
  ['headers of 9 KB', `GET / HTTP/1.1\r\n${HOST}X-A: ${'a'.repeat(9_000)}\r\n\r\n`, /^HTTP\/1\.1 431/],
  ['a path of 9 KB', `GET /${'a'.repeat(9_000)} HTTP/1.1\r\n${HOST}\r\n`, /^HTTP\/1\.1 4\d\d/],
  ['CONNECT', `CONNECT plc:502 HTTP/1.1\r\n${HOST}\r\n`, /^$|^HTTP\/1\.1 4\d\d/],
  [
    'another path to upgrade at',
    `GET / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    /^HTTP\/1\.1 404/,
  ],
  [
    'an upgrade without a key',
    `GET /v1/stream HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: pertonne.v1\r\n\r\n`,
    /^HTTP\/1\.1 400/,
  ],
  [
    'an upgrade by POST',
    `POST /v1/stream HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: pertonne.v1\r\n\r\n`,
    /^HTTP\/1\.1 400/,
  ],
])('%s', async (_, bytes, answer) => {
  expect(await said(Buffer.from(bytes, 'latin1'))).toMatch(answer);
  await isAlive();
});

test('whatever bytes come, a line of ours or none is answered', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 500 }), async (bytes) => {
      expect(await said(bytes)).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
    }),
    { numRuns: 100 },
  );
  await isAlive();
});

test('more connections than there may be are dropped and counted; the others stay', async () => {
  const first = await opened();
  let dropped = 0;
  const sockets = await Promise.all(Array.from({ length: 300 }, opened));
  for (const socket of sockets) socket.once('close', () => dropped++).resume();
  await expect.poll(() => dropped, { timeout: 30_000 }).toBeGreaterThan(30);
  expect(first.destroyed).toBe(false);
  for (const socket of [first, ...sockets]) socket.destroy();
  const again = (): Promise<boolean> =>
    it.get('/healthz').then(
      () => true,
      () => false,
    );
  await expect.poll(again, { timeout: 30_000 }).toBe(true);
  expect(await counted('pertonne_http_connections_dropped_total')).toBeGreaterThan(30);
});
