import type { Logger } from 'pino';
import {
  type Clock,
  ConnectionLost,
  type Countable,
  type Driver,
  type Host,
  Misconfigured,
  type Notice,
  type PollReport,
} from '../drivers/driver.ts';
import type { Ms, Sample } from '../rules/sample.ts';

/** Real milliseconds between attempts: doubled from the first to the last, each with up to a third of jitter. */
const FIRST_RETRY = 500;
const LAST_RETRY = 30_000;

export interface EndpointStatus {
  readonly state: 'starting' | 'up' | 'down';
  readonly reason: string | null;
  /** Plant time. */
  readonly since: Ms;
}

export interface Supervised {
  readonly id: string;
  readonly driver: Driver;
  readonly tags: readonly string[];
}

/** What the supervisor may do to the rest of the agent. */
export interface Surroundings {
  readonly clock: Clock;
  readonly pkiFolder: string;
  readonly log: Logger;
  deliver(samples: readonly Sample[]): Promise<void>;
  changed(endpoint: string, status: EndpointStatus): void;
  phase(endpoint: string, period: Ms): Ms;
  polled(endpoint: string, report: PollReport): void;
  counted(endpoint: string, what: Countable): void;
  notice(endpoint: string, notice: Notice): void;
  random(): number;
}

/** Keeps one endpoint's driver running until aborted: the one place that retries, and that tells when a device is away. */
export async function supervise(endpoint: Supervised, around: Surroundings, signal: AbortSignal): Promise<void> {
  let wait = FIRST_RETRY;
  let status: EndpointStatus = { state: 'starting', reason: null, since: around.clock.now() };
  const change = (state: EndpointStatus['state'], reason: string | null): void => {
    if (state === status.state && reason === status.reason) return;
    const since = state === status.state ? status.since : around.clock.now();
    if (state !== status.state) around.log.info({ event: `endpoint-${state}`, endpoint: endpoint.id, reason });
    status = { state, reason, since };
    around.changed(endpoint.id, status);
  };
  while (!signal.aborted) {
    const failure = await session(endpoint, around, signal, {
      up: () => change('up', null),
      // Who takes connections and ends them is not called on any sooner than who takes none.
      answered: () => {
        wait = FIRST_RETRY;
      },
    });
    if (signal.aborted) return;
    if (!(failure instanceof ConnectionLost) && !(failure instanceof Misconfigured)) throw failure;
    if (failure instanceof Misconfigured) wait = LAST_RETRY;
    change('down', failure.message);
    await around.deliver(badSamples(endpoint, failure.message, around.clock.now()));
    await around.clock.delay(wait * (1 + around.random() / 3), signal).catch(() => {});
    wait = Math.min(LAST_RETRY, wait * 2);
  }
}

/**
 * One run of the driver. Until its first delivery a lock-step clock waits for it, so that a replay does not run away
 * while the session is being made.
 */
async function session(
  endpoint: Supervised,
  around: Surroundings,
  signal: AbortSignal,
  told: { up(): void; answered(): void },
): Promise<unknown> {
  const pacer = around.clock.pacer();
  const host: Host = {
    clock: around.clock,
    pkiFolder: around.pkiFolder,
    connected: told.up,
    phase: (period) => around.phase(endpoint.id, period),
    polled: (report) => around.polled(endpoint.id, report),
    counted: (what) => around.counted(endpoint.id, what),
    notice: (notice) => around.notice(endpoint.id, notice),
    deliver: async (samples) => {
      told.answered();
      await around.deliver(samples);
      pacer.leave();
    },
  };
  try {
    await endpoint.driver(host, signal);
    return new ConnectionLost('the driver ended by itself');
  } catch (failure) {
    return failure;
  } finally {
    pacer.leave();
  }
}

const badSamples = (endpoint: Supervised, reason: string, now: Ms): Sample[] =>
  endpoint.tags.map((tag) => ({
    ...{ tag, value: null, statusCode: 'bad', reason },
    ...{ sourceTimestamp: now, receivedAt: now, unread: true },
  }));
