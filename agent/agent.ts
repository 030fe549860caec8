import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { EndpointConfig, PlantConfig } from '../config/plant.ts';
import type { Clock, Driver, PollReport, Protocol } from '../drivers/driver.ts';
import { protocols } from '../drivers/index.ts';
import { phaseOf } from '../drivers/poll.ts';
import type { Ms, Sample } from '../rules/sample.ts';
import { Acquired } from './acquisition.ts';
import { keepCounting } from './counting.ts';
import { describe, planOf } from './describe.ts';
import { Platforms } from './dialout/platforms.ts';
import { EntryDesk } from './entryDesk.ts';
import { type Figures, find } from './explain/find.ts';
import { type Health, healthOf } from './health.ts';
import { createHttp, type HttpServer } from './http/server.ts';
import { liveValues, logValue } from './live.ts';
import { LogWatch } from './logWatch.ts';
import { type SelfMetrics, selfMetrics, watchAcquired, watchAgent } from './metrics.ts';
import { noticed } from './notices.ts';
import { type Recorder, recordTo } from './offline/recorder.ts';
import { Pipeline } from './pipeline.ts';
import { watchStandstills } from './standstill.ts';
import { type LogStore, openStore } from './store/open.ts';
import { boundsOf } from './store/retention.ts';
import { doubtOf } from './store/version.ts';
import type { LiveValue } from './stream/protocol.ts';
import { type EndpointStatus, type Surroundings, supervise } from './supervise.ts';
import { systemState } from './system.ts';
import { Waiters } from './waiters.ts';
import { type WireTime, wireTimeOf } from './wire.ts';

export interface AgentOptions {
  readonly config: PlantConfig;
  readonly clock: Clock;
  readonly dataFolder: string;
  readonly log: Logger;
  /** Overrides the configuration's. */
  readonly port?: number | undefined;
  /** Plant seconds in a real second; null in lock-step. */
  readonly speed: number | null;
  readonly simulated: boolean;
  /** A file that takes every sample, to be replayed. */
  readonly record?: string | undefined;
}

export interface Agent {
  readonly url: string;
  /** Resolves when every endpoint has answered once. */
  readonly allUp: Promise<void>;
  /** Rejects when a part has failed in a way that only a new start can mend. */
  readonly failed: Promise<never>;
  /** Resolves when every window that ends by `to` is closed and committed. */
  closedThrough(to: Ms): Promise<void>;
  /** Commits what is left, tells readers `bye` (after a `finished` replay they get time to take all), leaves nothing running. */
  stop(reason: 'finished' | 'shutdown'): Promise<void>;
}

/** Real milliseconds for which live values are shown again before they are made anew. */
const LIVE_FRESH = 100;
/** Real milliseconds from the start to the first look at the log's bounds, and between two. */
const PRUNE_FIRST = 2_000;
const PRUNE_EVERY = 600_000;
/** Real milliseconds that readers get to take what is left when a replay has ended. */
const DRAIN = 10_000;

interface Parts extends AgentOptions {
  readonly store: LogStore;
  readonly watch: LogWatch;
  readonly pipeline: Pipeline;
  readonly endpoints: Map<string, EndpointStatus>;
  /** What was acquired, by endpoint. */
  readonly acquired: ReadonlyMap<string, Acquired>;
  readonly metrics: SelfMetrics;
  readonly platforms: Platforms;
  readonly notice: Surroundings['notice'];
  /** Called after every commit. */
  readonly committed: (() => void)[];
  readonly commits: Waiters;
  /** Woken when an endpoint changes. */
  readonly changes: Waiters;
}

