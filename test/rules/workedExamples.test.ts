import { describe, expect, test } from 'vitest';
import { meterState } from '../../rules/state.ts';
import { at, Bench, type MetricTerms, type Setup } from '../support/engineKit.ts';

/** The worked examples of the metering contract, by number. */

const T = at('2026-11-23T10:00:00+08:00');
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

const counter = (more: object = {}): Setup => ({
  meters: [
    { id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 100_000, ...more },
  ],
});

const minuteOf = (bench: Bench, t = T) => bench.until(t + 10 * MIN).final('energy', 'minute', t);

describe('counters', () => {
  test('1: a rollover at the modulus adds what lies across it', () => {
    const bench = new Bench(counter({ modulus: 2 ** 32 }), T).read('kwh', T, 4294967290).read('kwh', T + 10 * S, 14);
    const amount = minuteOf(bench).amounts[0]!;
    expect(amount.value).toBe(20);
    expect(amount.flags).toContain('rollover');
  });

  test('1: the same with exact 64-bit counts', () => {
    const modulus = (2n ** 64n).toString();
    const bench = new Bench(counter({ modulus }), T).read('kwh', T, 2n ** 64n - 6n).read('kwh', T + 10 * S, 14n);
    expect(minuteOf(bench).amounts[0]!.value).toBe(20);
  });

  test('2: a momentary zero is rejected', () => {
    const bench = new Bench(counter({ modulus: 2 ** 32 }), T)
      .read('kwh', T, 1000)
      .read('kwh', T + 10 * S, 0)
      .read('kwh', T + 20 * S, 1002);
    const amount = minuteOf(bench).amounts[0]!;
    expect(amount.value).toBe(2);
    expect(amount.flags).toEqual(['glitch']);
    expect(bench.notes).toEqual([]);
    expect(amount.coverage.measured).toBeCloseTo(20 / 60, 12);
  });

  test('3: a reset counts what the register shows since zero, and leaves the rest unknown', () => {
    const bench = new Bench(counter({ resetsToZero: true, maxRate: 3600 }), T)
      .read('kwh', T, 500)
      .read('kwh', T + 10 * S, 3)
      .read('kwh', T + 20 * S, 5);
    const amount = minuteOf(bench).amounts[0]!;
    expect(amount.value).toBe(5);
    expect(amount.statusCode).toBe('uncertain');
    expect(amount.flags).toEqual(['reset']);
    expect(amount.coverage.known).toBeCloseTo(10 / 60, 12);
    expect(bench.notes.map((note) => note.event)).toEqual(['reset']);
  });

  test('4: an increment across a border is split evenly', () => {
    const before = at('2026-11-23T09:59:00+08:00');
    const bench = new Bench(counter({ scale: 0.1 }), before)
      .read('kwh', before, 9_990)
      .read('kwh', before + 30 * S, 10_000)
      .read('kwh', before + 90 * S, 10_060)
      .read('kwh', before + 120 * S, 10_070);
    const first = bench.until(T + 5 * MIN).final('energy', 'minute', before);
    const second = bench.final('energy', 'minute', T);
    expect(first.value).toBeCloseTo(1 + 3, 12);
    expect(second.value).toBeCloseTo(3 + 1, 12);
    expect([first.statusCode, second.statusCode]).toEqual(['good', 'good']);
  });

  test('5: a gap across the hour keeps its total; the parts are estimates, the day is measured', () => {
    const nine = at('2026-11-23T09:00:00+08:00');
    const bench = new Bench(counter(), nine);
    for (let t = nine; t <= nine + 58 * MIN; t += MIN) bench.read('kwh', t, 1000);
    for (let t = T + 4 * MIN; t <= T + 2 * H; t += MIN) bench.read('kwh', t, 1600);
    bench.until(T + 3 * H);
    const [h9, h10] = [bench.final('energy', 'hour', nine), bench.final('energy', 'hour', T)];
    expect([h9.amounts[0]!.value, h10.amounts[0]!.value]).toEqual([200, 400]);
    expect(h9.coverage).toEqual({ known: 1, measured: 58 / 60 });
    expect(h10.coverage).toEqual({ known: 1, measured: 56 / 60 });
    expect([h9.statusCode, h10.statusCode]).toEqual(['uncertain', 'uncertain']);
    expect(h10.amounts[0]!.flags).toContain('estimated');
    const shift = bench.until(T + 24 * H).final('energy', 'shift', at('2026-11-23T08:00:00+08:00'));
    expect(shift.amounts[0]!.value).toBe(600);
    expect(shift.amounts[0]!.flags).not.toContain('estimated');
    expect(shift.coverage.measured).toBeCloseTo(3 / 8, 12);
  });

  test('12: backward jitter means nothing', () => {
    const bench = new Bench(counter({ scale: 0.1, jitter: 1 }), T);
    [2156, 2157, 2156, 2156, 2158].forEach((count, index) => {
      bench.read('kwh', T + index * 15 * S, count);
    });
    const minute = minuteOf(bench);
    expect(minute.value).toBeCloseTo(0.2, 12);
    expect(minute.statusCode).toBe('good');
    expect(bench.notes).toEqual([]);
  });
});

