import type { Cursor } from '../store/contract.ts';
import type { Board } from './board.ts';
import type { Choice } from './choice.ts';
import type { StreamCounts } from './counts.ts';
import type { Subscribe } from './frames.ts';
import type { ServedSource, StreamLimits } from './options.ts';
import type { Pages } from './pages.ts';
import type { Picture } from './picture.ts';
import type { Pool } from './pool.ts';
import { type Line, RecordReader, type Start } from './records.ts';
import { frameText, liveText, snapshotText } from './text.ts';

/** What all readers share. */
export interface Shared extends ServedSource {
  readonly limits: StreamLimits;
  readonly counts: StreamCounts;
  readonly pool: Pool;
  readonly pages: Pages;
  readonly board: Board;
  readonly picture: Picture;
  /** Those who are woken by a commit. */
  readonly reading: Set<RecordReader>;
  /** Throws FrameFault. */
  choose(wanted: Subscribe): Choice;
}

export interface Subscription {
  /** Undefined where no records are wanted, and until it is known where they begin. */
  readonly records: RecordReader | undefined;
  /** Everything wanted and committed is with the reader. */
  readonly done: boolean;
  /** Runs until the connection ends; rejects when the log cannot be read. */
  run(): Promise<void>;
}

/** `durable`: the name under which the agent keeps the reader's place. Throws FrameFault. */
export function subscription(wanted: Subscribe, durable: string | undefined, shared: Shared, line: Line): Subscription {
  const { store, clock } = shared;
  const choice = shared.choose(wanted);
  let records: RecordReader | undefined;
  let seen = 0;

  function begin(from: Start): RecordReader {
    const settled = durable === undefined ? undefined : keeper(durable);
    return new RecordReader(shared, { id: wanted.id, from, choice, line, settled });
  }

  function keeper(name: string): (cursor: Cursor) => void {
    let kept: Cursor | undefined;
    return (cursor) => {
      if (cursor.seq === kept?.seq && cursor.epoch === kept.epoch) return;
      kept = cursor;
      store.saveCursor(name, cursor, clock.now());
    };
  }

  async function greet(): Promise<void> {
    const from = wanted.records?.from;
    // Without a name nothing is waited for: `now` is the moment of the frame.
    if (from !== undefined && durable === undefined) records = begin(from);
    else if (from !== undefined) records = begin(beginning(from, await store.cursor(durable!)));
    const matched = { metrics: choice.metrics(), tags: choice.tags() };
    line.send(frameText({ type: 'subscribed', id: wanted.id, from: records?.cursor ?? null, ...matched }));
    line.moved();
    const figures = await shared.picture.figures(choice);
    // The largest frame there is waits until the others' have left: all wait together, and the first may fill it again.
    while (shared.pool.full && !line.ended.aborted) await shared.pool.room(line.ended);
    line.send(snapshotText(wanted.id, now(), changed(), figures, shared.standing().filter(choice.alarm)));
  }

  const now = (): string => shared.wireTime(clock.now());
  function changed(): readonly string[] {
    const { version, texts } = shared.board.look(choice, seen);
    seen = version;
    return texts;
  }

  /** Sent also when nothing has changed: it says that the picture is up to date at its `at`. */
  async function sendLive(everyMs: number): Promise<void> {
    while (!line.ended.aborted) {
      await clock.delay(everyMs, line.ended);
      if (line.takes()) line.send(liveText(wanted.id, now(), changed()));
      else shared.counts.held.inc();
    }
  }

  return {
    get records() {
      return records;
    },
    get done() {
      return records?.done ?? wanted.records === undefined;
    },
    async run() {
      await greet();
      await Promise.all([records?.run(), wanted.live && sendLive(wanted.live.everyMs)]);
    },
  };
}

/** A reader that names a place knows best what it has; else it goes on from what is kept. */
const beginning = (asked: Start, kept: Cursor | undefined): Start =>
  typeof asked === 'object' ? asked : (kept ?? asked);
