import { describe, expect, test } from 'vitest';
import { type Made, MemoryEngine } from '../../agent/offline/engine.ts';
import { MemoryLog } from '../../agent/offline/log.ts';
import { lookups, revise } from '../../rules/revision.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { at, Bench, planOf, type Setup, sample } from '../support/engineKit.ts';

/** Metal from current, and metal from ladles: metering.md §5. */

const DAY = at('2026-11-23T00:00:00+08:00');
const MIN = 60_000;
const H = 60 * MIN;
const D = 24 * H;
const slow = { maxGapMs: 2 * H, periodMs: H };

interface Options {
  readonly cells?: number | string;
  readonly settle?: { tapped: string; inventory?: string; period?: 'shift' | 'day' };
  readonly windows?: Setup['windows'];
}
const line = ({ cells = 240, settle, windows = ['hour', 'shift', 'day', 'month'] }: Options = {}): Setup => ({
  windows,
  meters: [
    { id: 'ac', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 1e6, ...slow },
    {
      id: 'metal',
      kind: 'faraday',
      tag: 'kA',
      cells,
      efficiency: 0.93,
      quantity: 'liquid aluminium',
      unit: 't',
      ...slow,
      ...(settle && { settle }),
    },
    { id: 'tapped', kind: 'event', tag: 'ladle', amountTag: 'ladle_t', quantity: 'tapped metal', unit: 't', ...slow },
  ],
  metrics: [
    {
      id: 'ac_power',
      unit: 'kWh/t',
      numerator: ['ac'],
      denominator: ['metal'],
      limit: { indicator: 'aluminium.ac_power', op: '<=', bound: 13_000 },
    },
  ],
});
const settle = { tapped: 'tapped', period: 'day' } as const;
/** Theoretical mass of an hour at 350 kA in 240 cells, and the AC energy for which a day of it makes 13 000 kWh/t. */
const HOUR_T = (0.3356 * 350_000 * 240) / 1e6;
const KWH = (HOUR_T * 0.93 * 13_000 * 24) / 24;

/** Readings each hour of so many days: the ladles of a day come one an hour from its first hour on. */
function days(ladlesOf: readonly (readonly number[])[], more: (t: Ms) => Sample[] = () => []): Sample[] {
  let id = 0;
  let weight = 0;
  return Array.from({ length: ladlesOf.length * 24 + 3 }, (_, hour) => hour).flatMap((hour) => {
    const t = DAY + hour * H;
    const ladle = ladlesOf[Math.floor((hour - 1) / 24)]?.[(hour - 1) % 24];
    if (ladle !== undefined) {
      id++;
      weight = ladle;
    }
    const own = [
      sample('ladle_t', t, weight),
      sample('ladle', t, id),
      sample('kwh', t, KWH * hour),
      sample('kA', t, 350),
    ];
    return [...more(t), ...own];
  });
}
const run = (setup: Setup, samples: readonly Sample[]): Bench => {
  const bench = new Bench(setup, DAY);
  for (const one of samples) bench.feed(Math.max(bench.now, one.receivedAt), one);
  return bench;
};
const metalOf = (bench: Bench, kind: 'hour' | 'shift' | 'day' | 'month', start: Ms) =>
  bench.final('metal', kind, start).amounts[0]!;
const ladles = (day: number): number[] => [...Array<number>(20).fill((day - 26) / 20), 26];
const settledDays = ({ notes }: Bench): string[] =>
  notes.filter(({ meter }) => meter === 'metal').map(({ event }) => event);

describe('cells in circuit', () => {
  /** One ampere-kilo current, so that the amount is cell-hours. */
  const cellHours = (changeAt: Ms, samples: (t: Ms) => Sample[]): number => {
    const times = Array.from({ length: 26 }, (_, hour) => DAY + hour * H);
    const bench = run(
      line({ cells: 'cells' }),
      [...times.flatMap((t) => [...samples(t), sample('kA', t, 1)])].sort((a, b) => a.receivedAt - b.receivedAt),
    );
    expect(changeAt).toBeGreaterThan(DAY);
    bench.until(DAY + 2 * D);
    return metalOf(bench, 'day', DAY).value / (0.3356e-3 * 0.93);
  };

  test('99 for a day and one more that is bypassed after 18 h are 2394 cell·h', () => {
    const bypass = DAY + 18 * H;
    expect(cellHours(bypass, (t) => [sample('cells', t, t < bypass ? 100 : 99)])).toBeCloseTo(99 * 24 + 18, 8);
  });

  test('count to the minute when the bypass falls between two readings of the current', () => {
    const bypass = DAY + 18 * H + 20 * MIN;
    const told = (t: Ms) => [
      sample('cells', t, t <= bypass ? 100 : 99),
      ...(t === DAY + 18 * H ? [sample('cells', bypass, 99)] : []),
    ];
    expect(cellHours(bypass, told)).toBeCloseTo(99 * 24 + 18 + 1 / 3, 8);
  });

  test('told once stay until told otherwise, and may be told late', () => {
    const bypass = DAY + 18 * H;
    const late = { ...sample('cells', bypass, 99), receivedAt: DAY + 22 * H + MIN };
    const told = (t: Ms) => (t === DAY ? [sample('cells', t, 100), late] : []);
    expect(cellHours(bypass, told)).toBeCloseTo(99 * 24 + 18, 8);
  });

  test('that are not known make the metal unknown, not zero and not as many as before', () => {
    const times = Array.from({ length: 10 }, (_, hour) => DAY + hour * H);
    const bench = run(
      line({ cells: 'cells' }),
      times.flatMap((t) => [
        t === DAY + 4 * H ? sample('cells', t, null, 'bad') : sample('cells', t, 240),
        sample('kA', t, 350),
      ]),
    ).until(DAY + 2 * D);
    expect(bench.final('metal', 'hour', DAY + 4 * H)).toMatchObject({ value: null, reason: 'incomplete' });
    expect(metalOf(bench, 'hour', DAY + 5 * H).value).toBeCloseTo(HOUR_T * 0.93, 9);
  });
});

