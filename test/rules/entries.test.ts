import { describe, expect, test } from 'vitest';
import type { Ms } from '../../rules/sample.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

/** What operators enter by hand (metering.md §2, §4, §5). */

const T = at('2026-11-23T10:00:00+08:00');
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;
const iso = (t: Ms): string => new Date(t).toISOString();

const register = (more: object = {}): Setup => ({
  windows: ['minute', 'hour', 'day'],
  meters: [
    {
      ...{ id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 3_600 },
      ...more,
    },
  ],
});

/** 10:00 to 12:00 by the minute: one count a minute, from 1000 on; out at 10:20 with 1020, the new one in at 10:26 with 7, and read from 10:28 on. */
const [REMOVED, INSTALLED] = [T + 20 * MIN, T + 26 * MIN];
const countAt = (t: Ms): number | null => {
  if (t <= REMOVED) return 1_000 + (t - T) / MIN;
  return t < INSTALLED + 2 * MIN ? null : 7 + (t - INSTALLED) / MIN;
};
const exchange = (more: object = {}) =>
  ({
    type: 'swap',
    ...{ key: 'swap-1', meter: 'energy', by: 'Li', removedAt: iso(REMOVED), last: 1_020 },
    ...{ installedAt: iso(INSTALLED), first: 7, ...more },
  }) as const;
function swapped(enteredAt: Ms, entry: Parameters<Bench['enter']>[1], more: object = {}, every = MIN): Bench {
  const bench = new Bench(register(more), T);
  for (let t = T; t <= T + 2 * H; t += every) {
    const count = countAt(t);
    bench.read('kwh', t, count, count === null ? 'bad' : 'good');
    if (t === enteredAt) bench.enter(t + 10 * S, entry);
  }
  return bench.until(T + 3 * H);
}
const hourOf = (bench: Bench) => bench.final('energy', 'hour', T).amounts[0]!;

describe('a declared exchange of a meter', () => {
  test.each([
    ['before the new one is read', INSTALLED + MIN],
    ['at its first reading', INSTALLED + 2 * MIN],
    ['an hour later', T + 100 * MIN],
  ])('entered %s: both parts count, the time between is unknown', (_, enteredAt) => {
    const bench = swapped(enteredAt, exchange());
    expect(hourOf(bench).value).toBeCloseTo(20 + 34, 9);
    expect(hourOf(bench).coverage.known).toBeCloseTo(54 / 60, 9);
    expect(hourOf(bench).flags).toEqual(expect.arrayContaining(['replacement', 'manual']));
    expect(bench.final('energy', 'hour', T + H).value).toBeCloseTo(60, 9);
    expect(bench.entries).toMatchObject([{ entry: { key: 'swap-1', by: 'Li' }, refused: null }]);
  });

  test.each([
    ['in time', INSTALLED + MIN],
    ['an hour later', T + 100 * MIN],
  ])('entered %s with another CT ratio counts each part with its own scale', (_, enteredAt) => {
    const bench = swapped(enteredAt, exchange({ scale: 60 }), { scale: 2 });
    const total = 20 * 2 + (34 + 60) * 60;
    expect(
      bench.final('energy', 'hour', T).amounts[0]!.value + bench.final('energy', 'hour', T + H).amounts[0]!.value,
    ).toBeCloseTo(total, 6);
    const next = bench.final('energy', 'hour', T + H);
    expect(next.value).toBeCloseTo(60 * 60, 6);
    expect(next.amounts[0]!.working).toMatchObject({ scale: 60 });
    // Minutes 28 to 98 were closed before it was told, if it was told late.
    const workings = [5, 28, 40, 98, 101, 118].map(
      (minute) => bench.final('energy', 'minute', T + minute * MIN).amounts[0]!.working,
    );
    expect(workings).toMatchObject([2, 60, 60, 60, 60, 60].map((scale) => ({ scale })));
  });

  test('in time leaves no doubt but the time without a meter, and no reset is seen', () => {
    const bench = swapped(INSTALLED + MIN, exchange());
    expect(hourOf(bench).statusCode).toBe('good');
    expect(bench.notes.map(({ event }) => event)).toEqual(['replacement']);
    expect(bench.final('energy', 'minute', T + 22 * MIN)).toMatchObject({ value: null, reason: 'incomplete' });
  });

  test('counts the zero-based guess of a reset once only', () => {
    const bench = swapped(T + 100 * MIN, exchange({ first: 0 }), { resetsToZero: true });
    expect(hourOf(bench).value).toBeCloseTo(20 + 9 + 32, 9);
  });

  test('that is never declared is a reset', () => {
    const bench = swapped(-1, exchange());
    expect(hourOf(bench)).toMatchObject({ value: expect.closeTo(20 + 32, 9), flags: ['reset'] });
    expect(hourOf(bench).coverage.known).toBeCloseTo(52 / 60, 9);
  });

  test('with another modulus rolls over there', () => {
    const bench = new Bench(register({ modulus: 1_000_000 }), T);
    bench
      .read('kwh', T, 500)
      .enter(
        T + 10 * S,
        exchange({ last: 501, removedAt: T + 5 * S, installedAt: T + 8 * S, first: 98, modulus: 100 }),
      );
    bench
      .read('kwh', T + 30 * S, 99)
      .read('kwh', T + 60 * S, 2)
      .until(T + 2 * H);
    expect(bench.final('energy', 'minute', T).amounts[0]).toMatchObject({ value: 1 + 1 + 3 });
    expect(bench.final('energy', 'minute', T).amounts[0]!.flags).toContain('rollover');
  });

  test('survives a restart before the new meter is read', () => {
    const bench = new Bench(register(), T).read('kwh', T, 1_000).read('kwh', REMOVED, 1_020);
    bench.enter(INSTALLED, exchange()).restart(INSTALLED + MIN);
    bench.read('kwh', T + H, 41).until(T + 3 * H);
    expect(hourOf(bench).value).toBeCloseTo(54, 9);
  });

  test.each([
    ['a last reading below what was read', { last: 990 }, /below/],
    ['a new meter before the old one is out', { installedAt: iso(REMOVED - MIN) }, /before the old one/],
    ['a meter that there is not', { meter: 'gas' }, /no meter gas/],
    ['a time to come', { installedAt: iso(T + 9 * H) }, /still to come/],
  ])('with %s is refused, recorded and changes nothing', (_, more, reason) => {
    const bench = swapped(INSTALLED + MIN, exchange(more));
    expect(bench.entries[0]!.refused).toMatch(reason);
    expect(hourOf(bench).flags).toEqual(['reset']);
  });

  test('where nothing moved is refused', () => {
    const bench = new Bench(register(), T);
    for (let t = T; t <= T + H; t += MIN) bench.read('kwh', t, (t - T) / MIN);
    bench.enter(T + H, exchange());
    expect(bench.entries[0]!.refused).toMatch(/gone/);
  });
});

