import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Loaded } from '../config/load.ts';
import type { PlantConfig } from '../config/plant.ts';
import type { Clock } from '../drivers/driver.ts';
import { Door } from './access/door.ts';
import { Keyring } from './access/keyring.ts';
import { tokenFileIn } from './access/tokenFile.ts';
import type { Acquired } from './acquisition.ts';
import { AuditDesk } from './auditDesk.ts';

import { ClockWatch } from './clockWatch.ts';

import { Current } from './current.ts';

import { configuredOf } from './describe.ts';
import { Platforms } from './dialout/platforms.ts';
import type { LogWatch } from './logWatch.ts';
import { watchMachine } from './machineMetrics.ts';
import { type SelfMetrics, selfMetrics, watchAcquired, watchAgent } from './metrics.ts';
import { noticed } from './notices.ts';
import { type Recorder, recordTo } from './offline/recorder.ts';
import { Pipeline } from './pipeline.ts';
import type { LogStore } from './store/open.ts';
import type { EndpointStatus, Surroundings } from './supervise.ts';
import { Waiters } from './waiters.ts';
import type { WireTime } from './wire.ts';

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
  /** Where the configuration is from; without it none is taken up while the agent runs. */
  readonly source?: Source | undefined;
}

/** A plant's file, and what it names. */
export interface Source {
  /** Those that `config` was read from. */
  readonly files: readonly string[];
  /** Where a file would belong to it too. */
  readonly places: readonly string[];
  /** Reads all of it again. */
  read(): Promise<Loaded>;
}

/** What an agent consists of, before anything of it runs. */
export interface Parts extends Omit<AgentOptions, 'config'> {
  readonly current: Current;
  readonly store: LogStore;
  readonly watch: LogWatch;
  readonly pipeline: Pipeline;
  readonly endpoints: Map<string, EndpointStatus>;
  /** What was acquired, by endpoint. */
  readonly acquired: Map<string, Acquired>;
  readonly metrics: SelfMetrics;
  readonly clockWatch: ClockWatch;
  readonly platforms: Platforms;
  readonly keyring: Keyring;
  readonly door: Door;
  readonly audit: AuditDesk;
  readonly notice: Surroundings['notice'];
  /** Called after every commit. */
  readonly committed: (() => void)[];
  readonly commits: Waiters;
  /** Woken when an endpoint changes. */
  readonly changes: Waiters;
}

export async function assemble(
  options: AgentOptions,
  store: LogStore,
  watch: LogWatch,
  time: WireTime,
): Promise<Parts> {
  const { config, ...others } = options;
  const { clock, log } = others;
  const [commits, changes] = [new Waiters(), new Waiters()];
  const committed = [() => commits.wake()];
  const pipeline = await Pipeline.open({
    ...configuredOf(config),
    store,
    clock,
    log,
    time,
    recorder: recorderOf(options),
    committed: () => {
      for (const call of committed) call();
    },
  });
  const endpoints = new Map<string, EndpointStatus>();
  const acquired = new Map<string, Acquired>();
  const metrics = selfMetrics();
  watchAgent(metrics.registry, store, pipeline, watch);
  watchAcquired(metrics.registry, acquired, clock.now);
  watchMachine(metrics.registry, options.dataFolder, store.sqliteVersion);
  const notice = noticed(clock, log, metrics);
  const { registry } = metrics;
  const platforms = new Platforms(config.platforms, { store, clock, log, time, registry, random: Math.random });
  const keyring = await Keyring.open(tokenFileIn(options.dataFolder), clock, log);
  const audit = new AuditDesk({ store, file: join(options.dataFolder, 'pertonne.db'), clock, log, registry });
  await audit.begin();
  const clockWatch = new ClockWatch(clock, log, registry, ({ ms }) =>
    audit.add({ who: null, from: null, action: 'clock-step', detail: { ms } }),
  );
  committed.push(() => audit.committed());
  const door = new Door({ keyring, clock, registry, note: (note) => audit.add(note) });
  return {
    audit,
    door,
    keyring,
    platforms,
    ...others,
    current: new Current(config, options),
    store,
    watch,
    pipeline,
    endpoints,
    acquired,
    metrics,
    clockWatch,
    notice,
    committed,
    commits,
    changes,
  };
}

const recorderOf = ({ record, log }: AgentOptions): Recorder | undefined =>
  record === undefined ? undefined : recordTo(record, (cause) => log.error({ event: 'record-failed', err: cause }));
