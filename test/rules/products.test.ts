import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RawValue, Sample } from '../../rules/sample.ts';
import { meterState } from '../../rules/state.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';
import { runs } from '../support/properties.ts';

/** Windows of coils, and what is burnt between them (metering.md §6, §7). */

const T = at('2026-11-23T08:00:00+08:00');
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

const mill = (product: object, more: Partial<Setup> = {}): Setup => ({
  windows: ['hour', 'shift'],
  meters: [
    {
      ...{ id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 1e6 },
      ...{ scale: 0.1, modulus: 10_000 },
    },
    { id: 'coils', kind: 'event', tag: 'coil', amountTag: 'weight', quantity: 'steel', unit: 't' },
    { id: 'rolling', kind: 'product', product: 'coil', pieces: 'coils', quantity: 'time', unit: 'h', ...product },
    { id: 'idle', kind: 'idle', of: 'energy', outside: 'rolling', quantity: 'electricity', unit: 'kWh' },
  ],
  metrics: [
    {
      id: 'per_tonne',
      unit: 'kWh/t',
      numerator: ['energy'],
      denominator: ['coils'],
      windows: ['hour', 'shift', 'coil'],
    },
    {
      ...{ id: 'idle_share', unit: '%', denominator: ['energy'], windows: ['hour', 'shift'] },
      numerator: [{ meter: 'idle', coefficient: 100, unit: '%' }],
    },
  ],
  ...more,
});

/** A line at a time: what its tags show. */
interface Shown {
  readonly [tag: string]: RawValue;
}
const samplesAt = (bench: Bench, s: number, shown: Shown): Sample[] =>
  Object.entries(shown)
    .filter(([tag]) => bench.plan.tagNames.has(tag))
    .map(([tag, value]) => sample(tag, T + s * S, value));

function run(setup: Setup, seconds: number, shown: (second: number) => Shown, every = 10): Bench {
  const bench = new Bench(setup, T);
  for (let s = 0; s <= seconds; s += every) {
    bench.feed(T + s * S, ...samplesAt(bench, s, shown(s)));
  }
  return bench.until(T + seconds * S + 9 * H);
}

/** Every 300 s a coil: 200 s in the line at 3600 kW, weighed as it leaves, then 100 s at 360 kW. */
const CYCLE = 300;
const kwhAt = (s: number): number => {
  const [cycles, within] = [Math.floor(s / CYCLE), s % CYCLE];
  return cycles * 210 + Math.min(within, 200) + Math.max(0, within - 200) * 0.1;
};
const cycle = (s: number) => {
  const done = Math.floor((s + 100) / CYCLE);
  return {
    ...{ kwh: Math.round(kwhAt(s) * 10) % 10_000, weight: 20 + (done % 3), coil: 100 + done },
    ...{ inLine: s % CYCLE < 200 ? 1 : 0, heads: 1 + Math.floor(s / CYCLE), tails: 1 + done },
  };
};
const coilsOf = (bench: Bench, id: string) => bench.finals(id, 'coil');

describe.each([
  ['a tag that says that one is in the line', { inLine: 'inLine' }],
  ['tags that count heads and tails', { starts: 'heads', ends: 'tails' }],
])('pieces by %s', (_, product) => {
  const bench = run(mill(product), 2 * 3_600, cycle);

  test('have a window each, with their identity, mass and energy', () => {
    const coils = coilsOf(bench, 'per_tonne').slice(0, 3);
    expect(coils.map(({ window }) => window)).toEqual(
      [1, 2, 3].map((n) => ({
        ...{ kind: 'coil', product: String(101 + n), start: T + n * CYCLE * S, end: T + (n * CYCLE + 200) * S },
      })),
    );
    const masses = [102, 103, 104].map((id) => 20 + ((id - 100) % 3));
    expect(coils.map(({ value }) => value)).toEqual(masses.map((mass) => expect.closeTo(200 / mass, 9)));
    expect(coils.every(({ statusCode, revision }) => statusCode === 'good' && revision === 1)).toBe(true);
  });

  test('leave the rest idle: energy, share, and hours in the line', () => {
    expect(bench.final('idle', 'hour', T + H)).toMatchObject({ value: expect.closeTo(120, 9), statusCode: 'good' });
    expect(bench.final('idle_share', 'hour', T + H).value).toBeCloseTo((120 / 2_520) * 100, 9);
    expect(bench.final('rolling', 'hour', T + H)).toMatchObject({
      value: expect.closeTo(2 / 3, 9),
      statusCode: 'good',
    });
  });

  test('that was in the line at the start has no window: when it began nobody knows', () => {
    expect(coilsOf(bench, 'energy')[0]!.window.start).toBe(T + CYCLE * S);
    expect(bench.final('idle', 'hour', T).coverage.known).toBeLessThan(1);
  });
});

