import type { Clock } from '../drivers/driver.ts';
import { describe } from './describe.ts';
import { EntryDesk } from './entryDesk.ts';
import { type Figures, find } from './explain/find.ts';
import { type Health, healthOf } from './health.ts';
import { ServerCertificate } from './http/certificate.ts';
import { createHttp, type HttpServer } from './http/server.ts';
import { liveValues, logValue } from './live.ts';
import type { Parts } from './parts.ts';
import type { Pipeline } from './pipeline.ts';
import type { LiveValue } from './stream/protocol.ts';
import { systemState } from './system.ts';
import type { WireTime } from './wire.ts';

/** Real milliseconds for which live values are shown again before they are made anew. */
const LIVE_FRESH = 100;

/** Page, API and stream over the parts of an agent. Rejects as `createHttp` does. */
export async function serve(parts: Parts, time: WireTime): Promise<HttpServer> {
  const { config, clock, log, store, pipeline, endpoints, acquired, metrics, platforms, keyring } = parts;
  const certificate = await certificateOf(parts);
  const health = (): Health =>
    healthOf(pipeline, parts.watch, endpoints, [
      ...platforms.reasons(),
      ...keyring.reasons(),
      ...parts.clockWatch.reasons(),
      ...(certificate?.reasons() ?? []),
    ]);
  const began = clock.now();
  const startedAt = time(began);
  const units = new Map(config.tags.map(({ id, unit, scale }) => [id, { unit, scale }]));
  const sources = { plan: pipeline.plan, units, time, endpoints, acquired };
  const values = (): LiveValue[] => [
    ...liveValues(sources, pipeline.state, pipeline.ledger, clock.now()),
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

/** Undefined where the plant file names none. Rejects with CertificateFault. */
async function certificateOf({ config, clock, log, metrics }: Parts): Promise<ServerCertificate | undefined> {
  const { tls } = config.http;
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
