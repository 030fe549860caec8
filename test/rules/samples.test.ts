import { describe, expect, test } from 'vitest';
import type { Ms } from '../../rules/sample.ts';
import { meterState, tagState } from '../../rules/state.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

/** What is used of what comes: metering.md §1 and §7. */

const T = at('2026-11-23T10:00:00+08:00');
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

const setup = (more: Partial<Setup> = {}): Setup => ({
  windows: ['minute', 'hour', 'day'],
  meters: [
    { id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 36_000 },
    { id: 'power', kind: 'gauge', tag: 'kw', quantity: 'electricity', unit: 'kWh' },
    { id: 'mass', kind: 'event', tag: 'coil', amountTag: 'weight', quantity: 'steel', unit: 't' },
  ],
  metrics: [{ id: 'per_t', unit: 'kWh/t', numerator: ['energy'], denominator: ['mass'] }],
  ...more,
});
const late = (tag: string, t: Ms, value: number, receivedAt: Ms) => ({ ...sample(tag, t, value), receivedAt });

describe('samples of one tag', () => {
  test('out of order within grace find their place', () => {
    const [straight, mixed] = [new Bench(setup(), T), new Bench(setup(), T)];
    const rates = [10, 20, 90, 40, 50, 60, 70, 80, 10, 20, 30, 40, 50, 60];
    const times = rates.map((_, index) => T + index * 5 * S);
    times.forEach((t, index) => {
      straight.feed(t, sample('kw', t, rates[index]!));
    });
    const swapped = [0, 2, 1, 3, 4, 6, 5, 7, 9, 8, 10, 11, 13, 12];
    swapped.forEach((place, index) => {
      mixed.feed(times[index]!, sample('kw', times[place]!, rates[place]!));
    });
    const [a, b] = [straight, mixed].map((bench) => bench.until(T + 5 * MIN).final('power', 'minute', T));
    expect(b).toEqual(a);
    expect(meterState(mixed.plan, mixed.state, 1).late).toBe(0);
  });

  test('older still are counted, recorded once and not used', () => {
    const bench = new Bench(setup(), T);
    for (let s = 0; s <= 60; s += 2) bench.read('kw', T + s * S, 60);
    for (let s = 0; s < 20; s += 2) bench.feed(T + 61 * S, late('kw', T + s * S + 1, 9_999, T + 61 * S));
    bench.until(T + 5 * MIN);
    expect(bench.final('power', 'minute', T).value).toBeCloseTo(1, 12);
    expect(meterState(bench.plan, bench.state, 1).late).toBe(10);
    expect(bench.notes.map(({ event }) => event)).toEqual(['late']);
  });

  test('said twice count once', () => {
    const bench = new Bench(setup(), T);
    for (let s = 0; s <= 60; s += 10) bench.feed(T + s * S, sample('kwh', T + s * S, s), sample('kwh', T + s * S, s));
    bench.until(T + 5 * MIN);
    expect(bench.final('energy', 'minute', T)).toMatchObject({ value: 60, statusCode: 'good' });
  });

  test('outside the range of their tag are bad', () => {
    const bench = new Bench(setup({ ranges: { kw: [0, 100] } }), T);
    for (let s = 0; s <= 60; s += 10) bench.read('kw', T + s * S, s === 30 ? 101 : 60);
    bench.until(T + 5 * MIN);
    const minute = bench.final('power', 'minute', T);
    expect(minute).toMatchObject({ value: null, reason: 'incomplete' });
    expect(minute.amounts[0]!.value).toBeCloseTo(40 / 60, 12);
    expect(minute.coverage.known).toBeCloseTo(40 / 60, 12);
  });
});

describe('a text', () => {
  const coils = { id: 'coils', kind: 'event' as const, tag: 'coil', amountTag: 'kw', quantity: 'steel', unit: 't' };

  test('is bad where a number is read, and says so', () => {
    const bench = new Bench(setup(), T);
    for (let s = 0; s <= 60; s += 10) bench.read('kwh', T + s * S, s === 30 ? '12,5' : s);
    const [minute] = bench.until(T + 5 * MIN).finals('energy', 'minute');
    expect(minute).toMatchObject({ value: 60, amounts: [{ working: { readings: 5, bad: 1 } }] });
    const spelt = new Bench(setup(), T).read('kwh', T, 'x'.repeat(1_000));
    expect(tagState(spelt.state, 0)).toMatchObject({
      ...{ value: null, statusCode: 'bad', reason: `a text and no number: ${'x'.repeat(40)}` },
    });
  });

  test('is a name where pieces are told by it, and no weight', () => {
    const bench = new Bench({ windows: ['minute'], meters: [coils] }, T);
    bench
      .read('coil', T, 'A-6')
      .read('kw', T, 'heavy')
      .read('coil', T + 10 * S, 'A-7')
      .until(T + 5 * MIN);
    const status = (tag: string) => tagState(bench.state, bench.plan.feeds.tags.indexOf(tag));
    expect([status('coil'), status('kw')]).toMatchObject([{ value: 'A-7', statusCode: 'good' }, { statusCode: 'bad' }]);
    expect(bench.notes.map(({ event }) => event)).toContain('piece-without-weight');
  });
});