describe('pieces without such tags', () => {
  test('last from the one before to their own identity', () => {
    const bench = run(mill({}), 2 * 3_600, cycle);
    const coils = coilsOf(bench, 'per_tonne').slice(0, 2);
    expect(coils.map(({ window }) => [window.product, window.start, window.end])).toEqual([
      ['102', T + 200 * S, T + 500 * S],
      ['103', T + 500 * S, T + 800 * S],
    ]);
    expect(coils.map(({ value }) => value)).toEqual([expect.closeTo(210 / 22, 9), expect.closeTo(210 / 20, 9)]);
    expect(bench.final('idle', 'hour', T + H)).toMatchObject({ value: 0, statusCode: 'good' });
  });

  test('last no longer than the longest: before that the line was idle', () => {
    // What the line did in the last 200 s is known when the next piece has come, or has not: by revision.
    const bench = run(mill({ longest: '200s' }), 3 * 3_600, cycle);
    const [first] = coilsOf(bench, 'per_tonne');
    expect(first!.window).toMatchObject({ product: '102', start: T + 300 * S, end: T + 500 * S });
    expect(bench.final('idle', 'hour', T + H)).toMatchObject({ value: expect.closeTo(120, 9), statusCode: 'good' });
  });
});

describe('a piece', () => {
  test('that is weighed late, or corrected by hand, revises its own window', () => {
    const bench = new Bench(mill({ inLine: 'inLine' }), T);
    for (let s = 0; s <= 3_600; s += 10) bench.feed(T + s * S, ...samplesAt(bench, s, cycle(s)));
    bench.enter(T + H + MIN, { type: 'correction', key: 'c', meter: 'coils', piece: 103, amount: 25 }).until(T + 3 * H);
    const coil = coilsOf(bench, 'per_tonne').find(({ window }) => window.product === '103')!;
    expect(coil).toMatchObject({ value: expect.closeTo(200 / 25, 9), revision: 2 });
    expect(coil.amounts[1]!.flags).toEqual(['manual']);
    expect(bench.final('coils', 'coil', coil.window.start)).toMatchObject({ value: expect.closeTo(25, 9) });
  });

  test('of which the scale says nothing has no figure, but its energy', () => {
    const bench = run(mill({ inLine: 'inLine' }), 3_600, (s) => {
      const { coil, ...rest } = cycle(s);
      // Number 103 is never shown; 104 comes instead.
      return { ...rest, coil: coil === 103 ? 102 : coil };
    });
    const [nameless] = coilsOf(bench, 'per_tonne').filter(({ window }) => window.product === undefined);
    expect(nameless).toMatchObject({ value: null, reason: 'no-production' });
    expect(nameless!.amounts[0]!.value).toBeCloseTo(200, 9);
  });

  test('whose border was in a gap of its tag is uncertain', () => {
    const bench = run(mill({ inLine: 'inLine' }), 3_600, (s) => {
      const { inLine, ...rest } = cycle(s);
      return s > 650 && s < 850 ? rest : { ...rest, inLine };
    });
    const coils = coilsOf(bench, 'energy');
    expect(coils.slice(0, 3).map(({ window, statusCode }) => [window.product, statusCode])).toEqual([
      ['102', 'good'],
      ['103', 'uncertain'],
      ['104', 'good'],
    ]);
  });

  test('goes on over a restart', () => {
    const whole = run(mill({ inLine: 'inLine' }), 3_600, cycle);
    const bench = new Bench(mill({ inLine: 'inLine' }), T);
    for (let s = 0; s <= 3_600; s += 10) {
      bench.feed(T + s * S, ...samplesAt(bench, s, cycle(s)));
      if (s % 470 === 0) bench.restart(bench.now);
    }
    bench.until(T + 10 * H);
    expect(coilsOf(bench, 'per_tonne')).toEqual(coilsOf(whole, 'per_tonne'));
  });

  test('leaves nothing behind but what may be revised', () => {
    const bench = run(mill({ inLine: 'inLine' }, { reviseWithin: H }), 6 * 3_600, cycle);
    const mind = meterState(bench.plan, bench.state, 2).mind;
    if (mind.kind !== 'product') throw new Error('the third meter is the product');
    expect(mind.of.stretches.length).toBeLessThan(30);
    expect(Object.values(mind.of.waiting).flat().length).toBeLessThan(3);
  });
});