const scale = (more: object = {}): Setup => ({
  windows: ['minute', 'hour'],
  meters: [
    {
      id: 'mass',
      kind: 'event',
      tag: 'coil',
      amountTag: 'weight',
      quantity: 'steel',
      unit: 't',
      scale: 0.001,
      ...more,
    },
  ],
});
/** A coil every 10 minutes from number 8 on, each of 20 000 kg; `weigh` says otherwise. */
function coils(
  weigh: (id: number) => number | null = () => 20_000,
  number: (id: number) => number = (id) => id,
): Bench {
  const bench = new Bench(scale(), T);
  for (let t = T; t <= T + 90 * MIN; t += 30 * S) {
    const id = 7 + Math.floor((t - T) / (10 * MIN));
    const kg = weigh(id);
    bench.read('weight', t, kg, kg === null ? 'bad' : 'good').read('coil', t, number(id));
  }
  return bench;
}
const mass = (bench: Bench) => bench.final('mass', 'hour', T);

describe('a piece by hand', () => {
  const entry = { type: 'piece', key: 'p-1', meter: 'mass', piece: 'X-1', amount: 3.5, at: iso(T + 12 * MIN) } as const;

  test('counts at its time, flagged manual, by revision where the hour is closed', () => {
    const bench = coils()
      .enter(T + 90 * MIN, entry)
      .until(T + 4 * H);
    expect(mass(bench)).toMatchObject({ value: expect.closeTo(103.5, 9), statusCode: 'good', revision: 2 });
    expect(mass(bench).amounts[0]!.flags).toEqual(['manual']);
    expect(bench.final('mass', 'minute', T + 12 * MIN).value).toBe(3.5);
  });

  test('counts once, however often the entry is sent, also after a restart', () => {
    const bench = coils().enter(T + 90 * MIN, entry, entry);
    bench
      .restart(T + 91 * MIN)
      .enter(T + 92 * MIN, { ...entry, amount: 9 })
      .until(T + 4 * H);
    expect(mass(bench).value).toBeCloseTo(103.5, 9);
    expect(bench.entries).toHaveLength(1);
  });

  test('gives a coil that could not be weighed its weight', () => {
    const bench = coils((id) => (id === 10 ? null : 20_000));
    bench.enter(T + 90 * MIN, { ...entry, piece: 10, amount: 21, at: iso(T + 31 * MIN) }).until(T + 4 * H);
    expect(mass(bench)).toMatchObject({ value: expect.closeTo(101, 9), coverage: { known: 1 } });
  });

  test('whose number the register shows only afterwards is no second piece', () => {
    const bench = new Bench(scale(), T);
    for (let t = T; t <= T + 90 * MIN; t += 30 * S) {
      const id = 7 + Math.floor((t - T) / (10 * MIN));
      bench.read('weight', t, 20_000).read('coil', t, id);
      if (t === T + 25 * MIN) bench.enter(t, { ...entry, piece: '10', amount: 21, at: iso(t) });
    }
    expect(mass(bench.until(T + 4 * H)).value).toBeCloseTo(101, 9);
  });

  test('older than what may be revised is refused', () => {
    const bench = coils().enter(T + 60 * H, entry);
    expect(bench.entries[0]!.refused).toMatch(/too long ago/);
  });
});