describe('a settled day', () => {
  test('sets the efficiency of the next one from its first minute', () => {
    const bench = run(line({ settle }), days([ladles(626), ladles(626)]));
    const hour = bench.log.find((e) => e.metric === 'metal' && e.window.kind === 'hour' && e.window.start === DAY + D)!;
    expect(hour.value).toBeCloseTo((HOUR_T * 626) / (24 * HOUR_T), 9);
    expect(hour.amounts[0]!.flags).toEqual(['estimate']);
  });

  test('of whose first hours the log has no figure is read back from where it is looked up', () => {
    const plan = planOf(line({ settle, windows: ['hour', 'day'] }));
    const made: Made[] = [];
    const engine = new MemoryEngine(plan, DAY, (one) => made.push(one));
    for (const one of days([ladles(626)]).filter(({ sourceTimestamp: t }) => t < DAY + 20 * H))
      engine.feed({ now: one.receivedAt, samples: [one] });
    const ofHours = made.flatMap((one) => (one.type === 'evaluation' ? one.evaluation : []));
    const log = new MemoryLog();
    for (const one of ofHours) if (one.window.start >= DAY + 10 * H) log.keep(one);
    const window = plan.calendarWindows.at('day', DAY);
    const amendments = [{ type: 'settle', meter: 'metal', window, ratio: 0.9, isReal: true }] as const;
    const revised = revise(plan, new Map(engine.ledger), log.reader(lookups(plan, amendments)), amendments, DAY + D);
    const figures = revised.evaluations.filter(({ metric }) => metric === 'ac_power');
    expect(figures.map((one) => (one.window.start - DAY) / H)).toEqual([10, 11, 12, 13, 14, 15, 16, 17]);
    for (const one of figures) expect(one).toMatchObject({ value: expect.closeTo(13_000 / 0.9, 6), revision: 2 });
  });

  test('spreads the real mass over all its windows in proportion to ampere-hours', () => {
    const bench = run(line({ settle }), days([ladles(626)]));
    const hours = bench.finals('metal', 'hour').slice(0, 24);
    expect(hours.map((e) => e.value!).reduce((a, b) => a + b)).toBeCloseTo(626, 9);
    for (const hour of hours) expect(hour.amounts[0]).toMatchObject({ flags: ['settled'] });
    expect(metalOf(bench, 'shift', DAY + 8 * H).value).toBeCloseTo(626 / 3, 9);
  });

  test('is settled again when its last ladle is corrected afterwards', () => {
    const corrected = (one: Sample) => one.tag === 'ladle_t' && one.sourceTimestamp > DAY + D;
    const samples = days([ladles(626)]).map((one) => (corrected(one) ? { ...one, value: 30 } : one));
    const bench = run(line({ settle }), samples).until(DAY + D + 3 * H);
    expect(settledDays(bench)).toEqual(['settled', 'settled']);
    expect(metalOf(bench, 'day', DAY).value).toBeCloseTo(630, 9);
    const hours = bench.finals('metal', 'hour').slice(0, 24);
    expect(hours.reduce((all, hour) => all + hour.value!, 0)).toBeCloseTo(630, 9);
    expect(bench.final('metal', 'hour', DAY + D).value).toBeCloseTo(630 / 24, 9);
  });

  test('waits for a ladle that is weighed after the day has closed', () => {
    const held = days([ladles(626)]).map((one) =>
      one.tag.startsWith('ladle') && one.sourceTimestamp > DAY + 20 * H ? { ...one, receivedAt: DAY + D + 5 * H } : one,
    );
    const bench = run(
      line({ settle }),
      held.sort((a, b) => a.receivedAt - b.receivedAt),
    ).until(DAY + D + 6 * H);
    const day = bench.final('ac_power', 'day', DAY);
    expect(day.amounts.find(({ meter }) => meter === 'metal')).toMatchObject({ flags: ['settled'] });
    expect(day.value).toBeCloseTo(13_066.655693, 6);
    expect(settledDays(bench)).toEqual(['not-settled', 'settled']);
  });

  test('takes the metal left in the cells into account, and none where none is entered', () => {
    const stock = (t: Ms): Sample[] => {
      if (t === DAY) return [sample('stock', t, 4_000)];
      return t === DAY + D - 2 * H ? [sample('stock', t, 4_010)] : [];
    };
    const inventory = { settle: { ...settle, inventory: 'stock' } };
    const entered = run(line(inventory), days([ladles(616)], stock));
    expect(metalOf(entered, 'day', DAY).value).toBeCloseTo(626, 9);
    const none = run(line(inventory), days([ladles(616)]));
    expect(metalOf(none, 'day', DAY).value).toBeCloseTo(616, 9);
  });

  test('is settled again when the inventory is entered late', () => {
    const inventory = { settle: { ...settle, inventory: 'stock' } };
    const bench = run(
      line(inventory),
      days([ladles(616)], (t) => (t === DAY ? [sample('stock', t, 4_000)] : [])),
    );
    expect(metalOf(bench, 'day', DAY).value).toBeCloseTo(616, 9);
    bench.feed(DAY + D + 3 * H, sample('stock', DAY + D, 4_010));
    expect(metalOf(bench, 'day', DAY).value).toBeCloseTo(626, 9);
  });

  test('with more metal than the current can make is refused, and says so', () => {
    const bench = run(line({ settle }), days([ladles(700)]));
    expect(metalOf(bench, 'day', DAY)).toMatchObject({ flags: ['estimate'] });
    expect(settledDays(bench)).toEqual(['implausible-settlement']);
  });

  test('whose last ladle makes it more than the current can, is refused then, and says so', () => {
    const held = days([ladles(700)]).map((one) =>
      one.tag.startsWith('ladle') && one.sourceTimestamp > DAY + 20 * H ? { ...one, receivedAt: DAY + D + 5 * H } : one,
    );
    const bench = run(
      line({ settle }),
      held.sort((one, other) => one.receivedAt - other.receivedAt),
    );
    expect(settledDays(bench)).toEqual(['not-settled', 'implausible-settlement']);
    expect(metalOf(bench, 'day', DAY)).toMatchObject({ flags: ['estimate'] });
  });

  test('settles by day although no figure by day is asked for', () => {
    const bench = run(line({ settle, windows: ['hour'] }), days([ladles(626)]));
    expect(metalOf(bench, 'hour', DAY).value).toBeCloseTo(626 / 24, 9);
  });
});

