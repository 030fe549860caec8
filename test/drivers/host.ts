import { getEventListeners } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../agent/clock.ts';
import { type EndpointStatus, type Surroundings, supervise } from '../../agent/supervise.ts';
import type { Clock, Countable, Driver, Host, Notice, Point, PollReport, Protocol } from '../../drivers/driver.ts';
import type { Sample } from '../../rules/sample.ts';
import { recordedLog } from '../support/logs.ts';

/** Real milliseconds between attempts, at most. */
const SHORT_WAIT = 20;

/** What a driver delivers, to be waited for; tests never wait for the clock. */
export interface Deliveries {
  readonly samples: readonly Sample[];
  /** The first sample from now on that passes; rejects if the driver ends before. */
  next(passes: (sample: Sample) => boolean): Promise<Sample>;
  /** The next `count` samples of a tag. */
  several(tag: string, count: number): Promise<Sample[]>;
  /** Settles as the driver does. */
  readonly ended: Promise<void>;
  /** Aborts and waits for the end. */
  stop(): Promise<void>;
}

type Deliver = Host['deliver'];

/** Sets going what `start` starts, and keeps what it delivers. */
function deliveries(start: (deliver: Deliver, signal: AbortSignal) => Promise<void>): Deliveries {
  const samples: Sample[] = [];
  const waiting = new Set<(sample: Sample) => void>();
  const abort = new AbortController();
  const deliver: Deliver = async (batch) => {
    for (const sample of batch) {
      samples.push(sample);
      for (const look of [...waiting]) look(sample);
    }
  };
  const ended = start(deliver, abort.signal);
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
  return { samples, next, several, ended, stop };
}

/** A driver at work on a host of its own. */
export interface Running extends Deliveries {
  readonly polls: readonly PollReport[];
  readonly notices: readonly Notice[];
  readonly counted: readonly Countable[];
  /** How often the driver said that its session stands. */
  readonly connections: () => number;
}

/** Runs a driver on a host of its own. */
export function run(driver: Driver, pkiFolder = temporaryFolder(), clock: Clock = realClock()): Running {
  const polls: PollReport[] = [];
  const notices: Notice[] = [];
  const counted: Countable[] = [];
  let connections = 0;
  const host: Omit<Host, 'deliver'> = {
    clock,
    connected: () => {
      connections++;
    },
    phase: () => 0,
    polled: (report) => void polls.push(report),
    counted: (what) => void counted.push(what),
    notice: (notice) => notices.push(notice),
    pkiFolder,
  };
  const delivered = deliveries((deliver, signal) => driver({ ...host, deliver }, signal));
  return { ...delivered, polls, notices, counted, connections: () => connections };
}

/** Real time, of which waits of `realMs`, for what is to be done now and then, are cut short. */
export function impatient(realMs: number): Clock {
  const clock = realClock();
  return { ...clock, delay: (wait, signal) => clock.delay(wait === realMs ? SHORT_WAIT : wait, signal) };
}

/** A driver under the supervisor, whose waits between attempts are cut short. */
export interface Supervision extends Deliveries {
  readonly statuses: readonly EndpointStatus[];
  /** Listeners on the signal that would end it. */
  listeners(): number;
}

/** Supervises a driver as the agent does. */
export function supervised(driver: Driver, tags: readonly string[], pkiFolder = temporaryFolder()): Supervision {
  const statuses: EndpointStatus[] = [];
  const clock = realClock();
  const around = {
    clock: { ...clock, delay: (realMs, signal) => clock.delay(Math.min(realMs, SHORT_WAIT), signal) },
    pkiFolder,
    log: recordedLog(),
    random: () => 0,
    phase: () => 0,
    counted: () => {},
    notice: () => {},
    polled: () => {},
    changed: (_, status) => void statuses.push(status),
  } satisfies Omit<Surroundings, 'deliver'>;
  let listeners = (): number => 0;
  const delivered = deliveries((deliver, signal) => {
    listeners = () => getEventListeners(signal, 'abort').length;
    return supervise({ id: 'device', driver, tags }, { ...around, deliver }, signal);
  });
  return { ...delivered, statuses, listeners: () => listeners() };
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