describe('a correction', () => {
  const entry = { type: 'correction', key: 'c-1', meter: 'mass', piece: 9, amount: 18.5 } as const;

  test('revises the piece, and is no second one', () => {
    const bench = coils()
      .enter(T + 90 * MIN, entry)
      .until(T + 4 * H);
    expect(mass(bench)).toMatchObject({ value: expect.closeTo(98.5, 9), revision: 2 });
    expect(bench.final('mass', 'minute', T + 20 * MIN).value).toBeCloseTo(18.5, 12);
    expect(bench.notes.map(({ event }) => event)).toContain('amount-corrected');
  });

  test('of a correction holds in its place', () => {
    const bench = coils()
      .enter(T + 90 * MIN, entry, { ...entry, key: 'c-2', amount: 19 })
      .until(T + 4 * H);
    expect(mass(bench).value).toBeCloseTo(99, 9);
  });

  test('stands against whatever the scale still says', () => {
    const bench = new Bench(scale(), T);
    for (let t = T; t <= T + 70 * MIN; t += 30 * S) {
      bench.read('weight', t, t < T + 30 * MIN ? 20_000 : 22_000).read('coil', t, t < T + 10 * MIN ? 7 : 8);
      if (t === T + 20 * MIN) bench.enter(t, { ...entry, piece: 8 });
    }
    expect(mass(bench.until(T + 4 * H)).value).toBeCloseTo(18.5, 9);
  });

  test('of a piece that nobody knows is refused', () => {
    expect(coils().enter(T + 90 * MIN, { ...entry, piece: 99 }).entries[0]!.refused).toMatch(/no piece 99/);
  });
});

describe('a meter without tags', () => {
  const setup: Setup = { windows: ['hour'], meters: [{ id: 'mass', kind: 'event', quantity: 'metal', unit: 't' }] };
  const ladle = (key: string, t: Ms, amount: number) =>
    ({ type: 'piece', key, meter: 'mass', piece: key, amount, at: iso(t) }) as const;

  test('knows its hours from what operators enter, in whatever order', () => {
    const bench = new Bench(setup, T).enter(T, ladle('a', T, 0)).until(T + 2 * H);
    expect(bench.final('mass', 'hour', T)).toMatchObject({ value: null, reason: 'incomplete' });
    bench.enter(T + 2 * H, ladle('c', T + 70 * MIN, 2.5), ladle('b', T + 30 * MIN, 2)).until(T + 3 * H);
    expect(bench.final('mass', 'hour', T)).toMatchObject({
      value: 2,
      coverage: { known: 1 },
      revision: expect.any(Number),
    });
    expect(bench.final('mass', 'hour', T + H)).toMatchObject({ value: null, reason: 'incomplete' });
  });
});

describe('metal in the cells, entered', () => {
  const DAY = at('2026-11-23T00:00:00+08:00');
  const setup: Setup = {
    windows: ['day'],
    meters: [
      { id: 'tapped', kind: 'event', quantity: 'liquid aluminium', unit: 't' },
      {
        ...{ id: 'metal', kind: 'faraday', tag: 'ka', cells: 240, efficiency: 0.93 },
        ...{ quantity: 'liquid aluminium', unit: 't', settle: { tapped: 'tapped' } },
      },
    ],
  };
  const inventory = (key: string, t: Ms, amount: number) =>
    ({ type: 'inventory', key, meter: 'metal', amount, at: iso(t) }) as const;
  const ladle = (key: string, t: Ms, amount: number) =>
    ({ type: 'piece', key, meter: 'tapped', piece: key, amount, at: iso(t) }) as const;

  test.each([
    ['in order', false],
    ['the later one first', true],
  ])('settles the day by what was tapped and what was left, entered %s', (_, isReversed) => {
    const bench = new Bench(setup, DAY);
    bench.enter(DAY, ladle('start', DAY, 0));
    for (let t = DAY; t <= DAY + 25 * H; t += MIN) bench.feed(t, sample('ka', t, 350));
    const stock = [inventory('i-1', DAY, 2_000), inventory('i-2', DAY + 24 * H, 2_006)];
    bench.enter(DAY + 25 * H, ...(isReversed ? stock.reverse() : stock));
    bench.enter(DAY + 25 * H, ladle('l-1', DAY + 12 * H, 620), ladle('l-2', DAY + 24 * H + MIN, 0));
    const day = bench.until(DAY + 26 * H).final('metal', 'day', DAY);
    expect(day.value).toBeCloseTo(626, 9);
    expect(day.amounts[0]!.flags).toEqual(['settled']);
  });
});
