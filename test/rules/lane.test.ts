import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextDue, step, stepInPlace } from '../../rules/engine.ts';
import { isInLane } from '../../rules/lane/page.ts';
import { NEVER } from '../../rules/meter/contract.ts';
import { pageOf } from '../../rules/pages.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { resume, save } from '../../rules/saved.ts';
import { meterState, type State, startState } from '../../rules/state.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';
import { runs } from '../support/properties.ts';

/** The fast lane says of plain readings what the rules proper say; and a step leaves the state it was given as it was. */

const T = at('2026-11-23T07:58:00+08:00');
const S = 1_000;
const setup: Setup = {
  meters: [
    {
      id: 'energy',
      kind: 'counter',
      tag: 'kwh',
      quantity: 'electricity',
      unit: 'kWh',
      scale: 0.1,
      modulus: 10_000,
      maxRate: 36_000,
    },
    { id: 'water', kind: 'counter', tag: 'm3', quantity: 'water', unit: 'm3', maxRate: 36_000, float32: true },
    { id: 'power', kind: 'gauge', tag: 'kw', quantity: 'electricity', unit: 'kWh' },
    { id: 'held', kind: 'gauge', tag: 'm3h', quantity: 'water', unit: 'm3', method: 'hold' },
    { id: 'steel', kind: 'event', tag: 'coil', amountTag: 'kg', quantity: 'steel', unit: 't', scale: 0.001 },
    { id: 'named', kind: 'event', tag: 'name', amountTag: 'kg', quantity: 'steel', unit: 't', sequence: false },
    { id: 'late', kind: 'event', tag: 'coil', amountTag: 'later', quantity: 'steel', unit: 't', scale: 0.001 },
  ],
  metrics: [
    { id: 'ratio', unit: 'kWh/kWh', numerator: ['energy'], denominator: ['power'], limit: { op: '<=', bound: 0.5 } },
    { id: 'share', unit: 'm3/m3', numerator: ['water'], denominator: ['held'] },
  ],
};

/** Mostly plain readings; now and then bad, uncertain, glitched, out of order, repeated, far apart or read within a time. */
const ODD = ['bad', 'unread', 'uncertain', 'glitch', 'swapped', 'gap', 'within', 'exact'];
const seriesOf = (plain: number): fc.Arbitrary<Seconds> =>
  fc.array(
    fc.record({
      odd: fc.constantFrom(...Array<string>(plain).fill('plain'), ...ODD),
      counts: fc.integer({ min: 0, max: 90 }),
    }),
    { minLength: 20, maxLength: 250 },
  );
const seconds = seriesOf(30);
type Seconds = readonly { readonly odd: string; readonly counts: number }[];

/** What comes in at once, with the time of its coming. */
interface Delivery {
  readonly now: Ms;
  readonly samples: readonly Sample[];
}

/** Read so often that minutes end on the way, at a reading or between two. */
const rhythms = fc.record({ first: fc.constantFrom(0, 370), every: fc.constantFrom(S, 2 * S, 7 * S + 1, 10 * S) });
type Rhythm = { readonly first: Ms; readonly every: Ms };

function deliveriesOf(series: Seconds, { first, every }: Rhythm): Delivery[] {
  let t = T + first;
  let count = 9_000;
  let held: Sample[] = [];
  return series.map(({ odd: oddity, counts }, index) => {
    t += oddity === 'gap' ? 90 * S : every;
    count += counts;
    const one = (tag: string, value: number | string): Sample => {
      const plain = sample(tag, t, value);
      if (oddity === 'bad') return { ...plain, value: null, statusCode: 'bad' };
      if (oddity === 'unread') return { ...plain, value: null, statusCode: 'bad', unread: true };
      if (oddity === 'uncertain') return { ...plain, statusCode: 'uncertain' };
      if (oddity === 'glitch') return { ...plain, value: 7 };
      return oddity === 'within' ? { ...plain, takenWithin: 300 } : plain;
    };
    const made = [
      { ...one('kwh', count % 10_000), ...(oddity === 'exact' && { value: BigInt(count % 10_000) }) },
      one('m3', Math.fround(count / 7)),
      one('kw', counts),
      one('m3h', counts + 0.1),
      one('kg', 20_000 + Math.floor(index / 20)),
      one('coil', Math.floor(index / 20)),
      one('name', `c${Math.floor(index / 7) % 9}`),
      one('later', 20_000 + Math.floor((index - 3) / 20)),
    ];
    const samples = [...made, ...held];
    held = [];
    if (oddity !== 'swapped') return { now: t, samples };
    // Among them identities that come without their weights, and the other way round.
    held = samples.filter((_, place) => (place + counts) % 2 === 0);
    return { now: t, samples: samples.filter((_, place) => (place + counts) % 2 === 1) };
  });
}

const inLane = (state: State): readonly boolean[] =>
  setup.meters.map((_, slot) => isInLane(pageOf(state.meters, 0), slot));

/** Every step begins outside the lane, as after a restart, so that every reading goes by the rules proper. */
function byTheRules(bench: Bench, delivery: Delivery): void {
  // A restart gives inputs more time to report.
  const { resumedAt, groups, due } = bench.state;
  bench.state = { ...resume(bench.plan, save(bench.plan, bench.state), bench.now), resumedAt, groups, due };
  bench.feed(delivery.now, ...delivery.samples);
}

