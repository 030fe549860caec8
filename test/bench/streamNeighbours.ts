import { type Kit, kit } from '../agent/streamKit.ts';
import { Readers, records } from './streamFanout.ts';

/** Readers that read nothing, and as many that read and never acknowledge. */
const BAD = 50;
const COMMITS = 300;
const ROUNDS = 5;

/** Milliseconds from a commit to its frame. */
export interface Waits {
  readonly p50: number;
  readonly p99: number;
}

/** What one good reader waits, without and beside bad ones, in turns; medians of rounds. */
export async function besides(): Promise<{ alone: Waits; crowded: Waits; bufferedBytes: number }> {
  const [alone, crowded] = [await kit(), await kit()];
  const bad = await badReaders(crowded);
  const waits = { alone: [] as Waits[], crowded: [] as Waits[] };
  for (let round = 0; round < ROUNDS; round++) {
    waits.alone.push(await good(alone));
    waits.crowded.push(await good(crowded));
  }
  const bufferedBytes = (await crowded.metric('buffered_bytes')).get('') ?? 0;
  bad.end();
  await alone.close();
  await crowded.close();
  return { alone: median(waits.alone), crowded: median(waits.crowded), bufferedBytes };
}

function median(rounds: readonly Waits[]): Waits {
  const middle = (of: keyof Waits): number => rounds.map((one) => one[of]).sort((a, b) => a - b)[ROUNDS >> 1]!;
  return { p50: middle('p50'), p99: middle('p99') };
}

/** They are at the end of the log, and stand still once more than a window for each has been written. */
async function badReaders(it: Kit): Promise<Readers> {
  const bad = new Readers();
  const { url } = it;
  await bad.ordered({ type: 'connect', url, readers: 2 * BAD, subscribe: 'now', bad: true }, 'connected');
  for (let commit = 0; commit < 8; commit++) await it.append(records(1_000));
  await standStill(it);
  return bad;
}

async function standStill(it: Kit): Promise<void> {
  while (it.stream.states().some(({ unackedBytes }) => unackedBytes < it.stream.limits.windowBytes))
    await it.clock.delay(50);
}

async function good(it: Kit): Promise<Waits> {
  const readers = new Readers();
  await readers.ordered({ type: 'connect', url: it.url, readers: 1, subscribe: 'now' }, 'connected');
  const took: number[] = [];
  for (let commit = 0; commit < COMMITS; commit++) {
    await it.store.write((tx) => tx.append(records(4)));
    readers.order({ type: 'await', seq: it.store.lastSeq() });
    const reached = readers.told('reached');
    const began = performance.now();
    it.stream.wake();
    await reached;
    took.push(performance.now() - began);
  }
  readers.end();
  took.sort((a, b) => a - b);
  return { p50: took[COMMITS >> 1]!, p99: took[Math.floor(0.99 * COMMITS)]! };
}
