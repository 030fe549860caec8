import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { realClock } from '../../agent/clock.ts';
import type { Driver } from '../../drivers/driver.ts';
import { temporaryFolder } from '../drivers/host.ts';

/** What came of one round. */
export interface Round {
  readonly perSecond: number;
  /** Milliseconds of this process's CPU for 1 000 values. */
  readonly cpuPer1000: number;
}

/** Brings values until told to stop, and says how many each time. */
export type Loop = (took: (values: number) => void, signal: AbortSignal) => Promise<void>;

/** Runs a loop for `realMs` after its first values came. */
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
  values = 0;
  const [began, cpu] = [clock.monotonic(), process.cpuUsage()];
  await clock.delay(realMs);
  const { user, system } = process.cpuUsage(cpu);
  const measured = { perSecond: (values / (clock.monotonic() - began)) * 1_000, cpuPer1000: (user + system) / values };
  stop.abort(new Error('measured'));
  await ended;
  return measured;
}

/** Medians of rounds that take turns, so that what else the machine does falls on all. */
export async function compare<Name extends string>(
  loops: Record<Name, Loop>,
  rounds: number,
  realMs: number,
): Promise<Record<Name, Round>> {
  const names = Object.keys(loops) as Name[];
  const all = new Map(names.map((name) => [name, [] as Round[]]));
  for (let turn = 0; turn < rounds; turn++) {
    for (const name of names) all.get(name)!.push(await round(loops[name], realMs));
  }
  const middle = (name: Name, of: keyof Round): number =>
    all
      .get(name)!
      .map((one) => one[of])
      .sort((a, b) => a - b)[rounds >> 1]!;
  const medians = names.map((name) => [
    name,
    { perSecond: middle(name, 'perSecond'), cpuPer1000: middle(name, 'cpuPer1000') },
  ]);
  return Object.fromEntries(medians) as Record<Name, Round>;
}

/** One of our drivers, polling as fast as it can. */
export const ours =
  (driver: Driver): Loop =>
  (took, signal) =>
    driver(
      {
        clock: realClock(),
        phase: () => 0,
        connected: () => {},
        polled: () => {},
        notice: () => {},
        pkiFolder: FOLDER,
        deliver: async (samples) => took(samples.length),
      },
      signal,
    );
const FOLDER = temporaryFolder();

/** Starts a server of this folder in a process of its own; resolves with what it says first. */
export async function serverIn<Hello>(file: string, ...args: string[]): Promise<{ hello: Hello; child: ChildProcess }> {
  const child = fork(join(import.meta.dirname, file), args);
  const [hello] = (await once(child, 'message')) as [Hello];
  return { hello, child };
}
