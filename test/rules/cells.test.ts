import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chargeBetween, chargeFrom, withCharge } from '../../rules/meter/charge.ts';
import { ramp } from '../../rules/meter/gauge.ts';
import type { Ms } from '../../rules/sample.ts';
import { at, Bench, type Setup } from '../support/engineKit.ts';
import { runs } from '../support/properties.ts';

/** Cells in operation that operators tell, in time or afterwards: metering.md §5. */

const T = at('2026-11-23T00:00:00+08:00');
const MIN = 60_000;
const H = 60 * MIN;
const STEP = 5 * MIN;
const metal = {
  ...{ id: 'metal', kind: 'faraday' as const, tag: 'ka', cells: 240 as number | string, efficiency: 0.93 },
  ...{ quantity: 'liquid aluminium', unit: 't', periodMs: MIN },
};
const setup = (more: Partial<Setup> = {}): Setup => ({
  windows: ['quarterHour', 'hour', 'day'],
  meters: [metal, { ...metal, id: 'theoretical', efficiency: 1 }],
  metrics: [{ id: 'efficiency', unit: '%', numerator: ['metal'], denominator: ['theoretical'] }],
  ...more,
});

interface Told {
  readonly cells: number;
  /** Both in minutes. */
  readonly from: number;
  readonly toldAt: number;
}
const entry = ({ cells, from }: Told, key = `${from} ${cells}`) =>
  ({ type: 'cells', key, meter: 'metal', by: 'Li', cells, at: T + from * MIN }) as const;

/** The current of a minute, in kA. */
const current = (minute: number): number => 350 + (minute % 7) / 4;

/** So many minutes of current, operators telling cells meanwhile. */
function run(minutes: number, told: readonly Told[], restartAt = -1): Bench {
  const bench = new Bench(setup(), T);
  for (let minute = 0; minute <= minutes; minute++) {
    bench.read('ka', T + minute * MIN, current(minute));
    for (const one of told) if (one.toldAt === minute) bench.enter(T + minute * MIN, entry(one));
    if (minute === restartAt) bench.restart(bench.now);
  }
  return bench.until(T + minutes * MIN + 10_000);
}

const HOUR_T = (0.3356 * 350_000) / 1e6;

describe('cells told by an operator', () => {
  const steady = (bench: Bench, hours: number): Bench => {
    for (let t = T; t <= T + hours * H; t += MIN) bench.read('ka', t, 350);
    return bench;
  };

  test('an hour afterwards put right what was counted since, in closed windows and in open ones', () => {
    const bench = steady(new Bench(setup(), T), 2).until(T + 2 * H + 10_000);
    bench.enter(T + 2.5 * H, entry({ cells: 239, from: 75, toldAt: 150 }));
    for (let t = T + 2 * H + MIN; t <= T + 4 * H; t += MIN) bench.read('ka', t, 350);
    bench.until(T + 4 * H + 10_000);
    const [first, second, third, fourth] = bench.finals('theoretical', 'hour');
    expect(first).toMatchObject({ revision: 1, amounts: [{ flags: ['estimate'] }] });
    expect(first!.value).toBeCloseTo(240 * HOUR_T, 12);
    expect(second).toMatchObject({ revision: 2, statusCode: 'good', coverage: { known: 1, measured: 1 } });
    expect(second!.value).toBeCloseTo((240 * 0.25 + 239 * 0.75) * HOUR_T, 12);
    expect(second!.amounts[0]!.flags).toEqual(['estimate', 'manual']);
    expect(second!.amounts[0]!.working).toMatchObject({ kind: 'faraday', cells: expect.closeTo(239.25, 9) });
    expect(third!.value).toBeCloseTo(239 * HOUR_T, 12);
    expect(fourth).toMatchObject({ revision: 1, amounts: [{ flags: ['estimate', 'manual'] }] });
    expect(fourth!.value).toBeCloseTo(239 * HOUR_T, 12);
    // What is told of one meter holds for all metal from the same current.
    expect(bench.finals('metal', 'hour').map(({ value }) => value! / 0.93)).toEqual(
      bench.finals('theoretical', 'hour').map(({ value }) => expect.closeTo(value!, 12)),
    );
    expect(bench.entries).toMatchObject([{ refused: null, about: { from: T + 75 * MIN, to: T + 75 * MIN } }]);
  });

  test('twice of the same instant: the second counts; told twice by one key, it counts once', () => {
    const bench = steady(new Bench(setup(), T), 2);
    const wrong = entry({ cells: 200, from: 60, toldAt: 120 });
    bench.enter(T + 2 * H, wrong, entry({ cells: 239, from: 60, toldAt: 120 }), wrong);
    bench.until(T + 2 * H + 10_000);
    expect(bench.finals('theoretical', 'hour')[1]!.value).toBeCloseTo(239 * HOUR_T, 12);
  });

  test('are refused where a tag says them, of another kind of meter, and of a time of which nothing is kept', () => {
    const tagged = new Bench(setup({ meters: [{ ...metal, cells: 'cells' }], metrics: [] }), T);
    tagged.enter(T, entry({ cells: 239, from: 0, toldAt: 0 }));
    expect(tagged.entries[0]!.refused).toBe('the tag cells says how many cells are in operation');
    const rate = { id: 'metal', kind: 'gauge' as const, tag: 'kw', quantity: 'electricity', unit: 'kWh' };
    const other = new Bench({ windows: ['hour'], meters: [rate] }, T);
    other.enter(T, entry({ cells: 239, from: 0, toldAt: 0 }));
    expect(other.entries[0]!.refused).toBe('only a faraday meter has cells');
    const long = new Bench(setup({ reviseWithin: 100 * H }), T);
    for (let t = T; t <= T + 51 * H; t += MIN) long.read('ka', t, 350);
    long.enter(T + 51 * H, entry({ cells: 239, from: 59, toldAt: 0 }), entry({ cells: 239, from: 60, toldAt: 0 }));
    expect(long.entries.map(({ refused }) => refused)).toEqual(['the current of that time is no longer kept', null]);
  });

  test('leave a settled day the metal that was tapped', () => {
    const tapped = { ...{ id: 'tapped', kind: 'event' as const, quantity: 'tapped metal', unit: 't' } };
    const settling = { ...metal, settle: { tapped: 'tapped', period: 'day' as const } };
    const bench = new Bench(setup({ meters: [settling, tapped], metrics: [] }), T);
    const ladle = (key: string, hour: number, amount: number) =>
      ({ type: 'piece', key, meter: 'tapped', piece: key, amount, at: T + hour * H }) as const;
    bench.enter(T, ladle('start', 0, 0));
    steady(bench, 25).enter(T + 25 * H, ladle('one', 12, 600), ladle('two', 24.5, 0));
    bench.enter(T + 26 * H, entry({ cells: 220, from: 12 * 60, toldAt: 26 * 60 })).until(T + 27 * H);
    const day = bench.finals('metal', 'day')[0]!;
    expect(day.value).toBeCloseTo(600, 9);
    expect(day.amounts[0]!.working).toMatchObject({ basis: 'settled', cells: expect.closeTo(230, 9) });
    const [noon] = bench.finals('metal', 'hour').slice(12);
    expect(noon!.value).toBeCloseTo(((600 / 24) * 220) / 230, 9);
  });
});