/** Durations in and between coils, in polls of 10 s, at most `polls`; consumption a poll in counts. */
const dayOf = (coils: number, polls: number) =>
  fc.array(
    fc.record({
      inside: fc.integer({ min: 1, max: polls }),
      between: fc.integer({ min: 1, max: polls }),
      kg: fc.integer({ min: 1, max: 30 }),
      counts: fc.integer({ min: 0, max: 900 }),
    }),
    { minLength: 2, maxLength: coils },
  );
/** Most days are a few minutes, so that there can be thousands; some are hours. */
const day = fc.oneof({ weight: 60, arbitrary: dayOf(4, 5) }, { weight: 1, arbitrary: dayOf(25, 30) });
type Day = typeof day extends fc.Arbitrary<infer D> ? D : never;

function samplesOf(coils: Day): Sample[] {
  let poll = 0;
  let count = 0;
  return coils.flatMap(({ inside, between, kg, counts }, index) =>
    Array.from({ length: inside + between }, (_, step): Sample[] => {
      const t = T + poll++ * 10 * S;
      count = (count + ((counts * (step + 1)) % 997)) % 10_000;
      const weighed = step >= inside;
      return [
        sample('kwh', t, count),
        sample('inLine', t, weighed ? 0 : 1),
        sample('weight', t, weighed ? kg : (coils[index - 1]?.kg ?? 1)),
        sample('coil', t, index + (weighed ? 1 : 0)),
      ];
    }).flat(),
  );
}

describe('for any day', () => {
  const energyOf = (bench: Bench, id: string, kind: 'coil' | 'shift'): number =>
    bench.finals(id, kind).reduce((sum, { amounts }) => sum + amounts[0]!.value, 0);
  const feed = (samples: readonly Sample[], cuts: ReadonlySet<number> = new Set()): Bench => {
    const bench = new Bench(mill({ inLine: 'inLine' }), T);
    samples.forEach((one, index) => {
      if (cuts.has(index)) bench.restart(bench.now);
      bench.feed(Math.max(bench.now, one.receivedAt), one);
    });
    return bench.until(bench.now + 17 * H);
  };

  test('energy of every coil + idle energy = the change of the register, rollovers included', () => {
    fc.assert(
      fc.property(day, (coils) => {
        // The first coil is in the line at the start: its time belongs to none, so it takes nothing.
        const bench = feed(samplesOf([{ inside: 1, between: 5, kg: 1, counts: 0 }, ...coils]));
        const total = energyOf(bench, 'energy', 'shift');
        const parts = energyOf(bench, 'energy', 'coil') + energyOf(bench, 'idle', 'shift');
        expect(Math.abs(parts - total)).toBeLessThanOrEqual(1e-12 * Math.max(1, total) * 10);
      }),
      { numRuns: runs(1_000) },
    );
  });

  test('a tag delayed against the others ends in the same figures of every coil', () => {
    fc.assert(
      fc.property(
        day,
        fc.constantFrom('kwh', 'inLine', 'coil', 'weight'),
        fc.integer({ min: 1, max: 1_200 }),
        (coils, tag, delay) => {
          const straight = samplesOf(coils);
          const delayed = straight
            .map((one) => (one.tag === tag ? { ...one, receivedAt: one.receivedAt + delay * S } : one))
            .sort((a, b) => a.receivedAt - b.receivedAt);
          const [whole, late] = [feed(straight), feed(delayed)];
          const seen = (bench: Bench, id: string) =>
            bench
              .finals(id, 'coil')
              .map(({ window, amounts }) => [window, amounts.map(({ value }) => value.toPrecision(10))]);
          for (const id of ['energy', 'per_tonne']) expect(seen(late, id)).toEqual(seen(whole, id));
          const idle = (bench: Bench) => energyOf(bench, 'idle', 'shift');
          expect(idle(late)).toBeCloseTo(idle(whole), 8);
        },
      ),
      { numRuns: runs(500) },
    );
  });

  test('cut anywhere: checkpoint and restart change nothing', () => {
    fc.assert(
      fc.property(day, fc.array(fc.nat({ max: 120 }), { minLength: 1, maxLength: 4 }), (coils, cuts) => {
        const samples = samplesOf(coils);
        const [whole, cut] = [feed(samples), feed(samples, new Set(cuts))];
        for (const id of ['energy', 'coils', 'per_tonne'])
          expect(cut.finals(id, 'coil')).toEqual(whole.finals(id, 'coil'));
      }),
      { numRuns: runs(500) },
    );
  });
});
