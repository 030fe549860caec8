import type { Ms, Sample } from '../rules/sample.ts';
import { type Clock, ConnectionLost, type Host, type Point } from './driver.ts';
import { poll } from './poll.ts';

/** The life of one connection; disposing of it ends it. */
export interface Line extends Disposable {
  /** Aborts once, with ConnectionLost, when the link is lost or the driver is told to end. */
  readonly lost: AbortSignal;
  lose(reason: string): void;
  /** Settles like `work`, but rejects at once when the line is lost; work that is late loses it. */
  inTime<T>(work: Promise<T>): Promise<T>;
}

/** Opens the line to `name`, which ends with `signal`; `timeout` is the longest work may take, in real milliseconds. */
export function openLine(name: string, timeout: number, clock: Clock, signal: AbortSignal): Line {
  const ended = new AbortController();
  const lost = ended.signal;
  const pending = new Set<(reason: unknown) => void>();
  const lose = (reason: string): void => {
    ended.abort(new ConnectionLost(`${name}: ${reason}`));
    for (const reject of pending) reject(lost.reason);
  };
  signal.addEventListener('abort', () => lose('ended'), { signal: lost });
  if (signal.aborted) lose('ended');

  // The libraries leave work pending for ever when the peer is gone: it is raced with the loss, and then forgotten.
  const inTime = <T>(work: Promise<T>): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (lost.aborted) reject(lost.reason);
    pending.add(reject);
    work.then(resolve, reject).finally(() => pending.delete(reject));
    return clock.deadline(promise, timeout, () => {
      lose(`no answer within ${timeout} ms`);
      return lost.reason;
    });
  };
  return { lost, lose, inTime, [Symbol.dispose]: () => lose('ended') };
}

/** Reads all points of one period. */
export type Read = () => Promise<readonly Sample[]>;

/** A reader for each period's points. */
export const byPeriod = <P extends Point<unknown>>(
  points: readonly P[],
  reader: (group: readonly P[]) => Read,
): Map<Ms, Read> =>
  new Map([...Map.groupBy(points, (point) => point.period)].map(([period, group]) => [period, reader(group)]));

/**
 * Polls every group on its own period until a read rejects or `lost` aborts, and rejects with the reason.
 * Whatever happens, no poll is left running.
 */
export async function pollGroups(host: Host, groups: ReadonlyMap<Ms, Read>, lost: AbortSignal): Promise<never> {
  const stop = new AbortController();
  const end = AbortSignal.any([lost, stop.signal]);
  // What came in one breath with what ended the line is not believed either.
  const believed = (read: Read) => async (): ReturnType<Read> => {
    const samples = await read();
    lost.throwIfAborted();
    return samples;
  };
  const polls = [...groups].map(([period, read]) => poll(host, period, end, believed(read)));
  try {
    await Promise.all([aborted(end), ...polls]);
  } finally {
    stop.abort();
    await Promise.allSettled(polls);
  }
  throw lost.reason;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
