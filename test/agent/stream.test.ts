import { afterEach, expect, test } from 'vitest';
import { SUBPROTOCOL } from '../../agent/stream/frames.ts';
import { WireRecord } from '../../agent/stream/protocol.ts';
import { alarm, down, figure, figures, HOUR, kits, liveValue, range, START } from './streamKit.ts';

const { agent, close } = kits();
afterEach(close);

test('hello says where the log stands, subscribed where the reading starts', async () => {
  const it = await agent();
  await it.append(figures(3));
  const reader = it.connect();
  expect(await reader.next('hello')).toMatchObject({
    protocol: SUBPROTOCOL,
    agent: 'test',
    equipment: 'acme/baise',
    epoch: it.store.epoch,
    firstSeq: 1,
    lastSeq: 3,
    heartbeatSeconds: 15,
    limits: { maxFrameBytes: 65_536, windowBytes: 2 ** 20, maxSubscriptions: 16 },
  });
  reader.send({ type: 'subscribe', id: 's', metrics: ['mill.*'], records: { from: 'now' } });
  expect(await reader.next('subscribed')).toMatchObject({
    from: { epoch: it.store.epoch, seq: 3 },
    metrics: ['mill.energy', 'mill.kwh'],
    tags: [],
  });
});

test('records come in order, whole, as they were stored, and go on after each commit', async () => {
  const it = await agent();
  await it.append([down]);
  const reader = it.connect();
  await reader.subscribe({ records: { from: 'earliest' } });
  const first = await reader.next('records');
  expect(first).toEqual({
    type: 'records',
    id: 's',
    prev: 0,
    records: [{ seq: 1, kind: 'endpoint', at: '2026-01-01T00:00:00.000Z', body: down.body }],
  });
  expect(WireRecord.parse(first.records[0])).toEqual(first.records[0]);
  await it.append(figures(700, 500));
  expect(await reader.readTo(701, it.store.epoch)).toEqual(range(2, 701));
});

test('an empty batch says that the log is read to its end, though a filter hid all of it', async () => {
  const it = await agent();
  await it.append(figures(5));
  const reader = it.connect();
  await reader.subscribe({ metrics: ['none'], records: { from: 'earliest' } });
  expect(await reader.next('records')).toMatchObject({ prev: 0, records: [] });
});

test('filters: kinds, metrics, equipment, windows; what has no such property passes', async () => {
  const it = await agent();
  await it.append([figure('mill.energy', 0, 1), figure('potline.ac_power', 0, 2), down]);
  const seqs = async (wanted: object): Promise<number[]> => {
    const reader = it.connect();
    await reader.subscribe({ ...wanted, records: { from: 'earliest' } });
    return (await reader.next('records')).records.map(({ seq }) => seq);
  };
  expect(await seqs({})).toEqual([1, 2, 3]);
  expect(await seqs({ kinds: ['evaluation'] })).toEqual([1, 2]);
  expect(await seqs({ metrics: ['potline.*'] })).toEqual([2, 3]);
  expect(await seqs({ metrics: ['{mill,potline}.e*'] })).toEqual([1, 3]);
  expect(await seqs({ equipment: ['acme/baise/hot-mill/**'] })).toEqual([1, 3]);
  expect(await seqs({ tags: ['mill.power'] })).toEqual([3]);
  expect(await seqs({ windows: ['day'], kinds: ['evaluation', 'endpoint'] })).toEqual([3]);
});

test('the snapshot draws the first picture: newest values and newest figures', async () => {
  const it = await agent();
  it.live = [
    liveValue('tag', 'mill.power', 7),
    liveValue('tag', 'potline.current', 8),
    liveValue('endpoint', 'plc', 1),
  ];
  await it.append([figure('mill.energy', 0, 1), figure('mill.energy', 1, 2), figure('potline.ac_power', 0, 3)]);
  it.standing = [alarm('mill.energy', 'hour'), alarm('mill.energy', 'day'), alarm('potline.ac_power', 'hour')];
  const reader = it.connect();
  await reader.subscribe({ metrics: ['mill.*'], tags: ['mill.*'], windows: ['hour'] });
  const { values, records, alarms } = await reader.next('snapshot');
  expect(alarms).toEqual([it.standing[0]]);
  expect(values.map(({ id }) => id)).toEqual(['mill.power', 'plc']);
  expect(records).toMatchObject([{ seq: 2, body: { metric: 'mill.energy', value: 2 } }]);
});

test('a reader comes back with its cursor: nothing lost, nothing twice', async () => {
  const it = await agent();
  await it.append(figures(300, 2_000));
  const { epoch } = it.store;
  const seqs: number[] = [];
  while (seqs.at(-1) !== 300) {
    const reader = it.connect();
    await reader.subscribe({ records: { from: { epoch, seq: seqs.at(-1) ?? 0 } } });
    const { prev, records } = await reader.next('records');
    expect(prev).toBe(seqs.at(-1) ?? 0);
    seqs.push(...records.map(({ seq }) => seq));
    reader.socket.terminate();
  }
  expect(seqs).toEqual(range(1, 300));
});

test('live values are conflated: a reader gets the latest of what has changed, at its own pace', async () => {
  const it = await agent();
  it.live = [liveValue('tag', 'mill.power', 0), liveValue('tag', 'potline.current', 50)];
  const reader = it.connect();
  await reader.subscribe({ live: { everyMs: 50 } });
  expect((await reader.next('snapshot')).values).toHaveLength(2);
  for (let value = 1; value <= 1_000; value++) it.live = [liveValue('tag', 'mill.power', value), it.live[1]!];
  const told = async () => (await reader.next('live')).values.map(({ id, value }) => [id, value]);
  let first = await told();
  // A frame may have been on its way before anything changed.
  while (first.length === 0) first = await told();
  expect([first, await told(), await told()]).toEqual([[['mill.power', 1_000]], [], []]);
});

test('a cursor of another log: a gap to the new one, then all of it', async () => {
  const it = await agent();
  await it.append(figures(2));
  const reader = it.connect();
  await reader.subscribe({ records: { from: { epoch: 'another', seq: 77 } } });
  expect(await reader.next('subscribed')).toMatchObject({ from: { epoch: it.store.epoch, seq: 0 } });
  expect(await reader.next('gap')).toEqual({
    type: 'gap',
    id: 's',
    epoch: it.store.epoch,
    from: 1,
    to: 0,
    reason: 'new-epoch',
  });
  expect(await reader.readTo(2, it.store.epoch)).toEqual([1, 2]);
});

test('retention overtakes a reader: a gap that counts exactly, at the start and on the way', async () => {
  const it = await agent({ bounds: { maxAgeMs: HOUR }, limits: { windowBytes: 1_000 } });
  const { epoch } = it.store;
  await it.append(figures(10, 1_000));
  const onTheWay = it.connect();
  await onTheWay.subscribe({ records: { from: 'earliest' } });
  const { records } = await onTheWay.next('records');
  const read = records.at(-1)!.seq;
  await it.append([figure('mill.energy', 20, 1)]);
  const pruned = await it.store.prune(START + 22 * HOUR);
  expect(pruned).toMatchObject({ records: { from: 1, to: 10 } });

  const late = it.connect();
  await late.subscribe({ records: { from: { epoch, seq: 4 } } });
  expect(await late.next('gap')).toMatchObject({ from: 5, to: 10, reason: 'retention' });
  expect(await late.next('records')).toMatchObject({ prev: 10, records: [{ seq: 11 }] });

  onTheWay.ack(epoch, read);
  expect(await onTheWay.readTo(11, epoch)).toEqual(read === 10 ? [11] : expect.arrayContaining([11]));
});
