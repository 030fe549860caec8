import { afterEach, expect, test } from 'vitest';
import { SUBPROTOCOL } from '../../agent/stream/frames.ts';
import { figures, kits, range } from './streamKit.ts';

const { agent, close } = kits();
afterEach(close);

test('a full window of unacknowledged bytes stops the sending, an ack opens it again', async () => {
  const it = await agent({ limits: { windowBytes: 150_000 } });
  await it.append(figures(100, 10_000));
  const reader = it.connect();
  await reader.subscribe({ records: { from: 'earliest' } });
  let last = 0;
  let bytes = 0;
  while (bytes < 150_000) {
    const { records } = await reader.next('records');
    last = records.at(-1)!.seq;
    bytes += JSON.stringify(records).length;
  }
  expect(last).toBeLessThan(30);
  // What was sent behind these frames would have come before the answer to a fault sent after them.
  reader.send({ type: 'ack', id: 'unknown', cursor: { epoch: it.store.epoch, seq: 0 } });
  expect(await reader.next('error')).toMatchObject({ code: 'unknown-subscription' });
  expect(reader.frames.filter(({ type }) => type === 'records').at(-1)).toMatchObject({
    records: expect.arrayContaining([expect.objectContaining({ seq: last })]),
  });
  expect(it.stream.states()).toMatchObject([{ subscription: 's', lag: 100 - last }]);
  expect(it.stream.states()[0]!.unackedBytes).toBeGreaterThanOrEqual(150_000);

  reader.ack(it.store.epoch, last);
  expect(await reader.readTo(100, it.store.epoch)).toEqual(range(last + 1, 100));
});

test('a reader that reads nothing delays no other and costs bounded memory', async () => {
  const it = await agent({ limits: { windowBytes: 300_000 } });
  const slow = it.connect();
  await slow.subscribe({ records: { from: 'earliest' } });
  await slow.next('records');
  slow.socket.pause();
  const quick = it.connect();
  await quick.subscribe({ records: { from: 'earliest' } });
  await it.append(figures(2_000, 10_000));
  expect(await quick.readTo(2_000, it.store.epoch)).toEqual(range(1, 2_000));
  const held = it.stream.states()[0]!;
  expect(held.unackedBytes).toBeLessThan(400_000);
  expect(held.lag).toBeGreaterThan(1_900);
});

test('a reader that reads nothing for too long is closed with 4008, and may come back', async () => {
  // Two heartbeats are time enough to fill the kernel's buffers, on a loaded machine too: before, it is merely silent.
  const it = await agent({ limits: { heartbeatMs: 1_500, stallMs: 1_500, windowBytes: 2 ** 24 } });
  await it.append(figures(2_000, 10_000));
  const slow = it.connect();
  await slow.subscribe({ records: { from: 'earliest' } });
  await slow.next('records');
  slow.socket.pause();
  await expect.poll(() => it.stream.states()).toEqual([]);
  slow.socket.resume();
  expect(await slow.closed).toBe(4008);
  const again = it.connect();
  await again.subscribe({ records: { from: { epoch: it.store.epoch, seq: 1_999 } } });
  expect(await again.next('records')).toMatchObject({ records: [{ seq: 2_000 }] });
});

test('a reader that never acknowledges is closed with 4008 though it reads', async () => {
  const it = await agent({ limits: { heartbeatMs: 30, stallMs: 90, windowBytes: 1_000 } });
  await it.append(figures(10, 1_000));
  const reader = it.connect();
  await reader.subscribe({ records: { from: 'earliest' }, live: { everyMs: 50 } });
  expect(await reader.closed).toBe(4008);
});

test('a reader that is silent for two heartbeats is given up', async () => {
  const it = await agent({ limits: { heartbeatMs: 30 } });
  const reader = it.connect({ autoPong: false });
  expect(await reader.closed).toBe(1006);
  await expect.poll(() => it.stream.readers()).toBe(0);
});

test('faulty frames are answered with their code, and cost the connection only when repeated', async () => {
  const it = await agent({ limits: { maxFaults: 8, maxSubscriptions: 2 } });
  await it.append(figures(2));
  const { epoch } = it.store;
  const reader = it.connect();
  await reader.subscribe({ records: { from: 'earliest' } });
  await reader.next('records');
  const error = async (frame: string | object) => {
    reader.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    const { code, id } = await reader.next('error');
    return [code, id];
  };
  const subscribe = { type: 'subscribe', id: 't' };
  expect(await error('{')).toEqual(['bad-frame', undefined]);
  expect(await error({ ...subscribe, records: { from: 'yesterday' } })).toEqual(['bad-frame', 't']);
  expect(await error({ ...subscribe, metrics: ['mill.[ab]'] })).toEqual(['bad-frame', 't']);
  expect(await error({ ...subscribe, id: 's' })).toEqual(['duplicate-subscription', 's']);
  expect(await error({ ...subscribe, records: { from: { epoch, seq: 3 } } })).toEqual(['bad-cursor', 't']);
  expect(await error({ type: 'ack', id: 's', cursor: { epoch, seq: 3 } })).toEqual(['bad-cursor', 's']);

  reader.send({ type: 'subscribe', id: 't' });
  expect((await reader.next('subscribed')).id).toBe('t');
  expect(await error({ ...subscribe, id: 'u' })).toEqual(['too-many-subscriptions', 'u']);
  reader.socket.send('[]');
  expect(await reader.closed).toBe(1008);
});

test('binary frames are closed with 1003, long ones with 1009', async () => {
  const it = await agent();
  const binary = it.connect();
  await binary.next('hello');
  binary.socket.send(Buffer.from('{}'));
  expect(await binary.closed).toBe(1003);
  const long = it.connect();
  await long.next('hello');
  long.socket.send('x'.repeat(65_537));
  expect(await long.closed).toBe(1009);
});

test('refused before the upgrade: no subprotocol 400, foreign origin or host 403, other path 404', async () => {
  const it = await agent({ limits: { maxReaders: 2 } });
  const host = new URL(it.url).host;
  expect(await it.connect({}, []).refused).toBe(400);
  expect(await it.connect({}, ['other.v1']).refused).toBe(400);
  expect(await it.connect({ origin: 'http://evil.example' }).refused).toBe(403);
  expect(await it.connect({ origin: 'null' }).refused).toBe(403);
  expect(await it.connect({ headers: { host: 'evil.example' } }).refused).toBe(403);
  expect(await it.connect({}, [SUBPROTOCOL], '/v1/else').refused).toBe(404);

  await it.connect({ origin: `http://${host}` }).next('hello');
  await it.connect({ headers: { host: 'agent.plant:8080' }, origin: 'https://agent.plant' }).next('hello');
  expect(await it.connect().refused).toBe(503);
});

test('drain waits for the acks of every reader; close says bye, then 1001, and lets nobody in', async () => {
  const it = await agent();
  const [one, two] = [it.connect(), it.connect()];
  await one.subscribe({ records: { from: 'earliest' } });
  await two.subscribe({ metrics: ['none'], records: { from: 'earliest' } });
  await two.next('subscribed');
  await it.append(figures(3));
  expect(await it.stream.drain(50)).toBe(false);
  const drained = it.stream.drain(5_000);
  await one.readTo(3, it.store.epoch);
  expect(await drained).toBe(true);

  const closed = it.stream.close('finished');
  expect(await one.next('bye')).toMatchObject({ reason: 'finished', reconnectMs: 1_000 });
  expect([await one.closed, await two.closed]).toEqual([1001, 1001]);
  await closed;
  expect(await it.connect().refused).toBe(503);
});