const mill = (carriers: MetricTerms = ['energy']): Setup => ({
  meters: [
    { id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 100_000 },
    { id: 'gas', kind: 'counter', tag: 'm3', quantity: 'blast-furnace gas', unit: 'm3', maxRate: 100_000 },
    { id: 'mass', kind: 'event', tag: 'coil', amountTag: 'weight', quantity: 'steel', unit: 't' },
  ],
  metrics: [
    { id: 'kwh_per_t', unit: 'kWh/t', numerator: ['energy'], denominator: ['mass'] },
    { id: 'kgce_per_t', unit: 'kgce/t', numerator: carriers, denominator: ['mass'] },
  ],
});

/** One hour from T: 52 500 kWh (or as given), 18 000 m³, the coils at even times. */
function millHour(setup: Setup, kwh: number, coils: readonly number[]): Bench {
  const bench = new Bench(setup, T);
  for (let minute = 0; minute <= 60; minute++) {
    const t = T + minute * MIN;
    const done = Math.min(coils.length, Math.floor(minute / 10));
    bench.read('kwh', t, (kwh / 60) * minute).read('m3', t, 300 * minute);
    bench.read('weight', t, done > 0 ? coils[done - 1]! : 0).read('coil', t, done);
  }
  return bench.until(T + H + 10 * MIN);
}

describe('metrics', () => {
  test('6: energy over the coils of the hour', () => {
    const hour = millHour(mill(), 52_500, [21.4, 22.1, 20.9, 23.6]).final('kwh_per_t', 'hour', T);
    expect(hour.amounts.find((amount) => amount.role === 'denominator')!.value).toBeCloseTo(88, 12);
    expect(hour.value).toBeCloseTo(596.5909090909091, 10);
    expect(hour.statusCode).toBe('good');
  });

  test('7: without a coil there is no figure, but the energy is there', () => {
    const hour = millHour(mill(), 4_200, []).final('kwh_per_t', 'hour', T);
    expect(hour).toMatchObject({ value: null, reason: 'no-production', statusCode: 'good' });
    expect(hour.amounts[0]).toMatchObject({ meter: 'energy', value: 4_200 });
  });

  test('13: coal equivalents of electricity and blast-furnace gas', () => {
    const setup = mill([
      { meter: 'energy', coefficient: 0.1229, unit: 'kgce/kWh' },
      { meter: 'gas', coefficient: 0.1286, unit: 'kgce/m3' },
    ]);
    const hour = millHour(setup, 52_500, [21.4, 22.1, 20.9, 23.6]).final('kgce_per_t', 'hour', T);
    expect(hour.amounts[0]!.coefficient * hour.amounts[0]!.value).toBeCloseTo(6_452.25, 9);
    expect(hour.amounts[1]!.coefficient * hour.amounts[1]!.value).toBeCloseTo(2_314.8, 9);
    expect(hour.value).toBeCloseTo(99.6255682, 7);
  });

  test('11: a ratio of sums, not a mean of ratios', () => {
    const setup: Setup = {
      meters: [
        { id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 10_000 },
        { id: 'mass', kind: 'counter', tag: 't', quantity: 'steel', unit: 't', maxRate: 10_000 },
      ],
      metrics: [{ id: 'ratio', unit: 'kWh/t', numerator: ['energy'], denominator: ['mass'] }],
    };
    const bench = new Bench(setup, T);
    [
      [0, 0],
      [10, 1],
      [20, 4],
    ].forEach(([kwh, t], minute) => {
      bench.read('kwh', T + minute * MIN, kwh!).read('t', T + minute * MIN, t!);
    });
    bench.until(T + 2 * H);
    expect(bench.final('ratio', 'minute', T).value).toBe(10);
    expect(bench.final('ratio', 'minute', T + MIN).value).toBeCloseTo(10 / 3, 12);
    const hour = bench.final('ratio', 'hour', T);
    expect(hour.reason).toBe('incomplete');
    expect(hour.amounts[0]!.value / hour.amounts[1]!.value).toBe(5);
  });
});

