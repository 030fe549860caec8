import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ms } from '../rules/sample.ts';
import { NOBODY } from './auditDesk.ts';
import { Counting } from './counting.ts';
import { Endpoints } from './endpoints.ts';
import { LogWatch } from './logWatch.ts';
import { type AgentOptions, assemble, type Parts } from './parts.ts';
import { keepPruning } from './pruning.ts';
import { type Cause, type Reload, Reloading } from './reload.ts';
import { serve } from './serve.ts';
import { watchStandstills } from './standstill.ts';
import { openStore } from './store/open.ts';
import { boundsOf } from './store/retention.ts';
import { doubtOf } from './store/version.ts';
import { version } from './system.ts';
import { type WireTime, wireTimeOf } from './wire.ts';

export interface Agent {
  readonly url: string;
  /** Resolves when every endpoint has answered once. */
  readonly allUp: Promise<void>;
  /** Rejects when a part has failed in a way that only a new start can mend. */
  readonly failed: Promise<never>;
  /** Resolves when every window that ends by `to` is closed and committed. */
  closedThrough(to: Ms): Promise<void>;
  /** Reads the plant file again and takes up what has changed, or refuses it while the one before runs on. */
  reload(cause: Cause): Promise<Reload>;
  /** Commits what is left, tells readers `bye` (after a `finished` replay they get time to take all), leaves nothing running. */
  stop(reason: 'finished' | 'shutdown'): Promise<void>;
}

/** Real milliseconds that readers get to take what is left when a replay has ended. */
const DRAIN = 10_000;

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
    return await running(parts, time);
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

async function running(parts: Parts, time: WireTime): Promise<Agent> {
  const { current, pipeline, store, platforms, commits, changes, source } = parts;
  const { config } = current;
  const [polling, keeping, dialling] = [new AbortController(), new AbortController(), new AbortController()];
  const endpoints = new Endpoints(parts, polling.signal);
  const counts = new Counting(parts, config);
  const reloading = source ? new Reloading({ parts, endpoints, counting: counts, source }) : null;
  const http = await serve(parts, time, reloading);
  endpoints.become(config.endpoints);
  const keepingTime = pipeline.keepTime(polling.signal);
  const committing = pipeline.keepCommitting(keeping.signal);
  const pruning = keepPruning(parts, polling.signal);
  const standing = watchStandstills(parts.clock, parts.log, parts.metrics, polling.signal);
  const clockWatch = parts.clockWatch.run(polling.signal);
  const counting = counts.run(polling.signal);
  const watching = reloading?.watch(polling.signal);
  const working = [keepingTime, pruning, standing, clockWatch, counting, watching];
  parts.audit.add({ ...NOBODY, action: 'start', detail: { version, configuration: config.fingerprint } });
  parts.committed.push(() => http.stream.wake());
  const guarding = parts.keyring.follow(() => http.stream.review(), dialling.signal);
  const noting = parts.audit.keepInbox(parts.dataFolder, dialling.signal);
  const dialled = platforms.run(http.stream, dialling.signal);
  return {
    url: http.url,
    allUp: changes.until(() => [...parts.endpoints.values()].every(({ state }) => state === 'up')),
    failed: Promise.race(
      [endpoints.failed, ...working, committing, guarding, noting, dialled].map((part) =>
        Promise.resolve(part).then(() => new Promise<never>(() => {})),
      ),
    ),
    reload: (cause) => (reloading ? reloading.reload(cause) : Promise.reject(new Error('there is no plant file'))),
    closedThrough: (to) => commits.until(() => pipeline.closedThrough(to)),
    async stop(reason) {
      polling.abort();
      await Promise.allSettled([endpoints.ended(), ...working]);
      keeping.abort();
      await Promise.allSettled([committing]);
      await pipeline.options.recorder?.close();
      if (reason === 'finished') await http.stream.drain(DRAIN);
      dialling.abort();
      await http.close(reason);
      await Promise.allSettled([guarding, noting, dialled]);
      parts.audit.add({ ...NOBODY, action: 'stop', detail: { reason } });
      await parts.audit.close();
      await store.close();
    },
  };
}
