import { readFileSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlantConfig } from '../config/plant.ts';
import type { ClockWatch } from './clockWatch.ts';
import type { Platforms } from './dialout/platforms.ts';
import type { Health } from './health.ts';
import type { SystemBody } from './http/system.ts';
import type { SelfMetrics } from './metrics.ts';
import type { Pipeline } from './pipeline.ts';
import type { Reload } from './reload.ts';
import type { LogStore } from './store/open.ts';
import type { ReaderState } from './stream/session.ts';
import type { WireTime } from './wire.ts';

/** Of this agent, as its package says. */
export const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;

export interface SystemSources {
  readonly config: PlantConfig;
  readonly dataFolder: string;
  readonly store: LogStore;
  readonly pipeline: Pipeline;
  readonly metrics: Pick<SelfMetrics, 'certificateExpires'>;
  readonly platforms: Pick<Platforms, 'states'>;
  readonly clockWatch: ClockWatch;
  readonly time: WireTime;
  /** On the wire. */
  readonly startedAt: string;
  readonly health: () => Health;
  readonly readers: () => readonly ReaderState[];
  readonly reload: Reload | null;
}

/** The agent about itself, as it is now. */
export async function systemState(sources: SystemSources): Promise<SystemBody> {
  const { config, store, pipeline, startedAt, reload, time } = sources;
  const health = sources.health();
  return {
    version,
    node: process.versions.node,
    sqlite: store.sqliteVersion,
    agent: config.agent,
    configuration: config.fingerprint,
    reload: reload && { ...reload, at: time(reload.at), faults: [...reload.faults], waiting: [...reload.waiting] },
    startedAt,
    ready: health.ready,
    reasons: [...health.reasons],
    memoryBytes: process.memoryUsage.rss(),
    disk: await diskOf(sources.dataFolder),
    clock: stepsOf(sources.clockWatch),
    log: {
      ...{ epoch: store.epoch, firstSeq: store.firstSeq(), lastSeq: store.lastSeq() },
      ...{ queued: pipeline.queued, dropped: pipeline.dropped.records },
    },
    readers: [...sources.readers()],
    platforms: sources.platforms.states(),
    certificates: (await sources.metrics.certificateExpires.get()).values.map(({ labels, value }) => ({
      ...{ endpoint: String(labels.endpoint), whose: String(labels.whose) },
      expires: new Date(value * 1_000).toISOString(),
    })),
  };
}

function stepsOf({ steps, last }: ClockWatch): SystemBody['clock'] {
  return { steps, last: last && { at: new Date(last.at).toISOString(), ms: last.ms } };
}

/** Of the file system that holds the data folder, and the log on it, in bytes; null where the system does not say. */
export async function diskOf(folder: string): Promise<SystemBody['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    const files = ['pertonne.db', 'pertonne.db-wal'].map((name) => stat(join(folder, name)).catch(() => ({ size: 0 })));
    const sizes = await Promise.all(files);
    return {
      ...{ freeBytes: bavail * bsize, totalBytes: blocks * bsize },
      logBytes: sizes.reduce((sum, { size }) => sum + size, 0),
    };
  } catch {
    return null;
  }
}
