import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { AgentFrame, ERROR_CODES } from '../../agent/stream/frames.ts';
import { heapUsed } from '../support/handles.ts';
import { frame, OPCODES, RawWebSocket } from '../support/rawWebSocket.ts';
import { figures, type Kit, kits, liveValue, type Reader } from './streamKit.ts';

const { agent, close } = kits();
afterEach(close);

/** Another reader is served as if nothing had happened. */
async function isServed(it: Kit): Promise<void> {
  const reader = it.connect();
  await reader.subscribe({ records: { from: 'earliest' } });
  expect((await reader.next('records')).records.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  reader.socket.close();
  await reader.closed;
}

const ids = fc.oneof(fc.constantFrom('s', 't', ''), fc.string({ maxLength: 70 }));
const cursor = fc.record({ epoch: fc.oneof(fc.constant(''), fc.string()), seq: fc.oneof(fc.integer(), fc.double()) });
const globs = fc.array(fc.oneof(fc.constantFrom('*', '**', 'mill.*', '{a,b}', '[a]'), fc.string()), { maxLength: 4 });
/** Frames that are nearly right. */
const subscribe = fc.record(
  {
    type: fc.constant('subscribe'),
    id: ids,
    metrics: globs,
    tags: globs,
    equipment: globs,
    kinds: fc.array(fc.constantFrom('evaluation', 'alarm', 'none')),
    windows: fc.array(fc.constantFrom('hour', 'coil', '')),
    records: fc.record({ from: fc.oneof(fc.constantFrom('now', 'earliest', 'never'), cursor) }),
    live: fc.record({ everyMs: fc.oneof(fc.constantFrom(50, 49, 1e9), fc.double()) }),
    durable: fc.oneof(fc.constantFrom('platform', '../x', ''), fc.string()),
  },
  { requiredKeys: ['type'] },
);
const ack = fc.record({ type: fc.constant('ack'), id: ids, cursor }, { requiredKeys: ['type'] });
const anyText = fc.oneof(
  { weight: 3, arbitrary: fc.oneof(subscribe, ack).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ maxLength: 2_000 }) },
  { weight: 1, arbitrary: fc.constantFrom('{"__proto__":{"type":"ack"}}', 'null', '""', '9'.repeat(400), '\u2028') },
);

test('whatever text frames come, each answer is a frame of ours, and nobody else notices', async () => {
  const it = await agent({ limits: { maxFaults: 1_000, maxSubscriptions: 4 } });
  await it.append(figures(3));
  await fc.assert(
    fc.asyncProperty(fc.array(anyText, { maxLength: 12 }), async (texts) => {
      const reader = it.connect();
      await reader.next('hello');
      for (const text of texts) reader.socket.send(text);
      // Answered last, because frames are taken in their order.
      reader.send({ type: 'ack', id: 'the last', cursor: { epoch: '', seq: 0 } });
      for (let code = ''; code !== 'unknown-subscription|the last'; ) {
        const error = await reader.next('error');
        expect(ERROR_CODES).toContain(error.code);
        code = `${error.code}|${error.id}`;
      }
      for (const sent of reader.frames) AgentFrame.parse({ ...sent, ...('records' in sent && { records: [] }) });
      reader.socket.terminate();
    }),
    { numRuns: 150 },
  );
  await isServed(it);
});

test('whatever bytes come after the handshake, the connection ends or goes on, and nobody else notices', async () => {
  const it = await agent({ limits: { heartbeatMs: 200 } });
  await it.append(figures(3));
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 3_000 }), async (bytes) => {
      const raw = await new RawWebSocket(it.url).open();
      raw.socket.end(Buffer.from(bytes));
      expect([1000, 1002, 1003, 1005, 1006, 1007, 1008, 1009]).toContain(await raw.ended);
    }),
    { numRuns: 100 },
  );
  await expect.poll(() => it.stream.readers()).toBe(0);
  await isServed(it);
});

test('JSON nested as deep as a frame allows is a faulty frame like another', async () => {
  const it = await agent();
  const reader = it.connect();
  await reader.next('hello');
  for (const deep of ['['.repeat(65_536), `${'['.repeat(32_000)}${']'.repeat(32_000)}`, `{"a":`.repeat(10_000)]) {
    reader.socket.send(deep);
    expect(await reader.next('error')).toMatchObject({ code: 'bad-frame' });
  }
  expect(await it.metric('faults_total')).toEqual(new Map([['bad-frame', 3]]));
});

