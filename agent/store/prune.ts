import type { Ms } from '../../rules/sample.ts';
import type { Cursors } from './cursors.ts';
import { cutoffFor, dropMinutes } from './history.ts';
import { type Bounds, dropEntries, dropOldest, shrink } from './retention.ts';
import type { Sqlite } from './sqlite.ts';

/** What was out of bounds, and is gone. */
export interface Pruned {
  /** The first and the last number; null where there was none. */
  readonly records: { readonly from: number; readonly to: number } | null;
  readonly minutes: number;
  readonly entries: number;
  /** Of durable readers, since it was pruned last. */
  readonly places: number;
}

export interface Pruning {
  readonly bounds: Bounds;
  readonly cursors: Cursors;
  readonly firstSeq: () => number;
  /** Runs work in a transaction of its own; writers get in between. */
  readonly queue: <T>(work: (writer: Sqlite) => Promise<T>) => Promise<T>;
  /** False when it is to end. */
  readonly goesOn: () => boolean;
}

/** Drops what is out of bounds at plant time `now`. */
export async function prune(pruning: Pruning, now: Ms): Promise<Pruned> {
  const { bounds, cursors, firstSeq, queue, goesOn } = pruning;
  const from = firstSeq();
  let to: number | null = null;
  while (goesOn()) {
    const last = await queue((writer) => dropOldest(writer, bounds, now));
    if (last === null) break;
    to = last;
  }
  const minutes = await pruneMinutes(pruning, now);
  let entries = 0;
  for (let count = 1; count > 0 && goesOn(); entries += count)
    count = await queue((writer) => dropEntries(writer, now - bounds.maxAgeMs, bounds.maxEntries));
  while (goesOn() && (await queue(shrink)));
  return { records: to === null ? null : { from, to }, minutes, entries, places: cursors.takeDropped() };
}

async function pruneMinutes(pruning: Pruning, now: Ms): Promise<number> {
  const { bounds, queue, goesOn } = pruning;
  let dropped = 0;
  for (let cutoff: Ms | null = now - bounds.maxHistoryMs; cutoff !== null && goesOn(); ) {
    dropped += await pruneBefore(pruning, cutoff);
    cutoff = await queue((writer) => cutoffFor(writer, bounds.maxMinutes));
  }
  return dropped;
}

async function pruneBefore({ queue, goesOn }: Pruning, cutoff: Ms): Promise<number> {
  let dropped = 0;
  for (let tag: string | null = ''; tag !== null && goesOn(); ) {
    const after: string = tag;
    const one = await queue((writer) => dropMinutes(writer, after, cutoff));
    dropped += one.minutes;
    ({ tag } = one);
  }
  return dropped;
}
