import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RefusedError } from '../../agent/client/contract.ts';
import { streamUrl } from '../../agent/client/socket.ts';
import { type TailOptions, tail } from '../../agent/tail.ts';
import { cutting } from '../support/cutting.ts';
import { down, figure, figures, HOUR, type Kit, kit, START } from './streamKit.ts';

let folder: string;
let open: { close(): unknown }[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pertonne-tail-'));
  open = [];
});
afterEach(async () => {
  for (const one of open.reverse()) await one.close();
  await rm(folder, { recursive: true });
});
async function agent(options: Parameters<typeof kit>[0] = {}): Promise<Kit> {
  const made = await kit({ folder, ...options });
  open.push(made);
  return made;
}
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

/** A tail that keeps its lines; `reached` resolves with the record of that seq. */
function tailing(url: string, options: Partial<TailOptions> = {}) {
  const lines: string[] = [];
  const stop = new AbortController();
  const seqs = (): number[] => lines.map((line) => (JSON.parse(line) as { seq: number }).seq);
  let wake = (): void => {};
  const ended = tail(url, {
    from: 'earliest',
    follow: true,
    signal: stop.signal,
    // Nobody wants to wait for a backoff in a test.
    longestWaitMs: 20,
    out: (line) => {
      lines.push(line);
      wake();
    },
    ...options,
  });
  open.push({ close: () => stop.abort() });
  const reached = async (seq: number): Promise<void> => {
    while (seqs().at(-1) !== seq) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { lines, seqs, ended, reached, stop: () => stop.abort() };
}

test('prints each record as one JSON line and ends at the end of the log', async () => {
  const it = await agent();
  await it.append([down, ...figures(600)]);
  const { lines, seqs, ended } = tailing(new URL(it.url).origin, { follow: false });
  await ended;
  expect(seqs()).toEqual(range(1, 601));
  expect(lines[0]).toBe(
    '{"seq":1,"kind":"endpoint","at":"2026-01-01T00:00:00.000Z","body":{"endpoint":"plc","state":"down","reason":"unplugged"}}',
  );
  await expect.poll(() => it.stream.readers()).toBe(0);
});

test('ends at the end of the log also where that is empty, behind the cursor, or hidden by a filter', async () => {
  const it = await agent();
  const noFollow = async (options: Partial<TailOptions>): Promise<number[]> => {
    const { seqs, ended } = tailing(it.url, { follow: false, ...options });
    await ended;
    return seqs();
  };
  expect(await noFollow({})).toEqual([]);
  await it.append([figure('mill.energy', 0, 1), figure('potline.ac_power', 0, 2), down]);
  expect(await noFollow({ from: 'now' })).toEqual([]);
  expect(await noFollow({ from: 1 })).toEqual([2, 3]);
  expect(await noFollow({ from: 3 })).toEqual([]);
  expect(await noFollow({ metric: 'mill.*' })).toEqual([1]);
  expect(await noFollow({ metric: 'none' })).toEqual([]);
  expect(await noFollow({ window: 'day', metric: '*' })).toEqual([]);
});

test('follows, over a restart of the agent, and ends when it says that it has finished', async () => {
  const first = await agent();
  await first.append(figures(3));
  const { seqs, ended, reached } = tailing(first.url);
  await reached(3);
  expect(await first.stream.drain(5_000)).toBe(true);
  await first.close();

  const second = await agent({ port: Number(new URL(first.url).port) });
  await second.append(figures(2));
  await reached(5);
  expect(seqs()).toEqual([1, 2, 3, 4, 5]);
  await second.stream.close('finished');
  await ended;
});

test('a connection cut at any byte, again and again: every record once', async () => {
  const it = await agent({ limits: { windowBytes: 4_000 } });
  await it.append(figures(120, 300));
  const proxy = await cutting(Number(new URL(it.url).port));
  open.push(proxy);
  const { seqs, ended } = tailing(`ws://127.0.0.1:${proxy.port}`, { follow: false });
  await ended;
  expect(seqs()).toEqual(range(1, 120));
  expect(proxy.cuts()).toBeGreaterThan(4);
});

test('records that retention took away are a line of their own', async () => {
  const it = await agent({ bounds: { maxAgeMs: HOUR } });
  await it.append(figures(4));
  await it.store.prune(START + 9 * HOUR);
  const { lines, ended } = tailing(it.url, { from: 1, follow: false });
  await ended;
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { seq: 3, kind: 'gap', body: { from: 2, to: 3, reason: 'retention' } },
    { seq: 4, kind: 'evaluation' },
  ]);
});

