import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { figure, figures, HOUR, kits, type Reader, range, START } from './streamKit.ts';

const { agent, close } = kits();
afterEach(close);

const seqsOf = async (reader: Reader): Promise<number[]> =>
  (await reader.next('records')).records.map(({ seq }) => seq);

test('the agent keeps the place of a durable reader, and goes on from there', async () => {
  const it = await agent();
  await it.append(figures(20));
  const first = it.connect();
  await first.subscribe({ records: { from: 'earliest' }, durable: 'platform' });
  expect(await seqsOf(first)).toEqual(range(1, 20));
  first.ack(it.store.epoch, 7);
  await expect.poll(() => it.store.cursor('platform')).toEqual({ epoch: it.store.epoch, seq: 7 });
  first.socket.terminate();

  const again = it.connect();
  await again.subscribe({ records: { from: 'earliest' }, durable: 'platform' });
  expect(await again.next('subscribed')).toMatchObject({ from: { epoch: it.store.epoch, seq: 7 } });
  expect(await seqsOf(again)).toEqual(range(8, 20));
});

test('the place is in the file: another start of the agent goes on from it', async () => {
  const it = await agent();
  await it.append(figures(5));
  const first = it.connect();
  await first.subscribe({ records: { from: 'earliest' }, durable: 'platform' });
  await first.readTo(5, it.store.epoch);
  await expect.poll(() => it.store.cursor('platform')).toMatchObject({ seq: 5 });
  const { port, folder } = it;
  await it.stop();

  const second = await agent({ port, folder });
  await second.append([figure('mill.energy', 9, 9)]);
  const again = second.connect();
  await again.subscribe({ records: { from: 'earliest' }, durable: 'platform' });
  expect(await seqsOf(again)).toEqual([6]);
});

test('a newer connection of the same name closes the older with 4009, and the place never goes back', async () => {
  const it = await agent();
  const { epoch } = it.store;
  await it.append(figures(10));
  const older = it.connect();
  await older.subscribe({ records: { from: 'earliest' }, durable: 'platform' });
  await older.next('records');
  older.ack(epoch, 6);
  await expect.poll(() => it.store.cursor('platform')).toEqual({ epoch, seq: 6 });

  const newer = it.connect();
  await newer.subscribe({ records: { from: 'earliest' }, durable: 'platform' });
  expect(await newer.next('subscribed')).toMatchObject({ from: { epoch, seq: 6 } });
  expect(await older.closed).toBe(4009);
  expect(await newer.readTo(10, epoch)).toEqual(range(7, 10));
  newer.ack(epoch, 8);
  await expect.poll(() => it.store.cursor('platform')).toEqual({ epoch, seq: 10 });
  expect(it.stream.readers()).toBe(1);
  expect(await it.metric('closed_total')).toEqual(new Map([['4009', 1]]));
});

test('a reader that names its place begins there, before or behind what is kept', async () => {
  const it = await agent();
  const { epoch } = it.store;
  await it.append(figures(10));
  const first = it.connect();
  await first.subscribe({ records: { from: 'earliest' }, durable: 'platform' });
  await first.next('records');
  first.ack(epoch, 4);
  await expect.poll(() => it.store.cursor('platform')).toEqual({ epoch, seq: 4 });
  first.socket.terminate();
  const again = it.connect();
  await again.subscribe({ records: { from: { epoch, seq: 9 } }, durable: 'platform' });
  expect(await seqsOf(again)).toEqual([10]);
  again.ack(epoch, 10);
  await expect.poll(() => it.store.cursor('platform')).toEqual({ epoch, seq: 10 });
  const restored = it.connect();
  await restored.subscribe({ records: { from: { epoch, seq: 7 } }, durable: 'platform' });
  expect(await restored.readTo(10, epoch)).toEqual([8, 9, 10]);
  expect(await it.store.cursor('platform')).toEqual({ epoch, seq: 10 });
});

test('a place in another log: a gap to the new one, then all of it', async () => {
  const it = await agent();
  await it.append(figures(3));
  it.store.saveCursor('platform', { epoch: 'another', seq: 77 }, START);
  const reader = it.connect();
  await reader.subscribe({ records: { from: 'now' }, durable: 'platform' });
  expect(await reader.next('gap')).toMatchObject({ epoch: it.store.epoch, from: 1, to: 0, reason: 'new-epoch' });
  expect(await reader.readTo(3, it.store.epoch)).toEqual(range(1, 3));
  await expect.poll(() => it.store.cursor('platform')).toEqual({ epoch: it.store.epoch, seq: 3 });
});

