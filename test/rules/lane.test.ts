import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CROSSED_ROW, isInLane, START } from '../../rules/lane/page.ts';
import { NEVER } from '../../rules/meter/contract.ts';
import { pageOf } from '../../rules/pages.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { resume, save } from '../../rules/saved.ts';
import { lateReadings, meterState, type State } from '../../rules/state.ts';
import { type Delivery, deliveriesOf, rhythms, S, seriesOf, setup, T, windows } from '../support/deliveries.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';
import { runs } from '../support/properties.ts';

/** The fast lane says of plain readings what the rules proper say. */

const inLane = (state: State): readonly boolean[] =>
  setup.meters.map((_, slot) => isInLane(pageOf(state.meters, 0), slot));

/** Every step begins outside the lane, as after a restart, so that every reading goes by the rules proper. */
function byTheRules(bench: Bench, delivery: Delivery): void {
  // A restart gives inputs more time to report.
  const { resumedAt, groups, due } = bench.state;
  bench.state = { ...resume(bench.plan, save(bench.plan, bench.state), bench.now), resumedAt, groups, due };
  bench.feed(delivery.now, ...delivery.samples);
}

/** Deliveries come to the same with and without the lane. */
function sameBothWays(to: Setup, deliveries: readonly Delivery[]): Bench {
  const [fast, slow] = [new Bench(to, T), new Bench(to, T)];
  for (const delivery of deliveries) {
    fast.feed(delivery.now, ...delivery.samples);
    byTheRules(slow, delivery);
    expect(save(fast.plan, fast.state)).toEqual(save(slow.plan, slow.state));
  }
  fast.until(fast.now + 600 * S);
  slow.until(slow.now + 600 * S);
  expect(fast.log).toEqual(slow.log);
  expect(fast.notes).toEqual(slow.notes);
  expect(fast.alarms).toEqual(slow.alarms);
  return fast;
}

const scaleAndPower: Setup = {
  meters: setup.meters.filter(({ id }) => id === 'steel' || id === 'power'),
  metrics: [{ id: 'perTonne', unit: 'kWh/t', numerator: ['power'], denominator: ['steel'] }],
  windows: ['minute', 'quarterHour'],
};

/** A tag says two things of one time. */
const TWICE = ['doubted', 'spoiled', 'renamed', 'reweighed', 'unweighed'];

/** Of each second: whether a piece comes, whether the scale is read, and whether what is read is handed over with the next. */
const handedOver = fc.array(
  fc.record({
    piece: fc.constantFrom('new', 'same', 'same', 'same', 'same', 'same', 'back'),
    read: fc.constantFrom('both', 'both', 'both', 'both', 'identity', 'weight', ...TWICE),
    held: fc.boolean(),
    late: fc.constantFrom(false, false, false, true),
  }),
  { minLength: 62, maxLength: 150 },
);

function weighings(all: typeof handedOver extends fc.Arbitrary<infer A> ? A : never, ms: Ms): Delivery[] {
  let piece = 1;
  let [samples, later]: [Sample[], Sample[]] = [[], []];
  const deliveries: Delivery[] = [];
  all.forEach(({ piece: comes, read, held, late }, s) => {
    if (comes === 'new') piece++;
    if (comes === 'back') piece--;
    const t = T + s * S + ms;
    if (read !== 'identity') samples.push(sample('kg', t, 20_000 + (piece % 3)));
    const coil = sample('coil', t, piece);
    if (read === 'doubted') samples.push({ ...coil, statusCode: 'uncertain' });
    if (read !== 'weight') samples.push(coil);
    if (read === 'spoiled') samples.push({ ...coil, value: null, statusCode: 'bad' });
    if (read === 'renamed') samples.push({ ...coil, value: piece + 1 });
    if (read === 'reweighed') samples.push(sample('kg', t, 20_009));
    if (read === 'unweighed') samples.push({ ...sample('kg', t, 0), value: null, statusCode: 'bad' });
    (late ? later : samples).push(sample('kw', t + 100, 60));
    if (held && s + 1 < all.length) return;
    deliveries.push({ now: t + 200, samples });
    [samples, later] = [later, []];
  });
  return deliveries;
}