/** Wires the floors together and sets them running. Rejects, with nothing left open, when the machine refuses. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  await mkdir(options.dataFolder, { recursive: true });
  const time = wireTimeOf(options.config.plant.calendar);
  const watch = new LogWatch(options.log);
  const { missing, damaged } = watch;
  const file = join(options.dataFolder, 'pertonne.db');
  const bounds = boundsOf(options.config.store);
  const store = await openStore({ file, wireTime: time, clock: options.clock, missing, damaged, ...bounds });
  const { sqliteVersion: sqlite, epoch } = store;
  options.log.info({ event: 'store-opened', sqlite, epoch, lastSeq: store.lastSeq() });
  const doubt = doubtOf(sqlite);
  if (doubt !== null) options.log.warn({ event: 'sqlite-version', doubt });
  try {
    const parts = await assemble(options, store, watch, time);
    const http = await serve(parts, time);
    return running(parts, http);
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

async function assemble(options: AgentOptions, store: LogStore, watch: LogWatch, time: WireTime): Promise<Parts> {
  const { config, clock, log } = options;
  const [commits, changes] = [new Waiters(), new Waiters()];
  const committed = [() => commits.wake()];
  const pipeline = await Pipeline.open({
    plan: planOf(config),
    store,
    clock,
    log,
    time,
    fingerprint: config.fingerprint,
    recorder: recorderOf(options),
    committed: () => {
      for (const call of committed) call();
    },
  });
  const starting: EndpointStatus = { state: 'starting', reason: null, since: clock.now() };
  const endpoints = new Map(config.endpoints.map(({ id }) => [id, starting]));
  const acquired = new Map(config.endpoints.map(({ id, points }) => [id, new Acquired(points, clock.now())]));
  const metrics = selfMetrics();
  watchAgent(metrics.registry, store, pipeline, watch);
  watchAcquired(metrics.registry, acquired, clock.now);
  const notice = noticed(clock, log, metrics);
  const { registry } = metrics;
  const platforms = new Platforms(config.platforms, { store, clock, log, time, registry, random: Math.random });
  return {
    platforms,
    ...options,
    store,
    watch,
    pipeline,
    endpoints,
    acquired,
    metrics,
    notice,
    committed,
    commits,
    changes,
  };
}

const recorderOf = ({ record, log }: AgentOptions): Recorder | undefined =>
  record === undefined ? undefined : recordTo(record, (cause) => log.error({ event: 'record-failed', err: cause }));

async function serve(parts: Parts, time: WireTime): Promise<HttpServer> {
  const { config, clock, log, store, pipeline, endpoints, acquired, metrics, platforms } = parts;
  const health = (): Health => healthOf(pipeline, parts.watch, endpoints, platforms.reasons());
  const began = clock.now();
  const startedAt = time(began);
  const units = new Map(config.tags.map(({ id, unit, scale }) => [id, { unit, scale }]));
  const sources = { plan: pipeline.options.plan, units, time, endpoints, acquired };
  const values = (): LiveValue[] => [
    ...liveValues(sources, pipeline.state, pipeline.ledger, clock.now()),
    ...platforms.live(),
    logValue(pipeline.storeFault, pipeline.failingSince ?? began, time, clock.now()),
  ];
  const http: HttpServer = await createHttp({
    host: config.http.host,
    port: parts.port ?? config.http.port,
    limits: { maxReaders: config.http.maxReaders },
    plant: describe(config, parts.speed, parts.simulated),
    store,
    clock,
    wireTime: time,
    live: { values: cached(clock, values) },
    health,
    system: () => systemState({ ...parts, startedAt, health, readers: () => http.stream.states() }),
    registry: metrics.registry,
    entries: new EntryDesk(pipeline, store, time),
    alarms: { ledger: () => pipeline.ledger, act: (action, from) => pipeline.act(action, from) },
    explain: (id, window) => find({ config, store, ...figuresOf(pipeline, clock) }, id, window),
    log,
  });
  return http;
}

const figuresOf = (pipeline: Pipeline, { now }: Clock): Pick<Figures, 'plan' | 'state' | 'ledger' | 'now'> => ({
  plan: pipeline.options.plan,
  state: () => pipeline.state,
  ledger: () => pipeline.ledger,
  now,
});

/** Many readers ask; the values are made once. */
function cached(clock: Clock, make: () => readonly LiveValue[]): () => readonly LiveValue[] {
  let values: readonly LiveValue[] = [];
  let madeAt = -Infinity;
  return () => {
    if (clock.monotonic() - madeAt < LIVE_FRESH) return values;
    values = make();
    madeAt = clock.monotonic();
    return values;
  };
}

