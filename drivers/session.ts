import type { Ms, Sample } from '../rules/sample.ts';
import { type Clock, ConnectionLost, type Host, type Point } from './driver.ts';
import { groupsOf, isSame, type Points } from './points.ts';
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

/** How the points of each period are read; what the periods are may change. */
export interface Reads {
  periods(): Iterable<Ms>;
  read(period: Ms): ReturnType<Read>;
  /** Calls `changed` when the periods may have become others, until `signal`. */
  follow(changed: () => void, signal: AbortSignal): void;
}

/** Readers for each period's points, made anew for those periods whose points have become others. */
export function byPeriod<Address>(points: Points<Address>, reader: (group: readonly Point<Address>[]) => Read): Reads {
  let [known, groups] = [points.now, groupsOf(points.now)];
  const readers = new Map<Ms, { readonly group: readonly Point<Address>[]; readonly read: Read }>();
  const groupsNow = (): typeof groups => {
    if (known === points.now) return groups;
    [known, groups] = [points.now, groupsOf(points.now)];
    for (const period of readers.keys()) if (!groups.has(period)) readers.delete(period);
    return groups;
  };
  return {
    periods: () => groupsNow().keys(),
    read(period) {
      const group = groupsNow().get(period) ?? [];
      const before = readers.get(period);
      if (before && (before.group === group || isSame(before.group, group))) return before.read();
      const made = { group, read: reader(group) };
      readers.set(period, made);
      return made.read();
    },
    follow: (changed, signal) => points.follow(changed, signal),
  };
}

/**
 * Polls every group on its own period until a read rejects or `lost` aborts, and rejects with the reason. A period that is
 * no more is left at its next poll, and a new one begun at once; the others go on as if nothing were. Whatever happens,
 * no poll is left running.
 */
export async function pollGroups(host: Host, reads: Reads, lost: AbortSignal): Promise<never> {
  const stop = new AbortController();
  const end = AbortSignal.any([lost, stop.signal]);
  const failed = Promise.withResolvers<never>();
  const polls = new Map<Ms, AbortController>();
  const running = new Set<Promise<void>>();
  const begin = (period: Ms): AbortController => {
    const own = new AbortController();
    // What came in one breath with what ended the line is not believed either.
    const believed = async (): ReturnType<Read> => {
      const samples = await reads.read(period);
      lost.throwIfAborted();
      return samples;
    };
    const one = poll(host, period, AbortSignal.any([end, own.signal]), believed).finally(() => running.delete(one));
    running.add(one);
    one.catch(failed.reject);
    return own;
  };
  const follow = (): void => {
    const periods = new Set(reads.periods());
    for (const [period, own] of polls) {
      if (periods.has(period)) continue;
      own.abort();
      polls.delete(period);
    }
    for (const period of periods) if (!polls.has(period)) polls.set(period, begin(period));
  };
  try {
    reads.follow(follow, end);
    follow();
    await Promise.race([aborted(end), failed.promise]);
  } finally {
    stop.abort();
    await Promise.allSettled(running);
  }
  throw lost.reason;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