test('a new log behind the same address: a gap, then all of it', async () => {
  const first = await agent();
  await first.append(figures(2));
  const { lines, ended, reached } = tailing(first.url);
  await reached(2);
  await first.close();
  for (const part of ['log.db', 'log.db-last']) await rm(join(folder, part));
  const second = await agent({ port: Number(new URL(first.url).port) });
  await second.append(figures(1));
  await reached(1);
  await second.stream.close('finished');
  await ended;
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { seq: 1 },
    { seq: 2 },
    { kind: 'gap', body: { reason: 'new-epoch' } },
    { seq: 1, kind: 'evaluation' },
  ]);
});

test('an agent that falls silent is left after two heartbeats', async () => {
  const it = await agent({ limits: { heartbeatMs: 20 } });
  const connections: number[] = [];
  const proxy = createServer((near) => {
    connections.push(connections.length);
    const far = connect(Number(new URL(it.url).port), '127.0.0.1');
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far);
    // The first connection hears the greeting and nothing after it.
    far.on('data', (data) => {
      near.write(data);
      if (connections.length === 1 && data.includes('snapshot')) far.pause();
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  open.push(proxy);
  const { reached, seqs } = tailing(`ws://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  await expect.poll(() => connections.length).toBeGreaterThan(1);
  await it.append(figures(1));
  await reached(1);
  expect(seqs()).toEqual([1]);
});

test('an agent that will not serve is an error, not something to try for ever', async () => {
  const it = await agent();
  await expect(tailing(new URL('/elsewhere', it.url).href).ended).rejects.toThrow(RefusedError);
  await expect(tailing(it.url, { metric: '(' }).ended).rejects.toThrow(/glob/);
  await expect(tailing(it.url, { from: 99 }).ended).rejects.toThrow(/bad-cursor/);
  await expect(tailing('localhost:8080').ended).rejects.toThrow(RefusedError);
});

test('aborted it ends quietly: while reading, and while it tries to connect', async () => {
  const it = await agent();
  await it.append(figures(1));
  const reading = tailing(it.url);
  await reading.reached(1);
  reading.stop();
  await reading.ended;
  await it.close();
  const trying = tailing(it.url);
  trying.stop();
  await trying.ended;
});

test('an address stands for the stream at it', () => {
  expect(streamUrl('ws://127.0.0.1:8080')).toBe('ws://127.0.0.1:8080/v1/stream');
  expect(streamUrl('https://plant.example/')).toBe('wss://plant.example/v1/stream');
  expect(streamUrl('ws://plant.example/agents/7/v1/stream')).toBe('ws://plant.example/agents/7/v1/stream');
});

test('says that nobody is there, once, and when somebody is', async () => {
  const gone = await agent();
  await gone.append(figures(1));
  const { port, origin } = new URL(gone.url);
  await gone.close();
  const notices: string[] = [];
  const { reached, ended } = tailing(origin, { notice: (text) => notices.push(text) });
  await expect.poll(() => notices).toHaveLength(1);
  expect(notices[0]).toContain('nothing listens there');
  const back = await agent({ port: Number(port) });
  await reached(1);
  expect(notices).toEqual([expect.stringContaining('ECONNREFUSED'), `${origin}: connected`]);
  await back.stream.close('finished');
  await ended;
});
