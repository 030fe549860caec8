import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { takeUp } from '../../rules/carry.ts';
import type { Amount } from '../../rules/evaluation.ts';
import { folded } from '../../rules/gather.ts';
import { packMeter } from '../../rules/packed.ts';
import { save } from '../../rules/saved.ts';
import { meterState, startMeter, startState } from '../../rules/state.ts';
import { at, Bench, planOf, type Setup } from '../support/engineKit.ts';
import { runs } from '../support/properties.ts';
import { type RandomPlant, run, setupOf, smallPlants, storyOf } from '../support/randomPlant.ts';

const T = at('2026-11-23T10:00:00+08:00');
const MIN = 60_000;

const counter = (id: string, more: object = {}) => ({
  ...{ id, kind: 'counter' as const, tag: `${id}.kwh`, quantity: 'electricity', unit: 'kWh', maxRate: 40_000 },
  ...more,
});
const ratio = { id: 'share', unit: 'kWh/kWh', numerator: ['mill'], denominator: ['fans'], minDenominator: 0 };
const setup = (more: Partial<Setup> = {}): Setup => ({
  meters: [counter('mill'), counter('fans')],
  windows: ['minute', 'hour'],
  ...more,
});

/** Reads every register each ten seconds from one instant up to another: one kWh a reading for the mill, two for the fans. */
function reads(bench: Bench, from: number, to: number, tags: readonly string[] = ['mill.kwh', 'fans.kwh']): Bench {
  for (let t = T + from; t <= T + to; t += 10_000)
    for (const tag of tags)
      if (bench.plan.tagNames.has(tag)) bench.read(tag, t, ((t - T) / 10_000) * (tag === 'mill.kwh' ? 1 : 2));
  return bench;
}

describe('a plan that is replaced while it runs', () => {
  test('leaves alone what it does not change, to the last bit', () => {
    const plain = reads(new Bench(setup(), T), 0, 90.5 * MIN).until(T + 130 * MIN);
    const changed = reads(new Bench(setup(), T), 0, 20.5 * MIN)
      .change(setup({ metrics: [ratio] }))
      .change(setup({ meters: [counter('mill'), counter('fans'), counter('new')] }));
    reads(changed, 20.5 * MIN + 10_000, 90.5 * MIN).change(setup());
    changed.until(T + 130 * MIN);
    for (const id of ['mill', 'fans'])
      for (const kind of ['minute', 'hour'] as const) expect(changed.finals(id, kind)).toEqual(plain.finals(id, kind));
  });

  test('a meter that is defined anew counts from then on, and the windows that it was open in say so', () => {
    const bench = reads(new Bench(setup(), T), 0, 30 * MIN).change(
      setup({ meters: [counter('mill', { scale: 10 }), counter('fans')] }),
      ['mill'],
    );
    reads(bench, 30 * MIN + 10_000, 70 * MIN).until(T + 80 * MIN);
    const [mill] = bench.final('mill', 'hour', T).amounts;
    // From the first reading under the new scale, ten seconds into the second half.
    expect(mill).toMatchObject({ value: (30 * 6 - 1) * 10, flags: ['redefined'] });
    expect(mill!.coverage.known).toBeCloseTo((30 * MIN - 10_000) / (60 * MIN), 12);
    expect(bench.final('mill', 'hour', T)).toMatchObject({ value: null, reason: 'incomplete' });
    expect(bench.final('fans', 'hour', T)).toMatchObject({ value: 720, statusCode: 'good' });
    expect(bench.final('mill', 'minute', T + 31 * MIN)).toMatchObject({ value: 60, amounts: [{ flags: [] }] });
  });

  test('a window that had ended is closed by the old plan, and what still comes for it revises it by the new one', () => {
    const limited = (bound: number) => setup({ metrics: [{ ...ratio, limit: { op: '<=', bound } }] });
    const bench = reads(new Bench(limited(1), T), 0, 59 * MIN + 50_000);
    bench.until(T + 60 * MIN + 2_000).change(limited(0.25));
    expect(bench.final('share', 'hour', T)).toMatchObject({ value: 0.5, limit: { bound: 1, state: 'normal' } });
    reads(bench, 60 * MIN, 61 * MIN).until(T + 70 * MIN);
    expect(bench.final('mill', 'hour', T)).toMatchObject({ value: 360, revision: 2 });
    expect(bench.final('share', 'minute', T + 60 * MIN)).toMatchObject({ limit: { bound: 0.25, state: 'excursion' } });
  });

  test('a metric over meters that had nothing to do with each other begins with what both have in their open windows', () => {
    const bench = reads(new Bench(setup(), T), 0, 30 * MIN).change(setup({ metrics: [ratio] }));
    reads(bench, 30 * MIN + 10_000, 70 * MIN).until(T + 80 * MIN);
    expect(bench.final('share', 'hour', T)).toMatchObject({ value: 0.5, statusCode: 'good', coverage: { known: 1 } });
  });

  test('a window of a new kind lacks what was before it was asked for; the others lack nothing', () => {
    const bench = reads(new Bench(setup(), T), 0, 35 * MIN).change(
      setup({ windows: ['minute', 'quarterHour', 'hour'] }),
    );
    reads(bench, 35 * MIN + 10_000, 70 * MIN).until(T + 80 * MIN);
    expect(bench.final('mill', 'quarterHour', T + 30 * MIN).coverage.known).toBeLessThan(1);
    expect(bench.final('mill', 'quarterHour', T + 45 * MIN)).toMatchObject({ value: 90, statusCode: 'good' });
    expect(bench.final('mill', 'hour', T)).toMatchObject({ value: 360, statusCode: 'good' });
  });

  test('a meter that is taken away ends with its windows unfinished, and comes back as a new one', () => {
    const bench = reads(new Bench(setup(), T), 0, 30 * MIN).change(setup({ meters: [counter('fans')] }));
    reads(bench, 30 * MIN + 10_000, 40 * MIN).change(setup());
    reads(bench, 40 * MIN + 10_000, 70 * MIN).until(T + 80 * MIN);
    expect(bench.final('mill', 'hour', T)).toMatchObject({ value: null, reason: 'incomplete' });
    expect(bench.final('mill', 'minute', T + 50 * MIN)).toMatchObject({ value: 6 });
    expect(bench.finals('mill', 'minute').some(({ window }) => window.start === T + 35 * MIN)).toBe(false);
  });
});

