import type { BacklogBounds } from '../../agent/backlog.ts';
import { lockStepClock } from '../../agent/clock.ts';
import type { Configured } from '../../agent/configured.ts';
import type { Recorder } from '../../agent/offline/recorder.ts';
import { Pipeline } from '../../agent/pipeline.ts';
import type { Store } from '../../agent/store/contract.ts';
import { Waiters } from '../../agent/waiters.ts';
import { type WireTime, wireTimeOf } from '../../agent/wire.ts';
import type { Sample } from '../../rules/sample.ts';
import { at, FIXED, planOf, sample } from '../support/engineKit.ts';
import { recordedLog } from '../support/logs.ts';

export const T = at('2026-11-23T10:00:00+08:00');
export const plan = planOf({
  windows: ['minute'],
  meters: [{ id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 1e6 }],
});
export const time = wireTimeOf(plan.calendar);

interface Given extends Partial<Configured> {
  readonly bounds?: BacklogBounds;
  readonly time?: WireTime;
  readonly recorder?: Recorder;
}

/** A pipeline at work in lock-step from T on, with a counter of kilowatt-hours. */
export async function pipelineOn(store: Store, given: Given = {}) {
  const clock = lockStepClock(T, T + 3_600_000);
  const pacer = clock.pacer();
  const commits = new Waiters();
  const log = recordedLog();
  const pipeline = await Pipeline.open({
    plan,
    store,
    clock,
    log,
    time,
    ...FIXED,
    ...given,
    committed: () => commits.wake(),
  });
  const stop = new AbortController();
  const working = [pipeline.keepTime(stop.signal), pipeline.keepCommitting(stop.signal)];
  const take = async (seconds: number, samples: readonly Sample[]): Promise<void> => {
    await pacer.until(T + seconds * 1_000);
    await pipeline.accept(samples);
  };
  /** Reaches a second, in which the register is read; what it held at earlier seconds is told with it. */
  const read = (seconds: number, count: number, ...earlier: readonly (readonly [number, number])[]): Promise<void> =>
    take(
      seconds,
      [...earlier, [seconds, count] as const].map(([second, value]) => sample('kwh', T + second * 1_000, value)),
    );
  const end = async (): Promise<void> => {
    stop.abort();
    pacer.leave();
    await Promise.all(working);
  };
  return { pipeline, commits, take, read, end };
}

export const bodies = async (store: Store) => (await store.read(0, 1_000)).map(({ body }) => JSON.parse(body));
