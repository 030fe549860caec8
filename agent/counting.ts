import type { PlantConfig, TagConfig } from '../config/plant.ts';
import type { Clock } from '../drivers/driver.ts';
import type { Plan } from '../rules/plan.ts';
import type { Ms, Sample } from '../rules/sample.ts';
import { type State, tagState } from '../rules/state.ts';
import { type Acquired, type Acquisition, missedBetween } from './acquisition.ts';

/** Tags whose source is the agent itself: what it counts of its own reading, told like readings of any other register. */

interface Counted {
  readonly id: string;
  readonly period: Ms;
  readonly count: keyof Acquisition;
  readonly endpoints: readonly string[];
  /** What stood there when the agent was started. */
  readonly base: number;
}

interface Surroundings {
  readonly config: PlantConfig;
  readonly plan: Plan;
  readonly acquired: ReadonlyMap<string, Acquired>;
  readonly clock: Clock;
  accept(samples: readonly Sample[]): Promise<void>;
}

/**
 * Delivers the counts, each tag at whole multiples of its period, until aborted. They go on from those in `state`: what
 * fell due while no agent ran was due, and was not acquired.
 */
export async function keepCounting(around: Surroundings, state: State, signal: AbortSignal): Promise<void> {
  const counted = countedIn(around, state);
  const byPeriod = Map.groupBy(counted, ({ period }) => period);
  await Promise.all([...byPeriod].map(([period, tags]) => keepTelling(around, period, tags, signal)));
}

async function keepTelling(
  { acquired, clock, accept }: Surroundings,
  period: Ms,
  tags: readonly Counted[],
  signal: AbortSignal,
): Promise<void> {
  const pacer = clock.pacer();
  try {
    for (let due = nextAfter(clock.now(), period); !signal.aborted; due = nextAfter(clock.now(), period)) {
      const now = await pacer.until(due, signal).catch(() => null);
      if (now !== null) await accept(tags.map((tag) => sampleOf(tag, acquired, now)));
    }
  } finally {
    pacer.leave();
  }
}

const nextAfter = (now: Ms, period: Ms): Ms => (Math.floor(now / period) + 1) * period;

function sampleOf({ id, count, endpoints, base }: Counted, acquired: ReadonlyMap<string, Acquired>, now: Ms): Sample {
  const value = endpoints.reduce((sum, endpoint) => sum + acquired.get(endpoint)!.until(now)[count], base);
  return { tag: id, value, statusCode: 'good', sourceTimestamp: now, receivedAt: now };
}

function countedIn({ config, plan, clock }: Surroundings, state: State): Counted[] {
  const now = clock.now();
  return config.tags.flatMap(({ id, period, acquired }: TagConfig): Counted[] => {
    if (!acquired) return [];
    const { count, of } = acquired;
    const endpoints = config.endpoints.filter((endpoint) => of === undefined || endpoint.id === of);
    const before = tagState(
      state,
      plan.tags.findIndex((tag) => tag.id === id),
    );
    const points = endpoints.flatMap((endpoint) => endpoint.points);
    const missed = before && count === 'due' ? missedBetween(points, before.sourceTimestamp, now) : 0;
    const base = Number(before?.value ?? 0) + missed;
    return [{ id, period, count, endpoints: endpoints.map((endpoint) => endpoint.id), base }];
  });
}
