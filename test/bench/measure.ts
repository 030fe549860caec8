import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { realClock } from '../../agent/clock.ts';
import type { Clock, Driver, Host } from '../../drivers/driver.ts';
import { temporaryFolder } from '../drivers/host.ts';

/** What came of one round. */
export interface Round {
  readonly perSecond: number;
  /** Milliseconds of this process's CPU for 1 000 values. */
  readonly cpuPer1000: number;
}

/** Of both loops the medians, and how well the driver does beside the bare library: 1 is as well. */
export interface Compared {
  readonly library: Round;
  readonly driver: Round;
  /** Of values a second, and of values for the same CPU time. */
  readonly ratio: { readonly time: number; readonly cpu: number };
}

/** Brings values until told to stop, and says how many each time. */
export type Loop = (took: (values: number) => void, signal: AbortSignal) => Promise<void>;

/** Runs a loop for `realMs`, some time after its first values came. */
async function round(loop: Loop, realMs: number): Promise<Round> {
  const clock = realClock();
  const stop = new AbortController();
  const first = Promise.withResolvers<void>();
  let values = 0;
  const ended = loop((count) => {
    values += count;
    first.resolve();
  }, stop.signal);
  await Promise.race([first.promise, ended]);
  // What was made to begin with is garbage by then.
  await clock.delay(realMs / 2);
  values = 0;
  const [began, cpu] = [clock.monotonic(), process.cpuUsage()];
  await clock.delay(realMs);
  const { user, system } = process.cpuUsage(cpu);
  const measured = { perSecond: (values / (clock.monotonic() - began)) * 1_000, cpuPer1000: (user + system) / values };
  stop.abort(new Error('measured'));
  await ended;
  return measured;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/**
 * Short rounds that take turns: each is compared with the one before it, so that what else the machine does falls on
 * both. The first pair warms up.
 */
export async function compare(
  loops: { readonly library: Loop; readonly driver: Loop },
  rounds: number,
  realMs: number,
): Promise<Compared> {
  const pairs: { library: Round; driver: Round }[] = [];
  for (let turn = 0; turn <= rounds; turn++) {
    pairs.push({ library: await round(loops.library, realMs), driver: await round(loops.driver, realMs) });
  }
  pairs.shift();
  const middle = (whose: 'library' | 'driver'): Round => ({
    perSecond: median(pairs.map((pair) => pair[whose].perSecond)),
    cpuPer1000: median(pairs.map((pair) => pair[whose].cpuPer1000)),
  });
  return {
    library: middle('library'),
    driver: middle('driver'),
    ratio: {
      time: median(pairs.map(({ library, driver }) => driver.perSecond / library.perSecond)),
      cpu: median(pairs.map(({ library, driver }) => library.cpuPer1000 / driver.cpuPer1000)),
    },
  };
}

/** Lets the next poll follow at once: what is measured is the driver, not the waiting for its grid. */
const hurried = (): Clock => ({ ...realClock(), pacer: () => ({ until: async (due) => due, leave: () => {} }) });

const host = (clock: Clock, took: (values: number) => void): Host => ({
  clock,
  phase: () => 0,
  connected: () => {},
  polled: () => {},
  counted: () => {},
  notice: () => {},
  pkiFolder: FOLDER,
  deliver: async (samples) => took(samples.length),
});
const FOLDER = temporaryFolder();

/** A driver that polls as fast as it can. */
export const polling =
  (driver: Driver): Loop =>
  (took, signal) =>
    driver(host(hurried(), took), signal);

/** A driver that takes what is reported to it. */
export const listening =
  (driver: Driver): Loop =>
  (took, signal) =>
    driver(host(realClock(), took), signal);

/** Starts a server of this folder in a process of its own; resolves with what it says first. */
export async function serverIn<Hello>(file: string, ...args: string[]): Promise<{ hello: Hello; child: ChildProcess }> {
  const child = fork(join(import.meta.dirname, file), args);
  const [hello] = (await once(child, 'message')) as [Hello];
  return { hello, child };
}
