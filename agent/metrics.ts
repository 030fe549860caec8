import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { lateReadings } from '../rules/state.ts';
import type { Pipeline } from './pipeline.ts';
import type { Store } from './store/contract.ts';

/** What the agent tells about itself; served at /metrics. */
export interface SelfMetrics {
  readonly registry: Registry;
  readonly samples: Counter<'endpoint' | 'status'>;
  readonly polls: Histogram<'endpoint'>;
  readonly overruns: Counter<'endpoint'>;
  readonly up: Gauge<'endpoint'>;
  readonly insecure: Gauge<'endpoint'>;
  readonly certificateExpires: Gauge<'endpoint' | 'whose'>;
}

export function selfMetrics(): SelfMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    samples: new Counter({
      name: 'pertonne_samples_total',
      help: 'Samples delivered by the drivers',
      labelNames: ['endpoint', 'status'],
      registers,
    }),
    polls: new Histogram({
      name: 'pertonne_poll_duration_seconds',
      help: 'Real time that a poll took, delivery included',
      labelNames: ['endpoint'],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
      registers,
    }),
    overruns: new Counter({
      name: 'pertonne_poll_overruns_total',
      help: 'Polls skipped because the one before had not ended',
      labelNames: ['endpoint'],
      registers,
    }),
    up: new Gauge({
      name: 'pertonne_endpoint_up',
      help: '1 while the endpoint answers',
      labelNames: ['endpoint'],
      registers,
    }),
    insecure: new Gauge({
      name: 'pertonne_endpoint_insecure',
      help: '1 for an endpoint that was connected without the security its protocol has',
      labelNames: ['endpoint'],
      registers,
    }),
    certificateExpires: new Gauge({
      name: 'pertonne_certificate_expires_timestamp_seconds',
      help: 'When a certificate that an endpoint rests on expires; whose: server, user, ours, successor',
      labelNames: ['endpoint', 'whose'],
      registers,
    }),
  };
}

/** Watches what others keep: read when it is asked for. */
export function watchAgent(registry: Registry, store: Store, pipeline: Pipeline): void {
  const watch = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `pertonne_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  watch('log_last_seq', 'Number of the last committed record', () => store.lastSeq());
  watch('log_first_seq', 'Number of the oldest record kept', () => store.firstSeq());
  watch('queue_entries', 'Entries that wait for a commit', () => pipeline.queued);
  watch('dropped_entries', 'Entries dropped while the store failed', () => pipeline.dropped);
  watch('store_failing', '1 while the store does not take records', () => (pipeline.storeFault === null ? 0 : 1));
  watch('late_samples', 'Samples that came too late to be used', () => lateReadings(pipeline.state));
}
