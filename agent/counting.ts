import type { PlantConfig, TagConfig } from '../config/plant.ts';
import type { Clock } from '../drivers/driver.ts';
import type { Plan } from '../rules/plan.ts';
import type { Ms, Sample } from '../rules/sample.ts';
import { type State, tagState } from '../rules/state.ts';
import { type Acquired, type Acquisition, missedBetween } from './acquisition.ts';
import type { Pipeline } from './pipeline.ts';

/** Tags whose source is the agent itself: what it counts of its own reading, told like readings of any other register. */

interface Counted {
  readonly id: string;
  readonly period: Ms;
  readonly count: keyof Acquisition;
  readonly endpoints: readonly string[];
  /** What stands there beside what its endpoints have counted. */
  readonly base: number;
}

interface Surroundings {
  readonly acquired: ReadonlyMap<string, Acquired>;
  readonly clock: Clock;
  readonly pipeline: Pick<Pipeline, 'plan' | 'state' | 'accept'>;
}

/**
 * Delivers the counts, each tag at whole multiples of its period. They go on from those of the agent before: what fell due while no
 * agent ran was due, and was not acquired.
 */
export class Counting {
  readonly #around: Surroundings;
  #counted: readonly Counted[];
  #changed = new AbortController();

  constructor(around: Surroundings, config: PlantConfig) {
    this.#around = around;
    const now = around.clock.now();
    const { plan, state } = around.pipeline;
    this.#counted = countedIn(config).map((tag) => ({ ...tag, base: baseOf(tag, config, plan, state, now) }));
  }

  /** Until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const changed = this.#changed.signal;
      const until = AbortSignal.any([signal, changed]);
      const byPeriod = Map.groupBy(this.#counted, ({ period }) => period);
      await Promise.all([
        aborted(until),
        ...[...byPeriod].map(([period, tags]) => keepTelling(this.#around, period, tags, { until, changed })),
      ]);
    }
  }

  /** What each tag counts now: asked for before the endpoints become others, and given to `become` after that. */
  values(): ReadonlyMap<string, number> {
    const now = this.#around.clock.now();
    return new Map(this.#counted.map((tag) => [tag.id, sampleOf(tag, this.#around.acquired, now).value as number]));
  }

  /** Goes on under another configuration, each tag from what it counted until now; a new one begins at 0. */
  become(config: PlantConfig, before: ReadonlyMap<string, number>): void {
    const { acquired, clock } = this.#around;
    const now = clock.now();
    this.#counted = countedIn(config).map((tag) => {
      const { value } = sampleOf({ ...tag, base: 0 }, acquired, now);
      return { ...tag, base: (before.get(tag.id) ?? 0) - (value as number) };
    });
    this.#changed.abort();
    this.#changed = new AbortController();
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

async function keepTelling(
  { acquired, clock, pipeline }: Surroundings,
  period: Ms,
  tags: readonly Counted[],
  { until, changed }: { readonly until: AbortSignal; readonly changed: AbortSignal },
): Promise<void> {
  const pacer = clock.pacer();
  try {
    for (let due = nextAfter(clock.now(), period); !until.aborted; due = nextAfter(clock.now(), period)) {
      const now = await pacer.until(due, until).catch(() => null);
      if (now !== null && !changed.aborted) await pipeline.accept(tags.map((tag) => sampleOf(tag, acquired, now)));
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

const countedIn = ({ tags, endpoints }: PlantConfig): Omit<Counted, 'base'>[] =>
  tags.flatMap(({ id, period, acquired }: TagConfig) => {
    if (!acquired) return [];
    const { count, of } = acquired;
    const own = endpoints.filter((endpoint) => of === undefined || endpoint.id === of);
    return [{ id, period, count, endpoints: own.map((endpoint) => endpoint.id) }];
  });

function baseOf(
  { id, count, endpoints }: Omit<Counted, 'base'>,
  config: PlantConfig,
  plan: Plan,
  state: State,
  now: Ms,
): number {
  const before = tagState(
    state,
    plan.tags.findIndex((tag) => tag.id === id),
  );
  const points = config.endpoints.filter((one) => endpoints.includes(one.id)).flatMap((endpoint) => endpoint.points);
  const missed = before && count === 'due' ? missedBetween(points, before.sourceTimestamp, now) : 0;
  return Number(before?.value ?? 0) + missed;
}
