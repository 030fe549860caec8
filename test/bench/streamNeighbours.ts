import { WebSocket } from 'ws';
import { type Kit, kit } from '../agent/streamKit.ts';
import { Readers, records } from './streamFanout.ts';

/** Readers that read nothing, and as many that read and never acknowledge. */
const BAD = 50;
const COMMITS = 400;
const ROUNDS = 3;

/** Milliseconds of p99 of one good reader from the commit to its frame, without and beside bad ones, in turns. */
export async function besides(): Promise<{ alone: number; crowded: number; bufferedBytes: number }> {
  const [alone, crowded] = [await kit(), await kit()];
  const bad = await badReaders(crowded);
  const p99 = { alone: [] as number[], crowded: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    p99.alone.push(await good(alone));
    p99.crowded.push(await good(crowded));
  }
  const bufferedBytes = (await crowded.metric('buffered_bytes')).get('') ?? 0;
  for (const socket of bad) socket.terminate();
  await alone.close();
  await crowded.close();
  const median = (values: number[]): number => values.sort((a, b) => a - b)[ROUNDS >> 1]!;
  return { alone: median(p99.alone), crowded: median(p99.crowded), bufferedBytes };
}

async function badReaders(it: Kit): Promise<WebSocket[]> {
  const sockets = Array.from({ length: 2 * BAD }, () => new WebSocket(it.url, 'pertonne.v1'));
  for (const [index, socket] of sockets.entries()) {
    await new Promise((resolve) => socket.once('message', resolve));
    socket.send(JSON.stringify({ type: 'subscribe', id: 'bad', records: { from: 'earliest' } }));
    if (index % 2 === 0) socket.pause();
  }
  // More than a window for each, so that all of them stand still.
  for (let commit = 0; commit < 8; commit++) await it.append(records(1_000));
  return sockets;
}

async function good(it: Kit): Promise<number> {
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
  return took.sort((a, b) => a - b)[Math.floor(0.99 * COMMITS)]!;
}
