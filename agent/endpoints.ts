import { join } from 'node:path';
import type { EndpointConfig } from '../config/plant.ts';
import type { Driver, PollReport, Protocol } from '../drivers/driver.ts';
import { protocols } from '../drivers/index.ts';
import { phaseOf } from '../drivers/poll.ts';
import type { Sample } from '../rules/sample.ts';
import type { SelfMetrics } from './metrics.ts';
import type { Parts } from './parts.ts';
import { supervise } from './supervise.ts';

/** Reads one endpoint of the plant until `signal`: all that it delivers goes to the pipeline, all that befalls it is counted. */
export function superviseEndpoint(parts: Parts, endpoint: EndpointConfig, signal: AbortSignal): Promise<void> {
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
