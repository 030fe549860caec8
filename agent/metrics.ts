import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { COUNTABLES } from '../drivers/driver.ts';
import type { Ms } from '../rules/sample.ts';
import { droppedByMeters, lateReadings } from '../rules/state.ts';
import type { Acquired, Acquisition } from './acquisition.ts';
import type { LogWatch } from './logWatch.ts';
import type { Pipeline } from './pipeline.ts';
import type { Store } from './store/contract.ts';

/** What the agent tells about itself; served at /metrics. */
export interface SelfMetrics {
  readonly registry: Registry;
  readonly samples: Counter<'endpoint' | 'status'>;
  readonly polls: Histogram<'endpoint'>;
  readonly overruns: Counter<'endpoint'>;
  readonly missed: Counter<'endpoint'>;
  readonly driverEvents: Counter<'endpoint' | 'event'>;
  readonly pruned: Counter<'what'>;
  readonly standstills: Counter;
  readonly standstillSeconds: Counter;
  readonly up: Gauge<'endpoint'>;
  readonly insecure: Gauge<'endpoint'>;
  readonly polledInstead: Gauge<'endpoint'>;
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
    missed: new Counter({
      name: 'pertonne_polls_missed_total',
      help: 'Polls that began late because the agent was held up or the clock was set forward, counted in periods',
      labelNames: ['endpoint'],
      registers,
    }),
    driverEvents: new Counter({
      name: 'pertonne_driver_events_total',
      help: 'late-answer: came after its time and was thrown away; late-answer-forgotten: over 64 of a connection were still to come, and the oldest is no longer known (when it comes, the connection is renewed); busy-retry: asked again, since the device was busy',
      labelNames: ['endpoint', 'event'],
      registers,
    }),
    pruned: new Counter({
      name: 'pertonne_pruned_total',
      help: 'Dropped since the start because the bounds of what is kept were reached: records, minutes of history, operators’ entries, places of durable readers',
      labelNames: ['what'],
      registers,
    }),
    standstills: new Counter({
      name: 'pertonne_standstills_total',
      help: 'Times that the agent did nothing at all for over half a second: its process was stopped, or its event loop blocked',
      registers,
    }),
    standstillSeconds: new Counter({
      name: 'pertonne_standstill_seconds_total',
      help: 'Real time that those took together',
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
    polledInstead: new Gauge({
      name: 'pertonne_tags_polled_instead',
      help: 'Tags to be subscribed to that the server does not monitor, so that they are polled; it is asked again every minute',
      labelNames: ['endpoint'],
      registers,
    }),
    certificateExpires: new Gauge({
      name: 'pertonne_certificate_expires_timestamp_seconds',
      help: 'When a certificate that an endpoint rests on expires; whose: server, user, ours, successor. Of the endpoint http: that of the own port',
      labelNames: ['endpoint', 'whose'],
      registers,
    }),
  };
}

/** How an endpoint stands is no longer told: it is not read any more, or another one takes its name. */
export function forgetState({ up, insecure, polledInstead, certificateExpires }: SelfMetrics, endpoint: string): void {
  for (const gauge of [up, insecure, polledInstead]) gauge.remove({ endpoint });
  for (const whose of ['server', 'user', 'ours', 'successor']) certificateExpires.remove({ endpoint, whose });
}

/** Nor what was counted of it: names that come and go must not pile up. */
export function forgetCounts({ samples, polls, overruns, missed, driverEvents }: SelfMetrics, endpoint: string): void {
  for (const status of ['good', 'uncertain', 'bad']) samples.remove({ endpoint, status });
  for (const event of COUNTABLES) driverEvents.remove({ endpoint, event });
  polls.remove({ endpoint });
  for (const counter of [overruns, missed]) counter.remove({ endpoint });
}

/** Watches what others keep: read when it is asked for. */
export function watchAgent(registry: Registry, store: Store, pipeline: Pipeline, log: LogWatch): void {
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
  watch('dropped_records', 'Records dropped while the log took none', () => pipeline.dropped.records);
  watch('dropped_minutes', 'Minutes of history dropped while the log took none', () => pipeline.dropped.minutes);
  watch(
    'unmade_records',
    'What no record could be made of, by a fault of this program, and was dropped',
    () => pipeline.unmade.count,
  );
  watch('store_failing', '1 while the store does not take records', () => (pipeline.storeFault === null ? 0 : 1));
  watch('log_gaps', 'Troubles of the log since the start, each with a record of kind gap', () => log.gaps);
  watch(
    'log_damaged_values',
    'Records, minutes, entries and places of readers met that are not as they were written',
    () => log.damagedValues,
  );
  watch('late_samples', 'Samples that came too late to be used', () => lateReadings(pipeline.state));
  watch('dropped_by_meters', 'Readings and pieces that a meter had no room for while it waited for another tag', () =>
    droppedByMeters(pipeline.state),
  );
}

/** Values due, good, and good in time, by endpoint; read when they are asked for. */
export function watchAcquired(registry: Registry, acquired: ReadonlyMap<string, Acquired>, now: () => Ms): void {
  const watch = (name: string, help: string, part: keyof Acquisition): void => {
    new Counter({
      name: `pertonne_values_${name}_total`,
      help,
      labelNames: ['endpoint'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [endpoint, one] of acquired) this.inc({ endpoint }, one.until(now())[part]);
      },
    });
  };
  watch(
    'due',
    'Values that fell due since the start, one a tag and period, whether or not the device was there',
    'due',
  );
  watch('good', 'Values of those due that came good, be it late', 'good');
  watch('in_time', 'Values of those due that came good before the next fell due', 'inTime');
}