test('what the filter hides is done with: retention that takes it makes no gap', async () => {
  const it = await agent({ bounds: { maxAgeMs: HOUR } });
  const { epoch } = it.store;
  await it.append(figures(10));
  const first = it.connect();
  await first.subscribe({ metrics: ['none'], records: { from: 'earliest' }, durable: 'platform' });
  await expect.poll(() => it.store.cursor('platform')).toEqual({ epoch, seq: 10 });
  first.socket.terminate();
  await it.append([figure('mill.energy', 20, 1)]);
  await it.store.prune(START + 22 * HOUR);
  const again = it.connect();
  await again.subscribe({ records: { from: 'earliest' }, durable: 'platform' });
  expect(await seqsOf(again)).toEqual([11]);
  expect(again.frames.map(({ type }) => type)).not.toContain('gap');
});

test('a gap is told again until it is acknowledged', async () => {
  const it = await agent({ bounds: { maxAgeMs: HOUR } });
  const { epoch } = it.store;
  await it.append(figures(10));
  it.store.saveCursor('platform', { epoch, seq: 3 }, START);
  await it.append([figure('mill.energy', 20, 1)]);
  await it.store.prune(START + 22 * HOUR);
  for (let time = 0; time < 2; time++) {
    const reader = it.connect();
    await reader.subscribe({ metrics: ['none'], records: { from: 'earliest' }, durable: 'platform' });
    expect(await reader.next('gap')).toMatchObject({ from: 4, to: 10, reason: 'retention' });
    await reader.next('records');
    if (time === 1) reader.ack(epoch, 10);
    else reader.socket.terminate();
  }
  await expect.poll(() => it.store.cursor('platform')).toEqual({ epoch, seq: 11 });
});

test('a name is used once on a connection, and needs records to keep a place in', async () => {
  const it = await agent();
  const reader = it.connect();
  await reader.subscribe({ records: { from: 'now' }, durable: 'platform' });
  await reader.next('subscribed');
  reader.send({ type: 'subscribe', id: 'other', records: { from: 'now' }, durable: 'platform' });
  expect(await reader.next('error')).toMatchObject({ code: 'duplicate-subscription', id: 'other' });
  reader.send({ type: 'subscribe', id: 'other', durable: 'second' });
  expect(await reader.next('error')).toMatchObject({ code: 'bad-frame', id: 'other' });
  reader.send({ type: 'subscribe', id: 'other', records: { from: 'now' }, durable: 'a name' });
  expect(await reader.next('error')).toMatchObject({ code: 'bad-frame', id: 'other' });
});

test('a log that proves damaged while it is read: 1013, then a gap to the new one, in which the readers go on', async () => {
  const before = await agent();
  await before.append(figures(500, 2_000));
  const { folder } = before;
  await before.stop();
  const it = await agent({ folder });
  const { epoch } = it.store;
  const reader = it.connect();
  await reader.subscribe({ records: { from: 'now' }, durable: 'platform' });
  await reader.next('records');
  await expect.poll(() => it.store.cursor('platform')).toEqual({ epoch, seq: 500 });

  const file = await open(join(folder, 'log.db'), 'r+');
  await file.write(Buffer.alloc((await file.stat()).size - 8_192, 0x5a), 0, undefined, 8_192);
  await file.close();
  const other = it.connect();
  await other.subscribe({ records: { from: 'earliest' } });
  expect(await other.closed).toBe(1013);
  await it.append([figure('mill.energy', 9, 9)]);
  expect(it.store.epoch).not.toBe(epoch);
  const gap = await reader.next('gap');
  expect(gap).toMatchObject({ epoch: it.store.epoch, reason: 'new-epoch' });
  const last = it.store.lastSeq();
  expect(await reader.readTo(last, it.store.epoch)).toEqual(range(gap.to + 1, last));
  await expect.poll(() => it.store.cursor('platform')).toEqual({ epoch: it.store.epoch, seq: last });
});
