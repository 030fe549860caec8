import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { realClock } from '../../agent/clock.ts';
import { heapUsed } from '../support/handles.ts';
import { relay } from '../support/relay.ts';
import { figure, figures, type Kit, kits, Reader, range } from './streamKit.ts';

/** Networks as they are: away for hours, half open, cut anywhere, slow, and with many at the other end. */

const { agent, close } = kits();
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  await close();
});

const over = async (it: Kit) => {
  const way = await relay(Number(new URL(it.url).port), () => undefined);
  open.push(way);
  const url = new URL(it.url);
  url.port = String(way.port);
  const readers = (): Reader => new Reader(new WebSocket(url, 'pertonne.v1'));
  return { way, connect: readers };
};

const MINUTES = 8 * 60;
test('a platform that was away for eight hours gets all of them, while another gets what is new at once', async () => {
  const it = await agent();
  const { epoch } = it.store;
  const { way, connect } = await over(it);
  await it.append(figures(2));
  const first = connect();
  await first.subscribe({ records: { from: 'earliest' }, durable: 'platform' });
  await first.readTo(2, epoch);
  await expect.poll(() => it.store.cursor('platform')).toEqual({ epoch, seq: 2 });
  await way.cut();
  await first.closed;

  for (let minute = 0; minute < MINUTES; minute++) await it.append(figures(20, 500));
  const last = 2 + 20 * MINUTES;
  await way.mend();
  const atTheEnd = it.connect();
  await atTheEnd.subscribe({ records: { from: 'now' } });
  await atTheEnd.next('records');
  const back = connect();
  await back.subscribe({ records: { from: 'earliest' }, durable: 'platform' });
  await back.next('records');
  back.ack(epoch, 3);
  await it.append([figure('mill.energy', 1, 1)]);
  expect(await atTheEnd.next('records')).toMatchObject({ records: [{ seq: last + 1 }] });
  const seqs = back.frames.flatMap((one) => (one.type === 'records' ? one.records.map(({ seq }) => seq) : []));
  const rest = await back.readTo(last + 1, epoch);
  expect([...new Set([...seqs, ...rest])]).toEqual(range(3, last + 1));
});

test('a link that is half open is given up after two heartbeats; the place is kept', async () => {
  const it = await agent({ limits: { heartbeatMs: 200 } });
  const { epoch } = it.store;
  const { way, connect } = await over(it);
  await it.append(figures(5));
  const reader = connect();
  await reader.subscribe({ records: { from: 'earliest' }, durable: 'platform' });
  await reader.readTo(5, epoch);
  await expect.poll(() => it.store.cursor('platform')).toEqual({ epoch, seq: 5 });
  way.hold();
  await it.append(figures(5));
  await expect.poll(() => it.stream.readers(), { timeout: 20_000 }).toBe(0);
  way.release();
  const again = connect();
  await again.subscribe({ records: { from: 'earliest' }, durable: 'platform' });
  expect(await again.readTo(10, epoch)).toEqual(range(6, 10));
});

test('a durable reader whose link is reset at random moments: each record, none after a later one', async () => {
  const it = await agent();
  const { epoch } = it.store;
  const { way, connect } = await over(it);
  await it.append(figures(400, 3_000));
  const taken = new Set<number>();
  const clock = realClock();
  for (let attempt = 0; taken.size < 400; attempt++) {
    await way.mend();
    const reader = connect();
    const cut = clock.delay(Math.random() * 120 * (1 + attempt / 10)).then(() => way.cut());
    const reading = (async () => {
      await reader.subscribe({ records: { from: 'earliest' }, durable: 'platform' });
      for (let last = 0; last < 400; ) {
        const { prev, records } = await reader.next('records');
        // What was acknowledged does not come again, and nothing in between is left out.
        for (let seq = 1; seq <= prev; seq++) expect(taken.has(seq)).toBe(true);
        for (const { seq } of records) taken.add(seq);
        last = records.at(-1)?.seq ?? last;
        reader.ack(epoch, last);
      }
    })();
    await Promise.race([reading, reader.closed]);
    await cut;
  }
  expect([...taken].sort((a, b) => a - b)).toEqual(range(1, 400));
});

test('a durable reader that takes nothing more is closed with 4008 and comes back to its place; another is not delayed', async () => {
  const it = await agent({ limits: { heartbeatMs: 1_500, stallMs: 1_500, windowBytes: 2 ** 24 } });
  const { epoch } = it.store;
  await it.append(figures(10));
  const slow = it.connect();
  await slow.subscribe({ records: { from: 'earliest' }, durable: 'slow' });
  await slow.readTo(10, epoch);
  await expect.poll(() => it.store.cursor('slow')).toEqual({ epoch, seq: 10 });
  slow.socket.pause();
  const quick = it.connect();
  await quick.subscribe({ records: { from: { epoch, seq: 10 } } });
  await it.append(figures(2_000, 10_000));
  expect(await quick.readTo(2_010, epoch)).toEqual(range(11, 2_010));
  await expect.poll(() => it.stream.states().length, { timeout: 30_000 }).toBe(1);
  slow.socket.resume();
  expect(await slow.closed).toBe(4008);
  const back = it.connect();
  await back.subscribe({ records: { from: 'earliest' }, durable: 'slow' });
  expect(await back.next('subscribed')).toMatchObject({ from: { epoch, seq: 10 } });
});

/** Each takes two descriptors of this process, of which there may be a thousand. */
const CROWD = 400;
test(`${CROWD} readers at once, each at its place, cost bounded memory`, { timeout: 300_000 }, async () => {
  const it = await agent();
  const { epoch } = it.store;
  await it.append(figures(500, 1_000));
  const before = heapUsed();
  const readers: Reader[] = [];
  for (let n = 0; n < CROWD; n++) {
    const reader = it.connect();
    readers.push(reader);
    await reader.subscribe({ records: { from: { epoch, seq: n % 500 } } });
  }
  await it.append(figures(20, 1_000));
  for (const [n, reader] of readers.entries()) {
    expect(await reader.readTo(520, epoch)).toEqual(range((n % 500) + 1, 520));
    reader.frames.length = 0;
  }
  expect(it.stream.readers()).toBe(CROWD);
  // The readers, who are in this process too, among it.
  expect((heapUsed() - before) / CROWD).toBeLessThan(300_000);
  expect((await it.metric('buffered_bytes')).get('')).toBeLessThan(2 ** 26);
});