const byStep = (most: number) => fc.integer({ min: 0, max: most / 5 }).map((step) => step * 5);

test('told in time or afterwards, in whatever order, with or without a restart: the figures are the same', {
  timeout: 240_000,
}, () => {
  const LAST = 120;
  const told = fc.uniqueArray(fc.record({ cells: fc.integer({ min: 0, max: 300 }), from: byStep(LAST) }), {
    ...{ minLength: 1, maxLength: 5 },
    selector: ({ from }) => from,
  });
  fc.assert(
    fc.property(
      told,
      fc.array(fc.nat({ max: LAST }), { minLength: 5, maxLength: 5 }),
      fc.nat(LAST),
      (all, late, cut) => {
        const late_ = all.map((one, index) => ({ ...one, toldAt: Math.min(LAST, one.from + late[index]!) }));
        const [inTime, after] = [
          run(
            LAST,
            all.map((one) => ({ ...one, toldAt: one.from })),
          ),
          run(LAST, late_, cut),
        ];
        for (const kind of ['quarterHour', 'hour'] as const)
          expect(after.finals('metal', kind).map(({ value, coverage }) => [value, coverage])).toEqual(
            inTime.finals('metal', kind).map(({ value, coverage }) => [expect.closeTo(value!, 10), coverage]),
          );
      },
    ),
    { numRuns: runs(60) },
  );
});

test('the charge that is kept adds up to the current between any of its steps, gaps left out', () => {
  const stretches = fc.array(
    fc.record({
      pause: fc.constantFrom(0, 0, 0, 17_000),
      length: fc.integer({ min: 1, max: 20 * MIN }),
      to: fc.nat(400),
    }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(stretches, byStep(300), byStep(300), (all, a, b) => {
      const [from, to]: [Ms, Ms] = [T + Math.min(a, b) * MIN, T + Math.max(a, b) * MIN];
      let charge = chargeFrom(0);
      let [end, value, expected]: [Ms, number, number] = [T, 350, 0];
      for (const { pause, length, to: next } of all) {
        const start = end + pause;
        end = start + length;
        const stretch = ramp({ t: start, value, statusCode: 'good' }, { t: end, value: next, statusCode: 'good' }, 1);
        charge = withCharge(charge, stretch);
        const mean = (t: Ms): number => value + ((next - value) * (t - start)) / length;
        const [first, last] = [Math.max(start, from), Math.min(end, to)];
        if (last > first) expected += ((mean(first) + mean(last)) / 2) * ((last - first) / H);
        value = next;
      }
      const kept = chargeBetween(charge, from, to);
      expect(kept.reduce((sum, { amount }) => sum + amount, 0)).toBeCloseTo(expected, 9);
      for (const { start, end: ends } of kept) expect(ends - start).toBeLessThanOrEqual(STEP);
    }),
    { numRuns: runs(300) },
  );
});
