import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { realClock } from '../../agent/clock.ts';
import { Platforms } from '../../agent/dialout/platforms.ts';
import type { LiveValue } from '../../agent/stream/protocol.ts';
import { Platform } from '../../config/platforms.ts';
import type { Clock } from '../../drivers/driver.ts';
import { recordedLog } from '../support/logs.ts';
import { type Kit, wireTime } from './streamKit.ts';

export interface Dialling {
  readonly platforms: Platforms;
  /** Real milliseconds between attempts, as they were asked for. */
  readonly waits: number[];
  status(id?: string): LiveValue;
  /** What was logged, oldest first. */
  readonly logged: Record<string, unknown>[];
  metric(name: string): Promise<Record<string, number>>;
  /** As an agent that stops. */
  stop(): Promise<void>;
  /** Dials no more, and leaves the stream as it is. */
  abandon(): Promise<void>;
}

/** Has the agent of a kit dial out, as the agent itself does; `waited` takes the place of waiting between attempts. */
export function dialling(
  { store, stream }: Kit,
  options: readonly object[],
  waited: (realMs: number, signal?: AbortSignal) => Promise<void> = (_, signal) => realClock().delay(20, signal),
  connectMs?: number,
): Dialling {
  const waits: number[] = [];
  const clock: Clock = {
    ...realClock(),
    delay(realMs, signal) {
      waits.push(realMs);
      return waited(realMs, signal);
    },
  };
  const registry = new Registry();
  const logged: Record<string, unknown>[] = [];
  const log = recordedLog((line) => logged.push(JSON.parse(line) as Record<string, unknown>));
  const parsed = options.map((one) => Platform.parse(one));
  const sources = { store, clock, log, time: wireTime, registry, random: () => 0 };
  const platforms = new Platforms(parsed, { ...sources, ...(connectMs !== undefined && { connectMs }) });
  const stop = new AbortController();
  const running = platforms.run(stream, stop.signal);
  return {
    platforms,
    waits,
    logged,
    status: (id = 'head-office') => platforms.live().find((value) => value.id === id)!,
    async metric(name) {
      const found = (await registry.getMetricsAsJSON()).find((one) => one.name === `pertonne_platform_${name}`);
      return Object.fromEntries(found!.values.map(({ labels, value }) => [labels.platform, value]));
    },
    async stop() {
      stop.abort();
      await stream.close('shutdown');
      await running;
    },
    async abandon() {
      stop.abort();
      await running;
    },
  };
}

/** A file in the kit's folder; whoever reads it meanwhile finds the former content or this. */
export async function fileOf({ folder }: Kit, name: string, content: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(`${file}.new`, content);
  await rename(`${file}.new`, file);
  return file;
}