function running(parts: Parts, http: HttpServer): Agent {
  const { config, pipeline, store, endpoints, platforms, commits, changes } = parts;
  const [polling, keeping, dialling] = [new AbortController(), new AbortController(), new AbortController()];
  const drivers = config.endpoints.map((endpoint) => superviseEndpoint(parts, endpoint, polling.signal));
  const time = pipeline.keepTime(polling.signal);
  const committing = pipeline.keepCommitting(keeping.signal);
  const pruning = keepPruning(parts, polling.signal);
  const standing = watchStandstills(parts.clock, parts.log, parts.metrics, polling.signal);
  const counting = keepCounting(
    { ...parts, plan: pipeline.options.plan, accept: (samples) => pipeline.accept(samples) },
    pipeline.state,
    polling.signal,
  );
  parts.committed.push(() => http.stream.wake());
  const dialled = platforms.run(http.stream, dialling.signal);
  return {
    url: http.url,
    allUp: changes.until(() => [...endpoints.values()].every(({ state }) => state === 'up')),
    failed: Promise.race(
      [...drivers, time, committing, pruning, standing, counting, dialled].map((part) =>
        part.then(() => new Promise<never>(() => {})),
      ),
    ),
    closedThrough: (to) => commits.until(() => pipeline.closedThrough(to)),
    async stop(reason) {
      polling.abort();
      await Promise.allSettled([...drivers, time, pruning, standing, counting]);
      keeping.abort();
      await Promise.allSettled([committing]);
      await pipeline.options.recorder?.close();
      if (reason === 'finished') await http.stream.drain(DRAIN);
      dialling.abort();
      await http.close(reason);
      await Promise.allSettled([dialled]);
      await store.close();
    },
  };
}

/** Drops what is beyond the log's bounds, now and then; readers that miss it are told by a gap. */
async function keepPruning({ store, clock, log }: Parts, signal: AbortSignal): Promise<void> {
  for (let pause = PRUNE_FIRST; !signal.aborted; pause = PRUNE_EVERY) {
    await clock.delay(pause, signal).catch(() => {});
    if (signal.aborted) return;
    const dropped = await store
      .prune(clock.now(), signal)
      .catch((cause: unknown) => log.error({ event: 'prune-failed', err: cause }));
    if (dropped) log.info({ event: 'pruned', ...dropped });
  }
}

function superviseEndpoint(parts: Parts, endpoint: EndpointConfig, signal: AbortSignal): Promise<void> {
  const { metrics, pipeline, endpoints, changes, clock, log, dataFolder } = parts;
  const tags = endpoint.points.map(({ tag }) => tag);
  return supervise(
    { id: endpoint.id, driver: driverOf(endpoint), tags },
    {
      clock,
      log,
      pkiFolder: join(dataFolder, 'pki'),
      random: Math.random,
      notice: parts.notice,
      counted: (id, event) => metrics.driverEvents.inc({ endpoint: id, event }),
      deliver: async (samples) => {
        count(metrics, endpoint.id, samples);
        parts.acquired.get(endpoint.id)?.take(samples);
        await pipeline.accept(samples);
      },
      // In lock-step all are woken together: a replay's readings stay where they were recorded.
      phase: (id, period) => (parts.speed === null ? 0 : phaseOf(id, period)),
      polled: (id, report) => countPoll(metrics, id, report),
      changed: (id, status) => {
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

/** The options and addresses have passed this protocol's own schemas when the configuration was read. */
function driverOf({ protocol, options, points }: EndpointConfig): Driver {
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
