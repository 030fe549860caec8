import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { WireRecord } from '../../agent/client/contract.ts';
import { jsonLinesSink } from '../../agent/receive/jsonLinesSink.ts';
import { type ReceiverOptions, startReceiver } from '../../agent/receive/receiver.ts';
import type { Sink } from '../../agent/receive/sink.ts';
import { sqliteSink } from '../../agent/receive/sqliteSink.ts';
import { bearerCheck } from '../../agent/receive/tokens.ts';
import { authority } from '../support/certificates.ts';
import { cutting } from '../support/cutting.ts';
import { receivedIn } from '../support/received.ts';
import { dialling, fileOf } from './dialoutKit.ts';
import { figures, HOUR, kits, range, START, silent } from './streamKit.ts';

const { agent, close } = kits();
let folder: string;
let cleanups: (() => Promise<unknown>)[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pertonne-receive-'));
  cleanups = [() => rm(folder, { recursive: true })];
});
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  await close();
});

const record = (seq: number): WireRecord => ({
  seq,
  kind: 'endpoint',
  at: '2026-01-01T00:00:00.000Z',
  body: { endpoint: 'plc', state: 'down', reason: 'Größe 10 m³, 断线 "quoted"\n' },
});
const records = (from: number, to: number): WireRecord[] => range(from, to).map(record);
const FORMS = [
  ['SQLite', 'kept.db', sqliteSink],
  ['JSON lines', 'kept.jsonl', jsonLinesSink],
] as const;