describe('the month', () => {
  const start = at('2026-11-01T00:00:00+08:00');

  test('holds what is settled and what is not: it warns as long as a part is an estimate', () => {
    const bench = run(line({ settle }), days([ladles(626), ladles(610)]));
    bench.until(at('2026-12-01T02:00:00+08:00'));
    const month = metalOf(bench, 'month', start);
    expect(month.value).toBeCloseTo(626 + 610 + 2 * HOUR_T * (610 / (24 * HOUR_T)), 8);
    expect([...month.flags].sort()).toEqual(['estimate', 'settled']);
  });

  test('that is settled day by day, the last one late, is settled as a whole', () => {
    const first = at('2026-02-01T00:00:00+08:00');
    const all = days(Array.from({ length: 28 }, (_, day) => ladles(600 + day))).map((one) => {
      const t = one.sourceTimestamp - DAY + first;
      const isHeld = one.tag.startsWith('ladle') && t > first + 27 * D + 20 * H;
      return { ...one, sourceTimestamp: t, receivedAt: isHeld ? first + 28 * D + 7 * H : t };
    });
    const bench = new Bench(line({ settle }), first);
    for (const one of all.sort((a, b) => a.receivedAt - b.receivedAt))
      bench.feed(Math.max(bench.now, one.receivedAt), one);
    const month = bench.final('ac_power', 'month', first);
    const metal = month.amounts.find(({ meter }) => meter === 'metal')!;
    expect(metal.value).toBeCloseTo(28 * 600 + (28 * 27) / 2, 6);
    expect(metal.flags).toEqual(['settled']);
    expect(month).toMatchObject({ statusCode: 'good', limit: { state: 'excursion' } });
  });
});

describe('a figure below the thermodynamic minimum', () => {
  test('is shown as implausible, without a verdict, although nothing is configured', () => {
    const samples = days([ladles(626)]).map((one) =>
      one.tag === 'kwh' ? { ...one, value: Number(one.value) / 3 } : one,
    );
    const day = run(line(), samples).final('ac_power', 'day', DAY);
    expect(day).toMatchObject({ reason: 'implausible', statusCode: 'bad', limit: { state: 'normal', stale: true } });
    expect(day.value).toBeCloseTo(13_000 / 3, 6);
  });
});