describe('a plan that is another one at a new start', () => {
  test('closes a window that had ended just before for every meter, whichever group it was in', () => {
    const bench = reads(new Bench(setup({ metrics: [ratio] }), T), 0, 60 * MIN - 10_000);
    bench.until(T + 60 * MIN + 2_000).restart(T + 60 * MIN + 3_000, setup());
    reads(bench, 60 * MIN + 10_000, 70 * MIN).until(T + 80 * MIN);
    expect(bench.final('mill', 'hour', T)).toMatchObject({ value: 360, statusCode: 'good' });
    expect(bench.final('fans', 'hour', T)).toMatchObject({ value: 720, statusCode: 'good' });
  });

  /** Windows of the quick meter as they were told, each time that they were, while a slow one is joined to it. */
  const quickAfter = (before: Setup, after: Setup, tags: readonly string[]): unknown[] => {
    const bench = new Bench(before, T);
    for (let at = 0; at <= 70 * MIN; at += 10_000) {
      if (at === 25.5 * MIN) bench.restart(T + at, after);
      reads(bench, at, at, at % (10 * MIN) === 0 ? [...tags, 'fans.kwh'] : ['fans.kwh']);
    }
    const minutes = bench
      .until(T + 90 * MIN)
      .log.filter(({ metric, window }) => metric === 'fans' && window.kind === 'minute');
    return minutes.slice(0, 70).map(({ window, value }) => [(window.start - T) / MIN, value]);
  };
  const EACH = Array.from({ length: 70 }, (_, minute) => [minute, 12]);

  test('that divides a quick meter among pieces of a slow scale, or settles by it, tells no window anew', () => {
    const pace = { periodMs: 10 * MIN, maxGapMs: 15 * MIN };
    const scale = { ...{ id: 'mill', kind: 'event' as const, tag: 'mill.kwh', quantity: 'steel', unit: 't' }, ...pace };
    const before: Setup = { windows: ['minute'], meters: [scale, counter('fans')] };
    const pieces = { id: 'coil', kind: 'product' as const, product: 'coil' as const, pieces: 'mill', longest: '10min' };
    const idle = {
      id: 'idle',
      kind: 'idle' as const,
      of: 'fans',
      outside: 'coil',
      quantity: 'electricity',
      unit: 'kWh',
    };
    const divided = { ...before, meters: [...before.meters, { ...pieces, quantity: 'time', unit: 'h' }, idle] };
    expect(quickAfter(before, divided, ['mill.kwh'])).toEqual(EACH);
    const metal = { id: 'fans', kind: 'faraday' as const, tag: 'fans.kwh', cells: 1, efficiency: 1 };
    const current = { ...metal, quantity: 'aluminium', unit: 't' };
    const plain: Setup = { windows: ['minute'], meters: [scale, current] };
    const settled: Setup = { ...plain, meters: [scale, { ...current, settle: { tapped: 'mill', period: 'day' } }] };
    const told = quickAfter(plain, settled, ['mill.kwh']);
    expect(new Set(told.map((one) => (one as [number])[0])).size).toBe(told.length);
  });

  test('that joins a slow meter to a quick one tells no window of the quick one anew', () => {
    const slow = { meters: [counter('mill', { periodMs: 10 * MIN, maxGapMs: 15 * MIN }), counter('fans')] };
    const bench = new Bench(setup(slow), T);
    for (let at = 0; at <= 70 * MIN; at += 10_000) {
      if (at === 25.5 * MIN) bench.restart(T + at, setup({ ...slow, metrics: [ratio] }));
      reads(bench, at, at, at % (10 * MIN) === 0 ? ['mill.kwh', 'fans.kwh'] : ['fans.kwh']);
    }
    bench.until(T + 90 * MIN);
    const minutes = bench.log.filter(({ metric, window }) => metric === 'fans' && window.kind === 'minute');
    expect(minutes.slice(0, 70).map(({ window, value }) => [(window.start - T) / MIN, value])).toEqual(
      Array.from({ length: 70 }, (_, minute) => [minute, 12]),
    );
    const mill = bench.finals('mill', 'minute').slice(0, 70);
    expect(mill.map(({ value }) => value)).toEqual(Array.from({ length: 70 }, () => 6));
    expect(bench.final('share', 'hour', T)).toMatchObject({ value: 0.5, statusCode: 'good' });
  });
});

