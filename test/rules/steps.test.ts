import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextDue, step, stepInPlace } from '../../rules/engine.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { save } from '../../rules/saved.ts';
import { meterState, startState } from '../../rules/state.ts';
import { deliveriesOf, rhythms, S, seconds, setup, T } from '../support/deliveries.ts';
import { Bench, type Setup, sample } from '../support/engineKit.ts';
import { runs } from '../support/properties.ts';

/** What a step does with the state that it is given, and how much it does at once. */

describe('a step', () => {
  test('never changes the state that it was given', () => {
    fc.assert(
      fc.property(seconds, rhythms, (series, rhythm) => {
        const bench = new Bench(setup, T);
        for (const { now, samples } of deliveriesOf(series, rhythm)) {
          const frozen = deepFrozen(bench.state);
          const { state } = step(bench.plan, frozen, { now, samples });
          expect(step(bench.plan, frozen, { now, samples }).state).toEqual(state);
          bench.state = state;
        }
      }),
      { numRuns: runs(10), endOnFailure: true },
    );
  });

  test('copies only the pages of what it touches', () => {
    const bench = new Bench({ meters: plainMeters(4_000), windows: ['hour'] }, T);
    const before = bench.state;
    const { state } = step(bench.plan, before, { now: T, samples: [sample('t2500', T, 1)] });
    const kept = (key: 'meters' | 'tags'): boolean[] =>
      state[key].flat().map((page, index) => page === before[key].flat()[index]);
    expect(kept('meters')).toEqual([true, true, false, true]);
    expect(kept('tags')).toEqual([true, true, false, true]);
  });

  test('closes no more groups once it has a thousand figures to hand on; the next one goes on where it ended', () => {
    const bench = new Bench({ meters: plainMeters(1_500), windows: ['minute'] }, T);
    let { state } = bench;
    const readAt = (t: Ms): Sample[] => bench.plan.tags.map(({ id }) => sample(id, t, t - T));
    for (const t of [T, T + 30 * S, T + 60 * S]) state = step(bench.plan, state, { now: t, samples: readAt(t) }).state;
    const now = T + 65 * S;
    const closed = [1_000, 500, 0].map((count) => {
      expect(nextDue(bench.plan, state) <= now).toBe(count > 0);
      const made = step(bench.plan, state, { now, samples: [] });
      state = made.state;
      expect(made.outputs).toHaveLength(count);
      return made.outputs.flatMap((output) => (output.type === 'figure' ? [output.figure.metric] : []));
    });
    expect(closed.flat()).toEqual(bench.plan.meters.map(({ id }) => id));
  });

  test('counts figures only: with the minutes of a thousand tags to hand on, it closes their groups as well', () => {
    const bench = new Bench({ meters: plainMeters(1_200), windows: ['minute'] }, T);
    let { state } = bench;
    const closed = [0, 60, 120, 180, 240].map((second) => {
      const now = T + second * S;
      const made = step(bench.plan, state, { now, samples: bench.plan.tags.map(({ id }) => sample(id, now, second)) });
      state = made.state;
      return made.outputs.filter(({ type }) => type === 'figure').length;
    });
    expect(closed).toEqual([0, 0, 1_000, 1_000, 1_000]);
  });

  test('is made again at once for what one has left, however late that is, and no clock seems to have gone back', () => {
    const bench = new Bench({ meters: plainMeters(1_500, 3_600 * S), windows: ['minute'] }, T);
    const readAt = (t: Ms): Sample[] => bench.plan.tags.map(({ id }) => sample(id, t, (t - T) / S));
    bench.feed(T, ...readAt(T)).feed(T + 1_800 * S, ...readAt(T + 1_200 * S));
    expect(nextDue(bench.plan, bench.state)).toBe(bench.now);
    bench.until(T + 1_801 * S);
    expect(bench.notes).toEqual([]);
    expect(bench.final('m1499', 'minute', T + 1_140 * S).amounts[0]!.value).toBeCloseTo(60, 9);
  });

  test.each([[['t0', 't1']], [['t1', 't0']]])(
    'says of meters that were read as %j what it says in the plan’s order',
    (tags) => {
      const bench = new Bench({ meters: plainMeters(2), windows: ['minute'] }, T);
      for (let s = 0; s < 20; s++) bench.feed(T + s * S, ...['t0', 't1'].map((tag) => sample(tag, T + s * S, s)));
      bench.feed(T + 20 * S, ...tags.map((tag) => sample(tag, T + 3_500, 1)));
      expect(bench.notes.map(({ meter, event }) => [meter, event])).toEqual([
        ['m0', 'late'],
        ['m1', 'late'],
      ]);
    },
  );

  test('takes a state that has been to JSON and back', () => {
    const bench = new Bench(setup, T);
    for (let s = 0; s < 90; s++) bench.read('kwh', T + s * S, s).read('kw', T + s * S, s);
    const there = JSON.parse(JSON.stringify(bench.state)) as typeof bench.state;
    const input = { now: T + 90 * S, samples: [sample('kwh', T + 90 * S, 95)] };
    expect(step(bench.plan, there, input)).toEqual(step(bench.plan, bench.state, input));
  });
});

describe('a step in place', () => {
  test('gives what one gives that copies, bit for bit', () => {
    fc.assert(
      fc.property(seconds, rhythms, (series, rhythm) => {
        const { plan } = new Bench(setup, T);
        let [copied, written] = [startState(plan, T), startState(plan, T)];
        for (const delivery of deliveriesOf(series, rhythm)) {
          const [copying, writing] = [step(plan, deepFrozen(copied), delivery), stepInPlace(plan, written, delivery)];
          expect(writing.outputs).toEqual(copying.outputs);
          expect(save(plan, writing.state)).toEqual(save(plan, copying.state));
          [copied, written] = [copying.state, writing.state];
        }
      }),
      { numRuns: runs(30), endOnFailure: true },
    );
  });

  test('writes to the pages that it is given', () => {
    const { plan } = new Bench(setup, T);
    const before = startState(plan, T);
    const { state } = stepInPlace(plan, before, { now: T, samples: [sample('kwh', T, 1)] });
    for (const key of ['meters', 'groups', 'tags', 'tagRests'] as const) expect(state[key]).toBe(before[key]);
    expect(meterState(plan, state, 0).pending).toHaveLength(1);
  });
});

const plainMeters = (length: number, periodMs: Ms = S): Setup['meters'] =>
  Array.from({ length }, (_, index) => ({
    id: `m${index}`,
    kind: 'counter',
    tag: `t${index}`,
    quantity: 'electricity',
    unit: 'kWh',
    maxRate: 36_000_000,
    ...(periodMs > S && { periodMs, maxGapMs: 2 * periodMs }),
  }));

function deepFrozen<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFrozen(inner);
  return Object.freeze(value);
}