test('what a frame says never becomes a line of its own in an answer', async () => {
  const it = await agent();
  const reader = it.connect();
  await reader.next('hello');
  reader.socket.send(JSON.stringify({ type: 'ack', id: 'a\r\n{"type":"bye"}', cursor: { epoch: '', seq: 1 } }));
  expect(await reader.next('error')).toMatchObject({ code: 'unknown-subscription', id: 'a\r\n{"type":"bye"}' });
});

test('a flood of subscribes: sixteen are served, the others cost the connection', async () => {
  const it = await agent();
  const reader = it.connect();
  await reader.next('hello');
  for (let n = 0; n < 2_000; n++) reader.send({ type: 'subscribe', id: `s${n}`, metrics: ['*'] });
  expect(await reader.closed).toBe(1008);
  expect(reader.frames.filter(({ type }) => type === 'subscribed')).toHaveLength(16);
  expect(await it.metric('faults_total')).toEqual(new Map([['too-many-subscriptions', 10]]));
});

test('a flood of frames that are right and bring nothing on: 1008', async () => {
  const it = await agent();
  await it.append(figures(3));
  const { epoch } = it.store;
  const acks = it.connect();
  await acks.subscribe({ records: { from: 'earliest' } });
  await acks.next('records');
  for (let n = 0; n < 1_100; n++) acks.ack(epoch, 3);
  expect(await acks.closed).toBe(1008);
  const pings = it.connect();
  await pings.next('hello');
  for (let n = 0; n < 1_100; n++) pings.socket.ping();
  expect(await pings.closed).toBe(1008);
});

test('an ack for each record is no flood', async () => {
  const it = await agent({ limits: { maxIdleFrames: 20 } });
  await it.append(figures(300));
  const reader = it.connect();
  await reader.subscribe({ records: { from: 'earliest' } });
  await reader.next('records');
  for (let seq = 1; seq <= 256; seq++) reader.ack(it.store.epoch, seq);
  reader.send({ type: 'ack', id: 'unknown', cursor: { epoch: '', seq: 0 } });
  expect(await reader.next('error')).toMatchObject({ code: 'unknown-subscription' });
});

const MB = 1_000_000;
/** The kernel takes some megabytes for each before anything waits with us. */
const READERS = 12;
test('readers that read nothing hold no more than the pool', async () => {
  const it = await agent({
    limits: { allBufferBytes: MB, bufferBytes: 250_000, windowBytes: 2 ** 30, heartbeatMs: 6_000, stallMs: 12_000 },
  });
  it.live = Array.from({ length: 2_000 }, (_, n) => liveValue('tag', `mill.tag.${n}.${'x'.repeat(200)}`, n));
  await it.append(figures(1_500, 10_000));
  const before = heapUsed();
  const readers: Reader[] = [];
  for (let n = 0; n < READERS; n++) {
    const reader = it.connect({ maxPayload: 2 ** 30 });
    readers.push(reader);
    await reader.next('hello');
    reader.socket.pause();
    reader.send({ type: 'subscribe', id: 's', records: { from: 'earliest' }, live: { everyMs: 50 } });
  }
  let most = 0;
  const buffered = async (): Promise<number> => {
    const now = (await it.metric('buffered_bytes')).get('')!;
    most = Math.max(most, now);
    return now;
  };
  await expect.poll(buffered, { timeout: 60_000 }).toBeGreaterThan(MB / 4);
  await it.append(figures(3));
  const good = it.connect();
  await good.subscribe({ records: { from: { epoch: it.store.epoch, seq: 1_500 } } });
  expect((await good.next('records')).records).toHaveLength(3);
  await buffered();
  // Beyond the pool lies the snapshot that filled it, and of each what it was given while nothing else waited for it.
  expect(most).toBeLessThan(2.2 * MB + READERS * 75_000);
  expect(heapUsed() - before).toBeLessThan(60 * MB);
});

test('thousands of half handshakes: in time they are gone, and nothing of them stays', async () => {
  const it = await agent();
  await it.append(figures(3));
  const port = Number(new URL(it.url).port);
  const half = (): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write('GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n');
        resolve(socket);
      });
      socket.on('error', () => resolve(socket));
    });
  for (let hundred = 0; hundred < 20; hundred++) {
    const sockets = await Promise.all(Array.from({ length: 100 }, half));
    for (const socket of sockets) socket.resetAndDestroy();
  }
  expect(it.stream.readers()).toBe(0);
  await isServed(it);
});

test('requests piled up behind the handshake are no frames: the connection ends', async () => {
  const it = await agent();
  await it.append(figures(3));
  const raw = await new RawWebSocket(it.url).open();
  raw.socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(100));
  await raw.until(({ opcode }) => opcode === OPCODES.close);
  raw.socket.end(frame({ opcode: OPCODES.ping }));
  expect(await raw.ended).toBe(1002);
  await isServed(it);
});