describe('the fast lane', () => {
  test.each([
    ['many', 30],
    ['few', 1_000],
  ])('gives the same outputs and the same state as the rules proper, bit for bit, with %s odd readings', (_, plain) => {
    fc.assert(
      fc.property(seriesOf(plain), rhythms, (series, rhythm) => {
        const [fast, slow] = [new Bench(setup, T), new Bench(setup, T)];
        for (const delivery of deliveriesOf(series, rhythm)) {
          fast.feed(delivery.now, ...delivery.samples);
          byTheRules(slow, delivery);
          expect(save(fast.plan, fast.state)).toEqual(save(slow.plan, slow.state));
        }
        fast.until(fast.now + 600 * S);
        slow.until(slow.now + 600 * S);
        expect(fast.log).toEqual(slow.log);
        expect(fast.notes).toEqual(slow.notes);
        expect(fast.alarms).toEqual(slow.alarms);
      }),
      { numRuns: runs(30), endOnFailure: true },
    );
  });

  test('is where a plain meter is, and its state is what it would be outside', () => {
    const bench = new Bench(setup, T);
    for (let s = 0; s < 90; s++) bench.read('kwh', T + s * S, s);
    expect(inLane(bench.state).slice(0, 5)).toEqual([true, false, false, false, false]);
    const { mind, pending } = meterState(bench.plan, bench.state, 0);
    expect(mind).toMatchObject({ kind: 'counter', of: { base: { t: T + 84 * S, count: 84 } } });
    expect(pending.map(({ value }) => value)).toEqual([85, 86, 87, 88, 89]);
  });

  test.each([0, 370])(
    'is not left where a minute ends, read %i ms beside its border; but where a longer window does',
    (ms) => {
      const bench = new Bench(setup, T);
      const leftAt = new Set<Ms>();
      for (let s = 0; s < 200; s++) {
        const before = pageOf(bench.state.meters, 0).meters.meters[0]!;
        bench.read('kwh', T + s * S + ms, s).read('kw', T + s * S + ms, s);
        const { meters, crossed } = pageOf(bench.state.meters, 0);
        if (s > 10 && meters.meters[0]!.mind !== before.mind) leftAt.add(bench.now - ms);
        if (s === 100) expect(crossed.start.slice(0, 3)).toEqual([T + 60 * S, NEVER, T + 60 * S]);
      }
      // Taken once `grace` is over.
      expect([...leftAt]).toEqual([T + 125 * S]);
      expect(bench.final('energy', 'minute', T + 60 * S).amounts[0]!.value).toBeCloseTo(6, 12);
    },
  );

  test('is where a scale is while its piece is there, however it is named', () => {
    const bench = new Bench(setup, T);
    const look = (): boolean[] => inLane(bench.state).slice(4, 7);
    const read = (from: number, to: number, piece: number): void => {
      for (let s = from; s < to; s++)
        bench.feed(
          T + s * S,
          sample('coil', T + s * S, piece),
          sample('kg', T + s * S, 20_000 + piece),
          sample('name', T + s * S, `c${piece}`),
          sample('later', T + s * S + 300, 20_000 + piece),
        );
    };
    read(0, 20, 1);
    expect(look()).toEqual([true, true, true]);
    read(20, 90, 2);
    expect(look()).toEqual([true, true, true]);
    const { mind, pending } = meterState(bench.plan, bench.state, 5);
    expect(mind).toMatchObject({ kind: 'event', of: { id: 'c2', t: T + 84 * S, weighedAt: T + 84 * S } });
    expect(pending.slice(0, 2).map(({ input, value }) => [input, value])).toEqual([
      [1, 20_002],
      [0, 'c2'],
    ]);
  });

  test('closes windows once every identity has passed them, whichever of a scale’s tags is read first', () => {
    const bench = new Bench({ ...setup, metrics: [], windows: ['minute'] }, T);
    for (let s = 0; s <= 60; s++)
      for (const [tag, value] of [
        ['kg', 20_000],
        ['coil', 7],
        ['name', 'c7'],
      ] as const)
        bench.feed(T + s * S, sample(tag, T + s * S, value));
    bench.until(T + 64 * S);
    expect(bench.log).toEqual([]);
    bench.until(T + 65 * S);
    expect(bench.log.map(({ metric }) => metric)).toEqual(['steel', 'named', 'late']);
  });

  test('has no place for a count that no number holds', () => {
    const bench = new Bench(setup, T);
    for (let s = 0n; s < 90n; s++) bench.read('kwh', T + Number(s) * S, 2n ** 60n + s);
    expect(inLane(bench.state)[0]).toBe(false);
    bench.until(T + 600 * S);
    expect(bench.final('energy', 'quarterHour', at('2026-11-23T07:45:00+08:00')).amounts[0]!.value).toBeCloseTo(8.9, 9);
  });
});

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

const plainMeters = (length: number): Setup['meters'] =>
  Array.from({ length }, (_, index) => ({
    id: `m${index}`,
    kind: 'counter',
    tag: `t${index}`,
    quantity: 'electricity',
    unit: 'kWh',
    maxRate: 36_000_000,
  }));

function deepFrozen<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFrozen(inner);
  return Object.freeze(value);
}
