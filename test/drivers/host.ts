import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../agent/clock.ts';
import type { Clock, Driver, Host, Notice, Point, PollReport, Protocol } from '../../drivers/driver.ts';
import type { Sample } from '../../rules/sample.ts';

/** A driver at work; tests wait for what it delivers, never for the clock. */
export interface Running {
  readonly samples: readonly Sample[];
  readonly polls: readonly PollReport[];
  readonly notices: readonly Notice[];
  /** How often the driver said that its session stands. */
  readonly connections: () => number;
  /** The first sample from now on that passes; rejects if the driver ends before. */
  next(passes: (sample: Sample) => boolean): Promise<Sample>;
  /** The next `count` samples of a tag. */
  several(tag: string, count: number): Promise<Sample[]>;
  /** Settles as the driver does. */
  readonly ended: Promise<void>;
  /** Aborts and waits for the end. */
  stop(): Promise<void>;
}

/** Runs a driver on a host of its own. */
export function run(driver: Driver, pkiFolder = temporaryFolder(), clock: Clock = realClock()): Running {
  const samples: Sample[] = [];
  const polls: PollReport[] = [];
  const notices: Notice[] = [];
  const waiting = new Set<(sample: Sample) => void>();
  const abort = new AbortController();
  let connections = 0;
  const host: Host = {
    clock,
    deliver: async (batch) => {
      for (const sample of batch) {
        samples.push(sample);
        for (const wake of [...waiting]) wake(sample);
      }
    },
    connected: () => {
      connections++;
    },
    phase: () => 0,
    polled: (report) => void polls.push(report),
    notice: (notice) => notices.push(notice),
    pkiFolder,
  };
  const ended = driver(host, abort.signal);
  ended.catch(() => {});
  const next = (passes: (sample: Sample) => boolean): Promise<Sample> =>
    new Promise((resolve, reject) => {
      const look = (sample: Sample): void => {
        if (!passes(sample)) return;
        waiting.delete(look);
        resolve(sample);
      };
      waiting.add(look);
      ended.then(() => reject(new Error('the driver ended')), reject);
    });
  const several = (tag: string, count: number): Promise<Sample[]> => {
    const found: Sample[] = [];
    return next((sample) => sample.tag === tag && found.push(sample) === count).then(() => found);
  };
  const stop = (): Promise<void> => {
    abort.abort(new Error('stopped by the test'));
    return ended;
  };
  return { samples, polls, notices, connections: () => connections, next, several, ended, stop };
}

/** Points as the driver gets them: `addresses` as written in the plant's file, by tag. */
export function points<Address>(
  protocol: Protocol<unknown, Address>,
  addresses: Record<string, unknown>,
  period = 5,
): Point<Address>[] {
  return Object.entries(addresses).map(([tag, written]) => ({ tag, address: protocol.address.parse(written), period }));
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'pertonne-'));

/** A loopback port that was free a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
