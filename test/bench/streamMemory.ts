import { type Kit, kit } from '../agent/streamKit.ts';
import { heapUsed } from '../support/handles.ts';
import { Readers, records } from './streamFanout.ts';

/** Bytes of the agent's memory that one of many readers costs. */
export interface Footprint {
  /** At the end of the log, having acknowledged all but the last quarter of its window. */
  readonly reading: number;
  /** Of those that stop reading, or never acknowledge, with a full window for each written; the kernel's buffers apart. */
  readonly standing: number;
}

/** So many that stand still: each of them fills a window in the kernel's buffers too. */
const STANDING = 200;
const COMMITS = 100;

export async function footprint(readers: number): Promise<Footprint> {
  return { reading: await grown(readers, false), standing: await grown(STANDING, true) };
}

/** What the process has grown by for each reader, when all has been written that they will be given. */
async function grown(count: number, bad: boolean): Promise<number> {
  const it = await kit();
  const readers = new Readers();
  // What the log and the stream keep for all, whoever reads, is there before.
  await readers.ordered({ type: 'connect', url: it.url, readers: 1, subscribe: 'now' }, 'connected');
  await write(it);
  const before = inUse();
  const many = new Readers();
  await many.ordered({ type: 'connect', url: it.url, readers: count, subscribe: 'now', bad }, 'connected');
  await write(it);
  const last = it.store.lastSeq();
  await Promise.all(
    (bad ? [readers] : [readers, many]).map((one) => one.ordered({ type: 'await', seq: last }, 'reached')),
  );
  const bytes = (inUse() - before) / count;
  for (const one of [readers, many]) one.end();
  await it.close();
  return bytes;
}

async function write(it: Kit): Promise<void> {
  for (let commit = 0; commit < COMMITS; commit++) await it.append(records(16));
}

function inUse(): number {
  const heap = heapUsed();
  return heap + process.memoryUsage().external;
}