const DAY = at('2026-11-23T00:00:00+08:00');
const potline: Setup = {
  windows: ['hour', 'shift', 'day', 'month'],
  meters: [
    {
      id: 'ac',
      kind: 'counter',
      tag: 'kwh',
      quantity: 'AC energy',
      unit: 'kWh',
      maxRate: 1e6,
      maxGapMs: 2 * H,
      periodMs: H,
    },
    {
      id: 'metal',
      kind: 'faraday',
      tag: 'kA',
      cells: 240,
      efficiency: 0.93,
      quantity: 'liquid aluminium',
      unit: 't',
      maxGapMs: 2 * H,
      periodMs: H,
      settle: { tapped: 'tapped', period: 'day' },
    },
    {
      id: 'tapped',
      kind: 'event',
      tag: 'ladle',
      amountTag: 'ladle_t',
      quantity: 'tapped metal',
      unit: 't',
      maxGapMs: 2 * H,
      periodMs: H,
    },
  ],
  metrics: [
    {
      id: 'ac_power',
      unit: 'kWh/t',
      numerator: ['ac'],
      denominator: ['metal'],
      plausible: [6340, 20000],
      limit: { indicator: 'aluminium.ac_power', op: '<=', bound: 13000 },
    },
  ],
};

/** A day of 350 kA in 240 cells, read hourly, with 8 179 726.464 kWh and the given tapped metal in ladles through it. */
function potlineDay(ladles: readonly number[]): Bench {
  const bench = new Bench(potline, DAY);
  for (let hour = 0; hour <= 26; hour++) {
    const t = DAY + hour * H;
    const done = Math.min(ladles.length, hour);
    bench.read('ladle_t', t, done > 0 ? ladles[done - 1]! : 0).read('ladle', t, done);
    bench.read('kwh', t, (8_179_726.464 / 24) * hour).read('kA', t, 350);
  }
  return bench;
}

describe('potline', () => {
  test('8 and 9: Faraday gives the metal, and equality meets the bound', () => {
    const day = potlineDay([]).log.find((e) => e.metric === 'ac_power' && e.window.kind === 'day')!;
    const metal = day.amounts.find((amount) => amount.meter === 'metal')!;
    expect(metal.value / 0.93).toBeCloseTo(676.5696, 9);
    expect(metal.value).toBeCloseTo(629.209728, 9);
    expect(metal.flags).toEqual(['estimate']);
    expect(day.value).toBeCloseTo(13_000, 8);
    expect(day.limit).toMatchObject({
      indicator: 'aluminium.ac_power',
      bound: 13_000,
      state: 'normal',
      indicative: true,
    });
  });

  test('10: the settled day is a second revision, and an excursion', () => {
    const bench = potlineDay([...Array<number>(20).fill(30), 26]);
    const day = bench.final('ac_power', 'day', DAY);
    expect(day.revision).toBe(2);
    expect(day.amounts.find((amount) => amount.meter === 'metal')).toMatchObject({ flags: ['settled'] });
    expect(day.amounts.find((amount) => amount.meter === 'metal')!.value).toBeCloseTo(626, 9);
    expect(day.value).toBeCloseTo(13_066.655693, 6);
    expect(day.limit?.state).toBe('excursion');
    const ofDay = bench.alarms.filter(({ window }) => window.kind === 'day');
    expect(ofDay).toMatchObject([{ from: 'normal', to: 'excursion', window: { start: DAY }, value: day.value }]);
    const mind = meterState(bench.plan, bench.state, 1).mind;
    expect(mind.kind === 'faraday' && mind.of.efficiency).toBeCloseTo(0.925256, 6);
    const hour = bench.final('ac_power', 'hour', DAY + 5 * H);
    expect(hour.revision).toBe(2);
    expect(hour.value).toBeCloseTo(13_066.655693, 6);
  });
});