describe('a device clock', () => {
  test('ahead of ours is not believed: used as received, uncertain, flagged and counted', () => {
    const bench = new Bench(setup(), T);
    for (let s = 0; s <= 120; s += 10) bench.feed(T + s * S, late('kwh', T + s * S + H, s, T + s * S));
    bench.until(T + 5 * MIN);
    const minute = bench.final('energy', 'minute', T);
    expect(minute).toMatchObject({ value: 60, statusCode: 'uncertain' });
    expect(minute.amounts[0]!.flags).toEqual(['clock-skew']);
    expect(meterState(bench.plan, bench.state, 0).skewed).toBe(13);
    expect(tagState(bench.state, 0)).toMatchObject({ reason: 'the device clock is ahead of ours' });
  });

  test('within the allowed skew is believed', () => {
    const bench = new Bench(setup(), T);
    for (let s = 0; s <= 120; s += 10) bench.feed(T + s * S, late('kwh', T + s * S + 5 * S, s, T + s * S));
    bench.until(T + 5 * MIN);
    expect(bench.final('energy', 'minute', T + MIN)).toMatchObject({ value: 60, statusCode: 'good' });
  });

  test('may be believed further where the plant says so', () => {
    for (const [allowedSkew, statusCode] of [
      [H, 'good'],
      [H - S, 'uncertain'],
    ] as const) {
      const bench = new Bench(setup({ allowedSkew }), T);
      for (let s = 0; s <= 120; s += 10) bench.feed(T + s * S, late('kwh', T + s * S + H, s, T + s * S));
      const at = statusCode === 'good' ? T + H : T;
      expect(bench.until(T + 2 * H).final('energy', 'minute', at)).toMatchObject({ value: 60, statusCode });
    }
  });

  test('that says no time at all is not believed either', () => {
    const bench = new Bench(setup(), T);
    for (let s = 0; s <= 120; s += 10) {
      const time = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY][(s / 10) % 3]!;
      bench.feed(T + s * S, late('kwh', time, s, T + s * S));
    }
    bench.until(T + 5 * MIN);
    expect(bench.final('energy', 'minute', T)).toMatchObject({ value: 60, statusCode: 'uncertain' });
  });

  test('that starts with a time of months ago does not fill a window for each minute since', () => {
    const bench = new Bench(setup(), T);
    bench.feed(T, late('kwh', T - 90 * 24 * H, 5, T));
    for (let s = 10; s <= 120; s += 10) bench.read('kwh', T + s * S, 5);
    bench.until(T + 5 * MIN);
    expect(bench.finals('energy', 'minute').length).toBeLessThan(10);
    expect(bench.final('energy', 'minute', T + MIN)).toMatchObject({ value: 0, statusCode: 'good' });
  });
});

