import type { Clock } from '../drivers/driver.ts';
import { EntryDesk } from './entryDesk.ts';
import { type Figures, find } from './explain/find.ts';
import { type Health, healthOf } from './health.ts';
import { ServerCertificate } from './http/certificate.ts';
import { createHttp, type HttpServer } from './http/server.ts';
import { liveValues, logValue } from './live.ts';
import type { Parts } from './parts.ts';
import type { Pipeline } from './pipeline.ts';
import type { Reloading } from './reload.ts';
import type { LiveValue } from './stream/protocol.ts';
import { systemState } from './system.ts';
import type { WireTime } from './wire.ts';

/** Real milliseconds for which live values are shown again before they are made anew. */
const LIVE_FRESH = 100;

/** Page, API and stream over the parts of an agent. Rejects as `createHttp` does. */
export async function serve(parts: Parts, time: WireTime, reloading: Reloading | null): Promise<HttpServer> {
  const { current, clock, log, store, pipeline, endpoints, metrics, platforms, keyring } = parts;
  const { config } = current;
  const certificate = await certificateOf(parts);
  const health = (): Health =>
    healthOf(pipeline, parts.watch, endpoints, [
      ...platforms.reasons(),
      ...keyring.reasons(),
      ...parts.clockWatch.reasons(),
      ...(reloading?.reasons() ?? []),
      ...(certificate?.reasons() ?? []),
    ]);
  const began = clock.now();
  const startedAt = time(began);
  const values = (): LiveValue[] => [
    ...liveValues(
      { ...parts, plan: pipeline.plan, units: current.units, time },
      pipeline.state,
      pipeline.ledger,
      clock.now(),
    ),
    ...platforms.live(),
    logValue(pipeline.storeFault, pipeline.failingSince ?? began, time, clock.now()),
  ];
  const http: HttpServer = await createHttp({
    access: parts.door,
    host: config.http.host,
    port: parts.port ?? config.http.port,
    allowedHosts: config.http.names,
    certificate,
    allowPlain: config.http.allowPlain,
    limits: { maxReaders: config.http.maxReaders },
    plant: () => current.plant,
    store,
    clock,
    wireTime: time,
    live: { values: cached(clock, () => current.plant, values) },
    health,
    system: () =>
      systemState({
        ...{ ...parts, config: current.config, time, startedAt, health },
        ...{ readers: () => http.stream.states(), reload: reloading?.last ?? null },
      }),
    registry: metrics.registry,
    entries: new EntryDesk(pipeline, store, time),
    alarms: { ledger: () => pipeline.ledger, act: (action, from) => pipeline.act(action, from) },
    explain: (id, window) => find({ config: current.config, store, ...figuresOf(pipeline, clock) }, id, window),
    log,
  });
  return http;
}

/** Undefined where the plant file names none. Rejects with CertificateFault. */
async function certificateOf({ current, clock, log, metrics }: Parts): Promise<ServerCertificate | undefined> {
  const { tls } = current.config.http;
  const { certificateExpires } = metrics;
  const expires = (at: number): void => certificateExpires.set({ endpoint: 'http', whose: 'ours' }, at / 1_000);
  return tls && ServerCertificate.open({ ...tls, clock, log, expires });
}

const figuresOf = (pipeline: Pipeline, { now }: Clock): Pick<Figures, 'plan' | 'state' | 'ledger' | 'now'> => ({
  plan: pipeline.plan,
  state: () => pipeline.state,
  ledger: () => pipeline.ledger,
  now,
});

/** Many readers ask; the values of a plant are made once. */
function cached(clock: Clock, plant: () => unknown, make: () => readonly LiveValue[]): () => readonly LiveValue[] {
  let made = { of: null as unknown, at: -Infinity, values: [] as readonly LiveValue[] };
  return () => {
    const at = clock.monotonic();
    if (made.of !== plant() || at - made.at >= LIVE_FRESH) made = { of: plant(), at, values: make() };
    return made.values;
  };
}