describe('the fast lane', () => {
  test.each([
    ['many', 30],
    ['few', 1_000],
  ])('gives the same outputs and the same state as the rules proper, bit for bit, with %s odd readings', (_, plain) => {
    fc.assert(
      fc.property(seriesOf(plain), rhythms, windows, (series, rhythm, kinds) => {
        sameBothWays({ ...setup, windows: kinds }, deliveriesOf(series, rhythm));
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

  test.each([
    ['below zero', (s: number) => Math.fround(8 * s - 524_488)],
    ['whose step has become coarse', (s: number) => Math.fround(16 * s + 2 ** 27 - 1_600)],
  ])('says the same of a float32 register %s', (_, countAt) => {
    const { notes } = sameBothWays(
      setup,
      Array.from({ length: 15 }, (__, s) => ({
        now: T + 10 * s * S,
        samples: [sample('m3', T + 10 * s * S, countAt(10 * s))],
      })),
    );
    expect(notes.map(({ event }) => event)).toEqual(countAt(150) > 0 ? ['coarse-register'] : []);
  });

  test.each([0, 370])(
    'is not left where a minute ends, read %i ms beside its border; but where a longer window does',
    (ms) => {
      const bench = new Bench(setup, T);
      const leftAt = ['energy', 'steel'].map((id) => ({
        id,
        slot: setup.meters.findIndex((one) => one.id === id),
        at: [] as Ms[],
      }));
      for (let s = 0; s < 200; s++) {
        const before = pageOf(bench.state.meters, 0).meters.meters.map(({ mind }) => mind);
        const read = (tag: string, value: number) => sample(tag, T + s * S + ms, value);
        bench.feed(T + s * S + ms, read('kwh', s), read('kw', s), read('kg', 20_000), read('coil', 7));
        const { meters, crossed } = pageOf(bench.state.meters, 0);
        for (const { slot, at: times } of leftAt)
          if (s > 10 && meters.meters[slot]!.mind !== before[slot]) times.push(bench.now - ms);
        if (s === 100)
          expect([0, 1, 2, 4].map((slot) => crossed[slot * CROSSED_ROW + START])).toEqual([
            T + 60 * S,
            NEVER,
            T + 60 * S,
            T + 60 * S,
          ]);
      }
      // Taken once `grace` is over.
      expect(leftAt.map(({ id, at: times }) => [id, times])).toEqual([
        ['energy', [T + 125 * S]],
        ['steel', [T + 125 * S]],
      ]);
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

  test('says the same of pieces that come one after the other, about borders too, however their readings are handed over', () => {
    fc.assert(
      fc.property(handedOver, fc.constantFrom(0, 370), (all, ms) => {
        sameBothWays(scaleAndPower, weighings(all, ms));
      }),
      { numRuns: runs(60), endOnFailure: true },
    );
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

  test('takes what waited of a meter that leaves in the same step: an input of its tag came late', () => {
    const inputs = ['left', 'right'];
    const derived = { both: { inputs, maxAge: 60 * S, evaluate: ([a, b]: readonly number[]) => a! + b! } };
    const meters: Setup['meters'] = [{ id: 'power', kind: 'gauge', tag: 'both', quantity: 'electricity', unit: 'kWh' }];
    const { state } = sameBothWays(
      { meters, derived },
      Array.from({ length: 20 }, (_, s) => {
        const samples = inputs.map((tag) => sample(tag, T + s * S, s));
        return { now: T + s * S, samples: s === 12 ? [...samples, sample('left', T + 3_500, 9)] : samples };
      }),
    );
    expect(lateReadings(state)).toBe(1);
  });

  test('has no place for a count that no number holds', () => {
    const bench = new Bench(setup, T);
    for (let s = 0n; s < 90n; s++) bench.read('kwh', T + Number(s) * S, 2n ** 60n + s);
    expect(inLane(bench.state)[0]).toBe(false);
    bench.until(T + 600 * S);
    expect(bench.final('energy', 'quarterHour', at('2026-11-23T07:45:00+08:00')).amounts[0]!.value).toBeCloseTo(8.9, 9);
  });
});
