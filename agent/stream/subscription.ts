import { choose } from './choice.ts';
import type { Subscribe } from './frames.ts';
import { LiveReader } from './live.ts';
import type { ServedSource, StreamLimits } from './options.ts';
import type { LiveValue } from './protocol.ts';
import { type Line, RecordReader } from './records.ts';
import { frameText, liveText, recordText, snapshotText } from './text.ts';

/** What one connection's subscriptions share. */
export interface Shared extends ServedSource {
  readonly limits: StreamLimits;
  readonly textOf: (value: LiveValue) => string;
}

export interface Subscription {
  /** Undefined where no records are wanted. */
  readonly records: RecordReader | undefined;
  /** Runs until the connection ends; rejects when the log cannot be read. */
  run(): Promise<void>;
}

/** Throws FrameFault. */
export function subscription(wanted: Subscribe, shared: Shared, line: Line): Subscription {
  const { store, plant, clock, limits } = shared;
  const choice = choose(wanted, plant);
  const live = new LiveReader(choice, shared.textOf);
  const records = wanted.records
    ? new RecordReader(wanted.id, wanted.records.from, store, choice, line, limits.windowBytes)
    : undefined;
  const now = (): string => shared.wireTime(clock.now());

  async function greet(): Promise<void> {
    const { metrics, tags, windows } = choice;
    line.send(frameText({ type: 'subscribed', id: wanted.id, from: records?.cursor ?? null, metrics, tags }));
    const alarms = shared.standing().filter(choice.alarm);
    const newest = await store.newest(metrics, windows);
    line.send(snapshotText(wanted.id, now(), live.changed(shared.live.values()), newest.map(recordText), alarms));
  }

  /** Sent also when nothing has changed: it says that the picture is up to date at its `at`. */
  async function sendLive(everyMs: number): Promise<void> {
    while (!line.ended.aborted) {
      await clock.delay(everyMs, line.ended);
      if (!line.crowded()) line.send(liveText(wanted.id, now(), live.changed(shared.live.values())));
    }
  }

  return {
    records,
    async run() {
      await greet();
      await Promise.all([records?.run(), wanted.live && sendLive(wanted.live.everyMs)]);
    },
  };
}
