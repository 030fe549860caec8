import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { EndpointConfig } from '../config/plant.ts';
import type { Driver, PollReport, Protocol } from '../drivers/driver.ts';
import { protocols } from '../drivers/index.ts';
import { Points } from '../drivers/points.ts';
import { phaseOf } from '../drivers/poll.ts';
import type { Sample } from '../rules/sample.ts';
import { Acquired } from './acquisition.ts';
import { forgetCounts, forgetState, type SelfMetrics } from './metrics.ts';
import type { Parts } from './parts.ts';
import { supervise } from './supervise.ts';

/** An endpoint that is read. */
interface Reading {
  readonly config: EndpointConfig;
  readonly points: Points;
  /** Tags that were taken from it while it was read: what a poll under way still brings of them is nobody's. */
  readonly taken: Set<string>;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** Reads the endpoints of the plant: all that they deliver goes to the pipeline, all that befalls them is counted. */
export class Endpoints {
  readonly #around: Parts;
  readonly #signal: AbortSignal;
  readonly #reading = new Map<string, Reading>();
  readonly #failed = Promise.withResolvers<never>();
  /** Those that have been told to end, until they have. */
  readonly #ending = new Map<string, Promise<void>>();

  constructor(around: Parts, signal: AbortSignal) {
    this.#around = around;
    this.#signal = signal;
  }

  /** Rejects when one has failed in a way that only a new start can mend. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /**
   * Reads these from now on, until the signal. One that is as it was goes on, be it with other tags, on its connection and
   * in its rhythm; another one ends before it is begun anew.
   */
  become(all: readonly EndpointConfig[]): void {
    const ids = new Set(all.map(({ id }) => id));
    for (const [id, one] of this.#reading) {
      if (ids.has(id)) continue;
      this.#end(id, one);
      this.#forget(id);
    }
    for (const endpoint of all) {
      const one = this.#reading.get(endpoint.id);
      if (one && isSame(one.config, endpoint)) this.#goOn(one, endpoint);
      else {
        if (one) this.#end(endpoint.id, one);
        this.#begin(endpoint);
      }
    }
  }

  /** Resolves when none is read any more. */
  async ended(): Promise<void> {
    await Promise.allSettled([...this.#reading.values()].map(({ done }) => done));
    await Promise.allSettled(this.#ending.values());
  }

  #goOn(one: Reading, endpoint: EndpointConfig): void {
    const tags = new Set(endpoint.points.map(({ tag }) => tag));
    for (const { tag } of one.points.now) if (!tags.has(tag)) one.taken.add(tag);
    for (const tag of tags) one.taken.delete(tag);
    this.#around.acquired.get(endpoint.id)!.become(endpoint.points, this.#around.clock.now());
    one.points.become(endpoint.points);
  }

  #begin(endpoint: EndpointConfig): void {
    const { id } = endpoint;
    const { endpoints, acquired, clock } = this.#around;
    endpoints.set(id, { state: 'starting', reason: null, since: clock.now() });
    const counts = acquired.get(id);
    if (counts) counts.become(endpoint.points, clock.now());
    else acquired.set(id, new Acquired(endpoint.points, clock.now()));
    const [stop, points, taken] = [new AbortController(), new Points(endpoint.points), new Set<string>()];
    const signal = AbortSignal.any([this.#signal, stop.signal]);
    // At once where nothing is waited for: a lock-step clock must not run on without it.
    const begin = (): Promise<void> => this.#supervise(endpoint, points, taken, signal);
    const done = this.#ending.get(id)?.then(begin) ?? begin();
    done.catch(this.#failed.reject);
    this.#reading.set(id, { config: endpoint, points, taken, stop, done });
  }

  #end(id: string, one: Reading): void {
    for (const { tag } of one.points.now) one.taken.add(tag);
    one.stop.abort();
    this.#reading.delete(id);
    forgetState(this.#around.metrics, id);
    const ending = one.done
      .catch(() => {})
      .finally(() => {
        if (this.#ending.get(id) === ending) this.#ending.delete(id);
      });
    this.#ending.set(id, ending);
  }

  #forget(id: string): void {
    const { endpoints, acquired, metrics } = this.#around;
    endpoints.delete(id);
    acquired.delete(id);
    forgetCounts(metrics, id);
  }

  async #supervise(
    endpoint: EndpointConfig,
    points: Points,
    taken: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<void> {
    const { metrics, pipeline, endpoints, changes, clock, log, dataFolder, acquired, notice, speed } = this.#around;
    const { id } = endpoint;
    await supervise(
      {
        ...{ id, driver: driverOf(endpoint, points) },
        get tags() {
          return points.now.map(({ tag }) => tag);
        },
      },
      {
        clock,
        log,
        pkiFolder: join(dataFolder, 'pki'),
        random: Math.random,
        notice,
        counted: (_, event) => metrics.driverEvents.inc({ endpoint: id, event }),
        deliver: async (delivered) => {
          const samples = taken.size === 0 ? delivered : delivered.filter(({ tag }) => !taken.has(tag));
          count(metrics, id, samples);
          acquired.get(id)?.take(samples);
          await pipeline.accept(samples);
        },
        // In lock-step all are woken together: a replay's readings stay where they were recorded.
        phase: (_, period) => (speed === null ? 0 : phaseOf(id, period)),
        polled: (_, report) => countPoll(metrics, id, report),
        changed: (_, status) => {
          if (signal.aborted) return;
          endpoints.set(id, status);
          metrics.up.set({ endpoint: id }, status.state === 'up' ? 1 : 0);
          const { state, reason } = status;
          if (state !== 'starting') pipeline.enter({ type: 'endpoint', endpoint: id, state, reason, at: clock.now() });
          changes.wake();
        },
      },
      signal,
    );
  }
}

const isSame = (one: EndpointConfig, other: EndpointConfig): boolean =>
  one.protocol === other.protocol && isDeepStrictEqual(one.options, other.options);

/** The options and addresses have passed this protocol's own schemas when the configuration was read. */
function driverOf({ protocol, options }: EndpointConfig, points: Points): Driver {
  const { open } = protocols[protocol] as unknown as Protocol<unknown, unknown>;
  return open(options, points);
}

function countPoll({ polls, overruns, missed }: SelfMetrics, endpoint: string, report: PollReport): void {
  polls.observe({ endpoint }, report.realMs / 1000);
  if (report.overran > 0) overruns.inc({ endpoint }, report.overran);
  if (report.missed > 0) missed.inc({ endpoint }, report.missed);
}

function count({ samples: counter }: SelfMetrics, endpoint: string, samples: readonly Sample[]): void {
  for (const { statusCode } of samples) counter.inc({ endpoint, status: statusCode });
}
