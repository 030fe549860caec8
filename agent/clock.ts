import type { Clock, Pacer } from '../drivers/driver.ts';
import type { Ms } from '../rules/sample.ts';

/** The one file that knows what time it is: everything else is handed a clock. */

const LONGEST_TIMER = 2 ** 31 - 1;

/** Real milliseconds; rejects with the signal's reason when aborted, and then leaves no timer behind. */
function delay(realMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      },
      Math.min(Math.max(0, realMs), LONGEST_TIMER),
    );
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/**
 * A timer that is this late tells that the process was stopped or its loop blocked. What arrived meanwhile is not yet
 * read when timers fire, so that the work gets as much time again, at most its whole time.
 */
const HELD_UP = 50;

/** Rings once after real milliseconds, unless what it returns is called before. */
function after(realMs: number, ring: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (ms: number): void => {
    const began = performance.now();
    timer = setTimeout(() => {
      const heldUp = performance.now() - began - ms;
      if (heldUp > HELD_UP) wait(Math.min(heldUp, realMs));
      else ring();
    }, ms);
  };
  wait(realMs);
  return () => clearTimeout(timer);
}

function deadline<T>(work: Promise<T>, realMs: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = after(realMs, () => reject(late()));
    work.then(resolve, reject).finally(stop);
  });
}

/** Real time now, for anchoring a scaled clock and for wall-clock stamps of the process itself. */
export const wallNow = (): Ms => Date.now();

const real = { delay, after, deadline, wall: wallNow, monotonic: () => performance.now() };

/** How plant time follows real time: `from` at the real instant `at` and before it, then `speed` times as fast. */
export interface Pace {
  readonly speed: number;
  readonly from: Ms;
  readonly at: Ms;
}

/** Real ms by which a timer, which counts whole ones, may ring before the time of day says so. More is a step of the clock. */
const EARLY = 2;

/** A clock that runs `speed` times as fast as real time. Sleeps follow the monotonic timer, so a step of the wall clock ends none late. */
export function scaledClock({ speed, from, at }: Pace): Clock {
  const now = (): Ms => from + Math.max(0, Date.now() - at) * speed;
  const until = async (due: Ms, signal?: AbortSignal): Promise<Ms> => {
    const standing = Math.max(0, at - Date.now());
    await delay(Math.max(0, due - now()) / speed + (due > now() ? standing : 0), signal);
    while (now() < due && due - now() <= EARLY * speed) await delay(1, signal);
    return now();
  };
  return { ...real, now, pacer: () => ({ until, leave: () => {} }) };
}

/** A clock that stands at `from` until `start`, and then runs `speed` times as fast as real time. */
export function heldClock(speed: number, from: Ms): Clock & { start(): void } {
  const started = Promise.withResolvers<Clock>();
  let running: Clock | undefined;
  const until = async (due: Ms, signal?: AbortSignal): Promise<Ms> => {
    const clock = running ?? (await orAborted(started.promise, signal));
    return due <= clock.now() ? clock.now() : clock.pacer().until(due, signal);
  };
  const start = (): void => {
    running ??= scaledClock({ speed, from, at: Date.now() });
    started.resolve(running);
  };
  return { ...real, now: () => running?.now() ?? from, pacer: () => ({ until, leave: () => {} }), start };
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return Promise.race([work, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}

/** Plant time as the machine's clock says it. */
export const realClock = (): Clock => scaledClock({ speed: 1, from: 0, at: 0 });

interface Sleeper {
  readonly at: Ms;
  wake(): void;
}

/**
 * Plant time that moves on to the next due instant only when everybody sleeps: a replay is exact however fast.
 * From `end` on it runs at real speed, so that an agent whose replay has ended goes on calmly.
 */
export function lockStepClock(from: Ms, end: Ms): Clock {
  const sleepers = new Set<Sleeper>();
  let time = from;
  let awake = 0;
  let afterEnd: Clock | undefined;

  const now = (): Ms => afterEnd?.now() ?? time;
  const moveOn = (): void => {
    if (awake > 0 || afterEnd || sleepers.size === 0) return;
    const next = Math.min(...[...sleepers].map((sleeper) => sleeper.at));
    if (next > end) afterEnd = scaledClock({ speed: 1, from: Math.max(time, end), at: Date.now() });
    else time = Math.max(time, next);
    for (const sleeper of [...sleepers]) if (afterEnd || sleeper.at <= time) sleeper.wake();
  };

  const sleep = (at: Ms, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const ended = (settle: () => void) => (): void => {
        signal?.removeEventListener('abort', abort);
        sleepers.delete(sleeper);
        awake++;
        settle();
      };
      const sleeper: Sleeper = { at, wake: ended(resolve) };
      const abort = ended(() => reject(signal?.reason));
      signal?.addEventListener('abort', abort, { once: true });
      sleepers.add(sleeper);
      awake--;
      moveOn();
    });

  const pacer = (): Pacer => {
    let member = true;
    awake++;
    return {
      async until(at, signal) {
        signal?.throwIfAborted();
        if (at > now() && !afterEnd) await sleep(at, signal);
        if (afterEnd) await afterEnd.pacer().until(at, signal);
        return now();
      },
      leave() {
        if (member) awake--;
        member = false;
        moveOn();
      },
    };
  };
  return { ...real, now, pacer };
}
