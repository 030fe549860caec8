import { getEventListeners } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { realClock } from '../../agent/clock.ts';
import { type EndpointStatus, supervise } from '../../agent/supervise.ts';
import type { Clock, Countable, Driver, Host, Notice, Point, PollReport, Protocol } from '../../drivers/driver.ts';
import type { Sample } from '../../rules/sample.ts';

/** Real milliseconds between attempts, at most. */
const SHORT_WAIT = 20;

/** A driver at work; tests wait for what it delivers, never for the clock. */
export interface Running {
  readonly samples: readonly Sample[];
  readonly polls: readonly PollReport[];
  readonly notices: readonly Notice[];
  readonly counted: readonly Countable[];
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
  const counted: Countable[] = [];
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
    counted: (what) => void counted.push(what),
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
  return { samples, polls, notices, counted, connections: () => connections, next, several, ended, stop };
}

/** A driver under the supervisor, whose waits between attempts are cut short. */
export interface Supervision {
  readonly samples: readonly Sample[];
  readonly statuses: readonly EndpointStatus[];
  /** The first sample from now on that passes. */
  next(passes: (sample: Sample) => boolean): Promise<Sample>;
  /** Aborts and waits for the end. */
  stop(): Promise<void>;
  /** Listeners on the signal that would end it. */
  listeners(): number;
}

/** Supervises a driver as the agent does. */
export function supervised(driver: Driver, tags: readonly string[], pkiFolder = temporaryFolder()): Supervision {
  const [samples, statuses]: [Sample[], EndpointStatus[]] = [[], []];
  const waiting = new Set<(sample: Sample) => void>();
  const abort = new AbortController();
  const clock = realClock();
  const ended = supervise(
    { id: 'device', driver, tags },
    {
      clock: { ...clock, delay: (realMs, signal) => clock.delay(Math.min(realMs, SHORT_WAIT), signal) },
      pkiFolder,
      log: pino({ level: 'silent' }),
      random: () => 0,
      phase: () => 0,
      counted: () => {},
      notice: () => {},
      polled: () => {},
      changed: (_, status) => void statuses.push(status),
      deliver: async (batch) => {
        samples.push(...batch);
        for (const sample of batch) for (const wake of [...waiting]) wake(sample);
      },
    },
    abort.signal,
  );
  const next = (passes: (sample: Sample) => boolean): Promise<Sample> =>
    new Promise((resolve, reject) => {
      const look = (sample: Sample): void => {
        if (!passes(sample)) return;
        waiting.delete(look);
        resolve(sample);
      };
      waiting.add(look);
      ended.then(() => reject(new Error('the supervisor ended')), reject);
    });
  const stop = (): Promise<void> => {
    abort.abort(new Error('stopped by the test'));
    return ended;
  };
  return { samples, statuses, next, stop, listeners: () => getEventListeners(abort.signal, 'abort').length };
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
