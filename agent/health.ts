import type { LogWatch } from './logWatch.ts';
import type { Pipeline } from './pipeline.ts';
import type { EndpointStatus } from './supervise.ts';

/** Ready: useful work is being done. What keeps it from that is said in words. */
export interface Health {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

/** An unreachable device or platform is no reason to be taken out of service, as long as one answers. */
export function healthOf(
  pipeline: Pipeline,
  watch: LogWatch,
  endpoints: ReadonlyMap<string, EndpointStatus>,
  others: readonly string[],
): Health {
  const down = [...endpoints].filter(([, status]) => status.state !== 'up');
  const reasons = down.map(([id, { state, reason }]) => `endpoint ${id} is ${state}${reason ? `: ${reason}` : ''}`);
  if (pipeline.storeFault !== null) reasons.push(`the store does not take records: ${pipeline.storeFault}`);
  const { count, last } = pipeline.unmade;
  if (count > 0)
    reasons.push(
      `${count} records could not be made and were dropped, a fault of this program to be reported; the last: ${last}`,
    );
  reasons.push(...watch.reasons(), ...others);
  const useful = endpoints.size === 0 || down.length < endpoints.size;
  return { ready: useful && pipeline.storeFault === null, reasons };
}
