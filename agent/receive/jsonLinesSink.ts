import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Cursor } from '../client/contract.ts';
import { lock } from '../store/lock.ts';
import { ForeignSinkError, type Sink } from './sink.ts';

/** A line of the file: a record with where it is from, or a gap, whose place is its `to`. */
interface Line {
  readonly agent: string;
  readonly epoch: string;
  readonly seq?: number;
  readonly to?: number;
}

/**
 * A file with a line of JSON for each record, made when it is missing; a last line that a kill cut short is cut off.
 * Rejects with ForeignSinkError for a file that holds something else, with LockedError while another works on it.
 */
export async function jsonLinesSink(file: string): Promise<Sink> {
  const held = await lock(`${file}.lock`);
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'a+');
    await syncFolder(file);
    const size = await wholeLines(handle, file);
    return sink(handle, size, await placesIn(handle, file), held.release);
  } catch (cause) {
    await handle?.close();
    await held.release();
    throw cause;
  }
}

function sink(handle: FileHandle, began: number, places: Places, release: () => Promise<void>): Sink {
  let size = began;
  let chain: Promise<unknown> = Promise.resolve();
  const append = async (text: string): Promise<void> => {
    const bytes = Buffer.from(text);
    try {
      await handle.appendFile(bytes);
      await handle.datasync();
      size += bytes.length;
    } catch (cause) {
      // What got in of it would otherwise stand in the middle of a line.
      await handle.truncate(size);
      throw cause;
    }
  };
  const queue = (work: () => Promise<void>): Promise<void> => {
    const result = chain.then(work);
    chain = result.catch(() => {});
    return result;
  };
  return {
    place: async (agent, epoch) => places.of(agent, epoch),
    save: (agent, records, cursor) =>
      queue(async () => {
        const { epoch } = cursor;
        const known = places.seq(agent, epoch);
        const fresh = records.filter(({ seq }) => seq > known);
        const lines = fresh.map(({ seq, kind, at, body }) => JSON.stringify({ agent, epoch, seq, kind, at, body }));
        await append(lines.map((line) => `${line}\n`).join(''));
        places.move(agent, cursor);
      }),
    saveGap: (agent, { epoch, from, to, reason }) =>
      queue(async () => {
        await append(`${JSON.stringify({ agent, epoch, kind: 'gap', from, to, reason })}\n`);
        places.move(agent, { epoch, seq: to });
      }),
    async close() {
      await chain;
      await handle.close();
      await release();
    },
  };
}

/** How far each agent's logs are kept, the newest log last. */
class Places {
  readonly #logs = new Map<string, Map<string, number>>();

  seq(agent: string, epoch: string): number {
    return this.#logs.get(agent)?.get(epoch) ?? 0;
  }

  of(agent: string, epoch: string): Cursor | undefined {
    const logs = this.#logs.get(agent);
    const newest = logs && (logs.has(epoch) ? epoch : [...logs.keys()].at(-1));
    return newest === undefined ? undefined : { epoch: newest, seq: this.seq(agent, newest) };
  }

  move(agent: string, { epoch, seq }: Cursor): void {
    const logs = this.#logs.get(agent) ?? new Map<string, number>();
    this.#logs.set(agent, logs.set(epoch, Math.max(seq, logs.get(epoch) ?? 0)));
  }
}

async function placesIn(handle: FileHandle, file: string): Promise<Places> {
  const places = new Places();
  let number = 0;
  for await (const text of handle.readLines({ start: 0, autoClose: false })) {
    number++;
    const { agent, epoch, seq, to } = lineOf(text) ?? {};
    const place = seq ?? to;
    if (agent === undefined || epoch === undefined || place === undefined)
      throw new ForeignSinkError(`${file}: line ${number} is nothing that was received: name another file, or mend it`);
    places.move(agent, { epoch, seq: place });
  }
  return places;
}

function lineOf(text: string): Partial<Line> | undefined {
  try {
    return JSON.parse(text) as Partial<Line>;
  } catch {
    return undefined;
  }
}

const CHUNK = 64 * 1024;
/** How each line begins. */
const BEGINNING = '{"agent":"';

/** Cuts the file after its last line end, where what follows is a line of ours that was cut short; returns its size then. */
async function wholeLines(handle: FileHandle, file: string): Promise<number> {
  const { size } = await handle.stat();
  const whole = await afterLastLineEnd(handle, size);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(BEGINNING.length), 0, BEGINNING.length, whole);
  if (!BEGINNING.startsWith(buffer.toString('utf8', 0, bytesRead)))
    throw new ForeignSinkError(`${file}: its last line is nothing that was received: name another file, or mend it`);
  if (whole < size) await handle.truncate(whole);
  return whole;
}

async function afterLastLineEnd(handle: FileHandle, size: number): Promise<number> {
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK);
    const { buffer } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
    const last = buffer.lastIndexOf('\n');
    if (last >= 0) return start + last + 1;
    end = start;
  }
  return 0;
}

/** A file that was just made is safe only when its folder is. */
async function syncFolder(file: string): Promise<void> {
  const folder = await open(dirname(file), 'r');
  await folder.sync().finally(() => folder.close());
}