describe.each(FORMS)('%s', (_, name, open) => {
  const opened = async (): Promise<Sink & { file: string }> => {
    const file = join(folder, name);
    return { ...(await open(file)), file };
  };

  test('keeps each record of each log once, as it came, whatever comes twice', async () => {
    const sink = await opened();
    await sink.save('a', records(1, 3), { epoch: 'e', seq: 3 });
    await sink.save('a', records(2, 5), { epoch: 'e', seq: 5 });
    await Promise.all([
      sink.save('b', records(1, 2), { epoch: 'e', seq: 2 }),
      sink.save('a', records(6, 6), { epoch: 'e', seq: 6 }),
    ]);
    await sink.save('a', records(1, 1), { epoch: 'f', seq: 1 });
    await sink.close();
    const kept = await receivedIn(sink.file);
    expect(kept.seqs('a', 'e')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(kept.seqs('b', 'e')).toEqual([1, 2]);
    expect(kept.seqs('a', 'f')).toEqual([1]);
    expect(kept.body('a', 'e', 4)).toEqual(record(4).body);
  });

  test('knows its places again after a restart: the log asked for, else the last one of that agent', async () => {
    const first = await opened();
    expect(await first.place('a', 'e')).toBeUndefined();
    await first.save('a', records(1, 3), { epoch: 'e', seq: 3 });
    await first.saveGap('a', { epoch: 'f', from: 1, to: 7, reason: 'new-epoch' });
    await first.close();
    const second = await opened();
    expect(await second.place('a', 'e')).toEqual({ epoch: 'e', seq: 3 });
    expect(await second.place('a', 'f')).toEqual({ epoch: 'f', seq: 7 });
    expect(await second.place('a', 'g')).toEqual({ epoch: 'f', seq: 7 });
    expect(await second.place('c', 'e')).toBeUndefined();
    await second.close();
    expect((await receivedIn(second.file)).gaps).toEqual([
      { agent: 'a', epoch: 'f', from: 1, to: 7, reason: 'new-epoch' },
    ]);
  });

  test('refuses a file that holds something else, and leaves it as it is', async () => {
    for (const text of ['date,kWh\n1,2\n', 'a note without a line end']) {
      await writeFile(join(folder, name), text);
      await expect(opened()).rejects.toThrow(/name another file/);
      expect(await readFile(join(folder, name), 'utf8')).toBe(text);
    }
  });
});

test('a line that a kill cut short is cut off, and comes again', async () => {
  const file = join(folder, 'kept.jsonl');
  const first = await jsonLinesSink(file);
  await first.save('a', records(1, 3), { epoch: 'e', seq: 3 });
  await first.close();
  await truncate(file, (await readFile(file)).length - 20);
  const second = await jsonLinesSink(file);
  expect(await second.place('a', 'e')).toEqual({ epoch: 'e', seq: 2 });
  await second.save('a', records(3, 4), { epoch: 'e', seq: 4 });
  await second.close();
  await appendFile(file, `{"agent":"${'x'.repeat(200_000)}`);
  const third = await jsonLinesSink(file);
  await third.close();
  expect((await receivedIn(file)).seqs('a', 'e')).toEqual([1, 2, 3, 4]);
});

test('two do not write into one file of lines', async () => {
  const file = join(folder, 'kept.jsonl');
  const first = await jsonLinesSink(file);
  await expect(jsonLinesSink(file)).rejects.toMatchObject({ name: 'LockedError' });
  await first.close();
});

async function receiver(options: Partial<ReceiverOptions> & Pick<ReceiverOptions, 'sink'>): Promise<string> {
  const made = await startReceiver({ host: '127.0.0.1', port: 0, log: silent, ...options });
  cleanups.push(() => made.close());
  return made.url;
}

describe.each(FORMS)('an agent that dials out to a receiver with %s', (_, name, open) => {
  test('over a line that is cut again and again: complete, nothing twice, acknowledged when safe', async () => {
    const it = await agent({ limits: { windowBytes: 4_000 } });
    await it.append(figures(120, 300));
    const sink = await open(join(folder, name));
    cleanups.push(() => sink.close());
    const way = await cutting(Number(new URL(await receiver({ sink })).port), 'toward');
    cleanups.push(() => way.close());
    const { stop, status } = dialling(it, [{ id: 'head-office', url: `ws://127.0.0.1:${way.port}` }]);
    cleanups.push(stop);
    await expect.poll(() => status().behind, { timeout: 50_000 }).toBe(0);
    expect(way.cuts()).toBeGreaterThan(4);
    expect((await receivedIn(join(folder, name))).seqs('test', it.store.epoch)).toEqual(range(1, 120));
  });

  test('tells what retention took, and a new file gets all that there is', async () => {
    const it = await agent({ bounds: { maxAgeMs: HOUR } });
    await it.append(figures(6));
    await it.store.prune(START + 5 * HOUR);
    const first = it.store.firstSeq();
    expect(first).toBeGreaterThan(1);
    it.store.saveCursor('head-office/receive', { epoch: it.store.epoch, seq: 6 }, START);
    const sink = await open(join(folder, name));
    cleanups.push(() => sink.close());
    const { stop, status } = dialling(it, [{ id: 'head-office', url: await receiver({ sink }) }]);
    cleanups.push(stop);
    await expect.poll(() => status().behind).toBe(0);
    await expect
      .poll(async () => (await receivedIn(join(folder, name))).seqs('test', it.store.epoch))
      .toEqual(range(first, 6));
    expect((await receivedIn(join(folder, name))).gaps).toMatchObject([
      { from: 1, to: first - 1, reason: 'retention' },
    ]);
  });
});

test('what cannot be saved is not acknowledged, and comes again', async () => {
  const it = await agent();
  await it.append(figures(3));
  const good = await sqliteSink(join(folder, 'kept.db'));
  cleanups.push(() => good.close());
  let failures = 0;
  const sink: Sink = {
    ...good,
    save: (...given) => (++failures <= 3 ? Promise.reject(new Error('disk full')) : good.save(...given)),
  };
  const { stop, status } = dialling(it, [{ id: 'head-office', url: await receiver({ sink }) }]);
  cleanups.push(stop);
  await expect.poll(() => status().behind).toBe(0);
  expect(failures).toBeGreaterThan(3);
  expect((await receivedIn(join(folder, 'kept.db'))).seqs('test', it.store.epoch)).toEqual([1, 2, 3]);
});

test('only agents with a token get in, over TLS', async () => {
  const it = await agent();
  await it.append(figures(2));
  const { ca, issue } = await authority();
  const sink = await sqliteSink(join(folder, 'kept.db'));
  cleanups.push(() => sink.close());
  const url = await receiver({ sink, tls: await issue(['127.0.0.1']), allowed: bearerCheck('one\n\n two \n') });
  const caFile = await fileOf(it, 'ca.pem', ca);
  const platform = async (id: string, token: string): Promise<object> => ({
    ...{ id, url, caFile },
    tokenFile: await fileOf(it, `${id}.token`, token),
  });
  const { stop, status } = dialling(it, [await platform('right', 'two'), await platform('wrong', 'three')]);
  cleanups.push(stop);
  await expect.poll(() => status('right').behind).toBe(0);
  await expect.poll(() => status('wrong').reason).toMatch(/HTTP status 401/);
  expect(url).toMatch(/^wss:/);
});

describe('whoever speaks no pertonne.v1 is let go, and nothing of it is kept', () => {
  const hello = { type: 'hello', protocol: 'pertonne.v1', agent: 'a', epoch: 'e', firstSeq: 1, lastSeq: 9 };
  const subscribed = { type: 'subscribed', id: 'receive', from: { epoch: 'e', seq: 0 }, metrics: [], tags: [] };
  const batch = (...records: unknown[]): object => ({ type: 'records', id: 'receive', prev: 0, records });
  test.each<[string, ...unknown[]]>([
    ['no JSON', '{'],
    ['null', 'null'],
    ['a number', 1],
    ['an agent that is no text', { ...hello, agent: { $: 1 } }],
    ['no epoch', { ...hello, epoch: undefined }],
    ['records that are none', hello, subscribed, { ...batch(), records: 7 }],
    ['a record without a body', hello, subscribed, batch({ seq: 1, kind: 'alarm', at: '' })],
    ['a seq that is no number', hello, subscribed, batch({ ...record(1), seq: '1' })],
    ['a seq that is no whole number', hello, subscribed, batch({ ...record(1), seq: 1.5 })],
    [
      'a gap that is none',
      hello,
      subscribed,
      { type: 'gap', id: 'receive', epoch: 'e', from: 1, to: 'all', reason: '' },
    ],
  ])('%s', async (_, ...frames) => {
    const out = join(folder, 'kept.db');
    const sink = await sqliteSink(out);
    cleanups.push(() => sink.close());
    const socket = new WebSocket(await receiver({ sink }), 'pertonne.v1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => socket.once('open', resolve));
    for (const frame of frames) socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    await closed;
    const kept = await receivedIn(out);
    expect([kept.seqs('a', 'e'), kept.gaps]).toEqual([[], []]);
  });

  test('a flood without waiting for acknowledgements', async () => {
    let release = (): void => {};
    const out = await sqliteSink(join(folder, 'kept.db'));
    cleanups.push(() => out.close());
    const sink: Sink = { ...out, save: () => new Promise<void>((resolve) => (release = resolve)) };
    const socket = new WebSocket(await receiver({ sink }), 'pertonne.v1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => socket.once('open', resolve));
    const large = { ...record(1), body: { padding: 'x'.repeat(2 ** 20) } };
    for (const frame of [hello, subscribed]) socket.send(JSON.stringify(frame));
    for (let sent = 0; sent < 100 && socket.readyState === WebSocket.OPEN; sent++)
      await new Promise((resolve) => socket.send(JSON.stringify(batch(large)), resolve));
    await closed;
    release();
  });
});

test('a token is one of the file, and nothing else is', () => {
  const check = bearerCheck('one\n\n two \n');
  expect(['Bearer one', 'bearer two'].map(check)).toEqual([true, true]);
  expect([undefined, '', 'Bearer', 'Bearer ', 'Bearer three', 'Basic one', 'one'].map(check)).not.toContain(true);
  expect(bearerCheck('\n')('Bearer ')).toBe(false);
});
