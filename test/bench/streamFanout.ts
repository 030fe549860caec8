import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import type { NewRecord } from '../../agent/store/contract.ts';
import { Outgoing } from '../../agent/stream/stretch.ts';
import { recordsText } from '../../agent/stream/text.ts';
import { wireTimeOf } from '../../agent/wire.ts';
import { figure, type Kit, kit } from '../agent/streamKit.ts';
import type { Order, Told } from './streamReaders.ts';

/** As an agent tells instants, the plant's offset and all. */
const TIME = wireTimeOf({ timeZone: 'Asia/Shanghai', dayStart: '00:00', shifts: ['00:00'], shiftDay: 'start' });

/** What one way of sending costs. */
export interface Cost {
  /** Microseconds of processor time, of all threads, for one record to one reader. */
  readonly cpu: number;
  readonly recordsPerSecond: number;
}

/** Body bytes of a record. */
const RECORD = 1_024;
let hour = 0;
export const records = (count: number): NewRecord[] =>
  Array.from({ length: count }, () => figure('mill.energy', hour++, 1, RECORD - 230));

/** Readers in another process. */
export class Readers {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'streamReaders.ts'));

  order(order: Order): void {
    this.#child.send(order);
  }

  async told(type: Told['type']): Promise<void> {
    for (;;) {
      const [told] = (await once(this.#child, 'message')) as [Told];
      if (told.type === type) return;
    }
  }

  async ordered(order: Order, answer: Told['type']): Promise<void> {
    const told = this.told(answer);
    this.order(order);
    await told;
  }

  end(): void {
    this.#child.kill();
  }
}

/** A sender of commits to all its readers. */
interface Sender {
  readonly url: string;
  readonly subscribe: 'now' | null;
  /** Puts a commit in place, unmeasured; what it returns sends it, and says the last seq. */
  prepare(commit: readonly NewRecord[]): Promise<{ last: number; send(): void }>;
}

const ours = (it: Kit): Sender => ({
  url: it.url,
  subscribe: 'now',
  async prepare(commit) {
    await it.store.write((tx) => tx.append(commit));
    return { last: it.store.lastSeq(), send: () => it.stream.wake() };
  },
});

/** ws alone, as its documentation has it for a broadcast: the same frames, which are ready in memory. */
async function bare(it: Kit): Promise<Sender & { close(): void }> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    subscribe: null,
    async prepare(commit) {
      const prev = it.store.lastSeq();
      await it.store.write((tx) => tx.append(commit));
      const frames = framesOf(
        (await it.store.read(prev, commit.length)).map((record) => new Outgoing(record)),
        prev,
      );
      const send = (): void => {
        for (const frame of frames) for (const client of sockets.clients) client.send(frame, { binary: false });
      };
      return { last: it.store.lastSeq(), send };
    },
    close: () => server.close(),
  };
}

const BATCH_BYTES = 64 * 1024;
function framesOf(sent: Outgoing[], prev: number): Buffer[] {
  const frames: Buffer[] = [];
  for (let from = 0; from < sent.length; ) {
    let [to, bytes] = [from, 0];
    for (; to < sent.length && bytes < BATCH_BYTES; to++) bytes += sent[to]!.bytes;
    const texts = sent.slice(from, to).map(({ text }) => text);
    frames.push(Buffer.from(recordsText('bench', from === 0 ? prev : sent[from - 1]!.seq, texts.join())));
    from = to;
  }
  return frames;
}

export interface Shape {
  readonly readers: number;
  /** Records in a commit. */
  readonly commit: number;
  /** Commits that are measured together, and how often: enough of them that each reader acknowledges in each block. */
  readonly commits: number;
  readonly blocks: number;
}

/** One sender with its readers. */
class Side {
  readonly #sender: Sender;
  readonly #readers = new Readers();

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  async connect(readers: number): Promise<void> {
    const { url, subscribe } = this.#sender;
    await this.#readers.ordered({ type: 'connect', url, readers, subscribe }, 'connected');
  }

  /** One commit to all; processor time in microseconds, and real time. */
  async send(commit: number): Promise<{ cpu: number; ms: number }> {
    const { last, send } = await this.#sender.prepare(records(commit));
    this.#readers.order({ type: 'await', seq: last });
    const reached = this.#readers.told('reached');
    const [began, before] = [performance.now(), process.cpuUsage()];
    send();
    await reached;
    const ms = performance.now() - began;
    // The last acks are in our kernel by now; they cost us something too.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    const { user, system } = process.cpuUsage(before);
    return { cpu: user + system, ms };
  }

  end(): void {
    this.#readers.end();
  }
}

/** Our stream and bare ws take turns at every commit, so that what else the machine does falls on both; medians of blocks. */
export async function fanout(shape: Shape): Promise<{ ours: Cost; bare: Cost }> {
  const [it, other] = [await kit({ time: TIME }), await kit({ time: TIME })];
  const broadcast = await bare(other);
  const sides = [new Side(ours(it)), new Side(broadcast)] as const;
  for (const side of sides) await side.connect(shape.readers);
  const blocks = [[], []] as [Cost[], Cost[]];
  for (let block = -1; block < shape.blocks; block++) {
    const spent = [
      { cpu: 0, ms: 0 },
      { cpu: 0, ms: 0 },
    ];
    for (let commit = 0; commit < 2 * shape.commits; commit++) {
      const { cpu, ms } = await sides[(commit % 2) as 0 | 1].send(shape.commit);
      spent[commit % 2]!.cpu += cpu;
      spent[commit % 2]!.ms += ms;
    }
    const deliveries = shape.commits * shape.commit * shape.readers;
    const costs = spent.map(({ cpu, ms }) => ({ cpu: cpu / deliveries, recordsPerSecond: (deliveries / ms) * 1_000 }));
    // The first block warms up.
    if (block >= 0) for (const side of [0, 1] as const) blocks[side].push(costs[side]!);
  }
  for (const side of sides) side.end();
  broadcast.close();
  await it.close();
  await other.close();
  return { ours: median(blocks[0]), bare: median(blocks[1]) };
}

function median(costs: readonly Cost[]): Cost {
  const middle = (of: keyof Cost): number => costs.map((cost) => cost[of]).sort((a, b) => a - b)[costs.length >> 1]!;
  return { cpu: middle('cpu'), recordsPerSecond: middle('recordsPerSecond') };
}