/** Other plans for the same tags, in all of which the meters that are compared are defined as ever. */
const VARIANTS: readonly ((setup: Setup) => Setup)[] = [
  (setup) => setup,
  (setup) => ({ ...setup, metrics: [] }),
  (setup) => ({ ...setup, metrics: setup.metrics!.slice(1) }),
  ({ metrics, ...setup }) => ({
    ...setup,
    metrics: metrics!.map((one) => ({ ...one, limit: { op: '<=', bound: 3 } })),
  }),
  (setup) => ({ ...setup, metrics: [{ id: 'yield', unit: 't/t', numerator: ['coils'], denominator: ['metal'] }] }),
];
const COMPARED = ['energy', 'power', 'coils', 'metal'];

/**
 * All that a figure says but which revision it is: a window that is closed early is revised where another is not, and
 * what is revised is rounded once more. A window of which nothing is known is told where another meter of the group has
 * opened it, and else not.
 */
const finals = (bench: Bench, { calendar: { windows } }: RandomPlant): unknown[] =>
  COMPARED.flatMap((id) =>
    windows.flatMap((kind) =>
      bench
        .finals(id, kind)
        .filter(({ coverage }) => coverage.known > 0)
        .map(({ revision: _, amounts, ...figure }) =>
          JSON.stringify({ ...figure, amounts: amounts.map(said) }, rounded),
        ),
    ),
  );
const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(12)) : value;
const said = ({ working, ...amount }: Amount): unknown => ({ ...amount, working: { ...working, revised: null } });

test('whatever else becomes of the plan and however often, meters as they were end in the same figures', {
  timeout: 480_000,
}, () => {
  const changes = fc.array(fc.tuple(fc.nat({ max: 55 }), fc.nat({ max: VARIANTS.length - 1 }), fc.boolean()), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(smallPlants, changes, (plant, all) => {
      const { samples } = storyOf(plant);
      const changed = run(plant, samples, [], (bench, index) => {
        for (const [when, which, isRestart] of all) {
          const setup = VARIANTS[which]!(setupOf(plant));
          if (when === index) isRestart ? bench.restart(bench.now, setup) : bench.change(setup);
        }
      });
      expect(finals(changed, plant)).toEqual(finals(run(plant, samples), plant));
    }),
    { numRuns: runs(200) },
  );
});

test.each([{ at: T }, { form: 7, windows: ['hour'], meters: [], nexts: [] }])(
  'the checkpoint of another version is not taken up, whatever it is like: %o',
  (other) => {
    const plan = planOf(setup({ metrics: [ratio] }));
    expect(takeUp(plan, other as never, T)).toEqual({ state: startState(plan, T), outputs: [] });
  },
);

test('a checkpoint of the form before, which had no outer cells, is gone on from', () => {
  const upTo = 30.5 * MIN;
  const [bench, plain] = [reads(new Bench(setup(), T), 0, upTo), reads(new Bench(setup(), T), 0, upTo)];
  const { plan, state } = bench;
  const meters = plan.meters.map((spec, index) => {
    expect(meterState(plan, state, index).outer).not.toBeNull();
    return packMeter(folded(meterState(plan, state, index)), startMeter(plan, spec));
  });
  bench.state = takeUp(plan, { ...save(plan, state), form: 8, meters }, bench.now).state;
  for (const one of [bench, plain]) reads(one, upTo + 10_000, 70 * MIN).until(T + 80 * MIN);
  expect(bench.final('mill', 'hour', T)).toEqual(plain.final('mill', 'hour', T));
  expect(bench.final('mill', 'hour', T).amounts[0]!.value).toBe(360);
});
