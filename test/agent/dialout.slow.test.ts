import { afterEach, expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { heapUsed } from '../support/handles.ts';
import { type PlatformEnd, type PlatformEndOptions, platformEnd } from '../support/platformEnd.ts';
import { type Relay, relay } from '../support/relay.ts';
import { type Dialling, dialling } from './dialoutKit.ts';
import { figures, type Kit, kits, range } from './streamKit.ts';

/** Platforms that take next to nothing: each costs bounded memory, and nobody else anything. */

const { agent, close } = kits();
const open: { close(): Promise<void> }[] = [];
let dialled: Dialling | undefined;
afterEach(async () => {
  await dialled?.stop();
  for (const one of open.splice(0).reverse()) await one.close();
  await close();
});
const kept = <One extends { close(): Promise<void> }>(one: One): One => {
  open.push(one);
  return one;
};
const platform = async (options: PlatformEndOptions = {}): Promise<PlatformEnd> => kept(await platformEnd(options));
const dial = (it: Kit, ports: Readonly<Record<string, number>>): Dialling =>
  (dialled = dialling(
    it,
    Object.entries(ports).map(([id, port]) => ({ id, url: `ws://127.0.0.1:${port}` })),
  ));
const closed = async (it: Kit, code: string): Promise<number> => (await it.metric('closed_total')).get(code) ?? 0;

const MiB = 2 ** 20;
const SLOW = 3;
/** Records of 10 KB: all of them are more than the kernel's buffers of both ends, and what may wait for a platform. */
const [BATCH, BATCHES, SIZE] = [100, 20, 10_000];
const LAST = BATCH * BATCHES;

/** Writes all, and says how much lay in our buffers at most. */
async function writeAll(it: Kit): Promise<number> {
  let most = 0;
  for (let batch = 0; batch < BATCHES; batch++) {
    await it.append(figures(BATCH, SIZE));
    most = Math.max(most, (await it.metric('buffered_bytes')).get('') ?? 0);
  }
  return most;
}

test('at a byte a moment: let go as slow, the others at the end meanwhile; quicker again, they go on where they were', async () => {
  // Two heartbeats are time enough to fill the kernel's buffers, on a loaded machine too: before, a platform is merely silent.
  const it = await agent({ limits: { heartbeatMs: 1_500, stallMs: 1_500, windowBytes: 16 * MiB } });
  const [slow, ways] = [[] as PlatformEnd[], [] as Relay[]];
  for (let n = 0; n < SLOW; n++) {
    slow.push(await platform());
    ways.push(kept(await relay(slow[n]!.port, () => undefined)));
  }
  const quick = await platform();
  const { status } = dial(it, {
    quick: quick.port,
    ...Object.fromEntries(ways.map(({ port }, n) => [`slow-${n}`, port])),
  });
  await it.append(figures(1));
  for (const one of [quick, ...slow]) await expect.poll(() => one.seqs).toEqual([1]);

  for (const way of ways) way.hold();
  const stop = new AbortController();
  const dripping = (async () => {
    for (; !stop.signal.aborted; await realClock().delay(20)) for (const way of ways) way.drip();
  })();
  const before = heapUsed();
  const buffered = await writeAll(it);
  await expect.poll(() => quick.seqs.at(-1), { timeout: 40_000 }).toBe(LAST + 1);
  // A platform's buffer, and the batch that went over its brim.
  expect(buffered).toBeLessThan((SLOW + 1) * (it.stream.limits.bufferBytes + 64 * 1024 + 2 * SIZE));
  // The newest records in the log's and the stream's memory, 4 MiB each, and what the quick one was sent.
  expect(heapUsed() - before).toBeLessThan(24 * MiB);
  await expect.poll(() => closed(it, '4008'), { timeout: 40_000 }).toBeGreaterThanOrEqual(SLOW);
  expect(status('slow-0').behind).toBeGreaterThan(LAST / 2);
  expect(status('quick')).toMatchObject({ value: 1, behind: 0 });

  stop.abort();
  await dripping;
  for (const way of ways) way.release();
  for (const one of slow) {
    await expect.poll(() => one.seqs.at(-1), { timeout: 40_000 }).toBe(LAST + 1);
    expect([...new Set(one.seqs)]).toEqual(range(1, LAST + 1));
  }
});

test('that never acknowledges: gets a window, is let go as slow, dialled again, and nobody else waits for it', async () => {
  const it = await agent({ limits: { heartbeatMs: 100, stallMs: 300, windowBytes: 200_000 } });
  await it.append(figures(200, 2_000));
  const taken: number[] = [];
  const take = (seqs: readonly number[]): Promise<void> => {
    taken.push(...seqs);
    return new Promise(() => {});
  };
  const never = await platform({ take });
  const well = await platform();
  const { status } = dial(it, { never: never.port, well: well.port });
  await expect.poll(() => well.seqs).toEqual(range(1, 200));
  await expect.poll(() => closed(it, '4008')).toBeGreaterThanOrEqual(2);
  await it.append(figures(100, 2_000));
  await expect.poll(() => well.seqs).toEqual(range(1, 300));
  await expect.poll(() => status('well').behind).toBe(0);
  expect(status('never').behind).toBe(300);
  expect(never.requests.length).toBeGreaterThanOrEqual(2);
  // The first batch of each connection is all that it ever handles; what was sent ahead of its acks is a window.
  expect(Math.max(...taken)).toBeLessThan(60);
  expect(it.stream.states().every(({ unackedBytes }) => unackedBytes < 200_000 + 2 * 64 * 1024)).toBe(true);
});