describe('what comes for closed windows', () => {
  /** Energy, rate and coils of an hour and a half; those of `held` arrive only at `until`. */
  const run = (held: readonly string[], from: Ms, until: Ms) => {
    const samples = Array.from({ length: 181 }, (_, index) => T + index * 30 * S).flatMap((t, index) => [
      sample('kwh', t, index * 3),
      sample('kw', t, 50 + (index % 7)),
      sample('weight', t, 20 + (Math.floor(index / 8) % 3)),
      sample('coil', t, Math.floor(index / 8)),
    ]);
    const bench = new Bench(setup(), T);
    const isHeld = (tag: string, t: Ms) => held.includes(tag) && t >= from && t < until;
    for (const one of samples)
      if (!isHeld(one.tag, one.sourceTimestamp) && one.sourceTimestamp < until) bench.feed(one.receivedAt, one);
    bench.feed(until, ...samples.filter((one) => isHeld(one.tag, one.sourceTimestamp)));
    for (const one of samples) if (one.sourceTimestamp >= until) bench.feed(one.receivedAt, one);
    return bench.until(T + 26 * H);
  };

  test.each([[['kwh']], [['kw']], [['coil']], [['weight']], [['coil', 'weight']], [['kwh', 'kw', 'coil', 'weight']]])(
    'a queue of %j handed over after an outage makes every figure what it would have been',
    (held) => {
      const [queued, straight] = [run(held, T + 10 * MIN, T + 80 * MIN), run([], T, T)];
      for (const id of ['energy', 'power', 'mass', 'per_t']) {
        for (const kind of ['minute', 'hour', 'day'] as const) {
          for (const expected of straight.finals(id, kind)) {
            const found = queued.final(id, kind, expected.window.start);
            const note = `${id} ${kind} ${new Date(expected.window.start).toISOString()}`;
            if (expected.value === null) expect(found.value, note).toBeNull();
            else expect(found.value!, note).toBeCloseTo(expected.value, 9);
            expect(found.statusCode, note).toBe(expected.statusCode);
            expect(found.coverage.known, note).toBeCloseTo(expected.coverage.known, 9);
            expect(found.coverage.measured, note).toBeCloseTo(expected.coverage.measured, 9);
          }
        }
      }
    },
  );

  test('one batch is one revision of each window, however many samples it has', () => {
    const bench = run(['kwh'], T + 10 * MIN, T + 80 * MIN);
    expect(bench.final('energy', 'minute', T + 30 * MIN).revision).toBe(2);
    expect(bench.final('energy', 'hour', T).revision).toBe(2);
  });

  test('and were marked bad meanwhile because the link was lost, is used all the same', () => {
    const bench = new Bench(setup(), T);
    for (let s = 0; s <= 60; s += 10) bench.read('kwh', T + s * S, s).read('kw', T + s * S, 60);
    bench
      .read('kwh', T + 65 * S, null, 'bad')
      .read('kw', T + 65 * S, null, 'bad')
      .until(T + 20 * MIN);
    const queue = Array.from({ length: 113 }, (_, index) => T + (70 + index * 10) * S);
    bench.feed(T + 20 * MIN, ...queue.flatMap((t) => [sample('kwh', t, (t - T) / S), sample('kw', t, 60)]));
    bench.until(T + 30 * MIN);
    for (let minute = 2; minute < 19; minute++) {
      expect(bench.final('energy', 'minute', T + minute * MIN).value).toBeCloseTo(60, 9);
      expect(bench.final('power', 'minute', T + minute * MIN).value).toBeCloseTo(1, 9);
    }
    expect(bench.final('power', 'minute', T + MIN).coverage.known).toBeCloseTo(50 / 60, 9);
  });

  test('too long ago is refused and recorded, and goes into no other window', () => {
    const bench = new Bench(setup(), T);
    const coil = (t: Ms, now: Ms, id: number) => bench.feed(now, late('weight', t, 20, now), late('coil', t, id, now));
    coil(T, T, 1);
    for (let t = T; t <= T + 51 * H; t += 10 * MIN) bench.read('kwh', t, (t - T) / MIN);
    coil(T + 30 * S, T + 51 * H, 2);
    coil(T + 30 * H, T + 51 * H, 3);
    bench.until(T + 80 * H);
    expect(bench.finals('mass', 'minute').reduce((all, e) => all + e.amounts[0]!.value, 0)).toBe(20);
    expect(bench.final('mass', 'minute', T + 30 * H).amounts[0]!.value).toBe(20);
    expect(bench.notes.filter(({ meter }) => meter === 'mass').map(({ event }) => event)).toContain('too-late');
    // The day before yesterday is still revised as a whole: it ended less than 48 h ago.
    expect(bench.final('mass', 'day', at('2026-11-23T00:00:00+08:00')).amounts[0]!.value).toBe(20);
  });

  test('too long ago is recorded now and then, not sample by sample', () => {
    const bench = new Bench(setup(), T).read('kwh', T, 0);
    for (let t = T; t <= T + 60 * H; t += 10 * MIN) bench.read('kw', t, 60);
    for (let s = 1; s <= 600; s++) bench.feed(T + 60 * H + s * S, late('kwh', T + s * S, s, T + 60 * H));
    expect(bench.notes.filter(({ event }) => event === 'too-late')).toHaveLength(1);
  });
});
