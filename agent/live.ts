import type { Ledger } from '../rules/ledger.ts';
import type { Plan } from '../rules/plan.ts';
import { running } from '../rules/running.ts';
import type { Ms } from '../rules/sample.ts';
import { type State, tagState } from '../rules/state.ts';
import type { Acquired } from './acquisition.ts';
import type { LiveValue } from './stream/protocol.ts';
import type { EndpointStatus } from './supervise.ts';
import { type WireTime, wireWindow } from './wire.ts';

export interface LiveSources {
  readonly plan: Plan;
  /** One count of a tag is `scale` of this unit. */
  readonly units: ReadonlyMap<string, { readonly unit: string; readonly scale: number }>;
  readonly time: WireTime;
  readonly endpoints: ReadonlyMap<string, EndpointStatus>;
  readonly acquired: ReadonlyMap<string, Acquired>;
}

/** The newest value of every tag, endpoint and running window. */
export function liveValues(sources: LiveSources, state: State, ledger: Ledger, now: Ms): LiveValue[] {
  return [...endpointValues(sources, now), ...tagValues(sources, state), ...metricValues(sources, state, ledger, now)];
}

/** Whether what the agent makes is kept. */
export const logValue = (fault: string | null, since: Ms, time: WireTime, now: Ms): LiveValue => ({
  ...{ id: 'log', of: 'log', value: fault === null ? 1 : 0, unit: '' },
  ...{ statusCode: fault === null ? 'good' : 'bad', reason: fault, at: time(now), since: time(since) },
});

const endpointValues = ({ endpoints, acquired, time }: LiveSources, now: Ms): LiveValue[] =>
  [...endpoints].map(([id, status]) => ({
    id,
    of: 'endpoint',
    value: status.state === 'up' ? 1 : 0,
    unit: '',
    statusCode: status.state === 'up' ? 'good' : status.state === 'down' ? 'bad' : 'uncertain',
    reason: status.reason,
    at: time(now),
    since: time(status.since),
    acquired: acquired.get(id)?.until(now),
  }));

const tagValues = ({ plan, units, time }: LiveSources, state: State): LiveValue[] =>
  plan.tags.flatMap(({ id }, index) => {
    const tag = tagState(state, index);
    if (!tag) return [];
    const { unit, scale } = units.get(id) ?? { unit: '', scale: 1 };
    const value = tag.value === null || typeof tag.value === 'string' ? null : Number(tag.value) * scale;
    const { statusCode, reason } = tag;
    return [{ id, of: 'tag', value, unit, statusCode, reason, at: time(tag.sourceTimestamp), since: time(tag.since) }];
  });

const metricValues = ({ plan, time }: LiveSources, state: State, ledger: Ledger, now: Ms): LiveValue[] =>
  running(plan, state, ledger, now).map(({ figure, limit, baseline, upTo }) => ({
    id: figure.metric,
    of: 'metric',
    value: figure.value,
    unit: figure.unit,
    statusCode: figure.statusCode,
    reason: figure.reason,
    at: time(upTo),
    since: time(figure.window.start),
    window: wireWindow(figure.window, time),
    coverage: figure.coverage,
    flags: [...new Set(figure.amounts.flatMap((amount) => amount.flags))],
    limit,
    baseline,
  }));
