import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../rules/sample.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';
import { runs } from '../support/properties.ts';

/** Alarms over windows (ISA-18.2): metering.md §8. */

const T = at('2026-11-23T10:00:00+08:00');
const MIN = 60_000;
const ALARM = { metric: 'kwh_per_t', window: 'minute' } as const;
const ALARM_OF = { metric: 'kwh_per_t', window: { kind: 'minute', start: T }, value: 120, limit: { bound: 100 } };
const GONE = 'its limit is no longer in the configuration';
const WHO = 'Wei, shift B';

const setup = (limit: object = {}): Setup => ({
  windows: ['minute'],
  meters: [
    { id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 1e6 },
    { id: 'mass', kind: 'counter', tag: 't', quantity: 'steel', unit: 't', maxRate: 1e6 },
  ],
  metrics: [
    {
      id: 'kwh_per_t',
      unit: 'kWh/t',
      numerator: ['energy'],
      denominator: ['mass'],
      limit: { op: '<=', bound: 100, ...limit },
    },
  ],
});

/** A plant that makes a tonne a minute with so many kWh; null: nothing is made. */
class Line {
  readonly bench: Bench;
  #kwh = 0;
  #t = 0;
  #minute = 0;
  constructor(limit: object = {}) {
    this.bench = new Bench(setup(limit), T).read('kwh', T, 0).read('t', T, 0);
  }
  /** Each minute closes with the reading after it. */
  make(...minutes: (number | null)[]): this {
    for (const kwh of minutes) {
      const end = T + ++this.#minute * MIN;
      this.#kwh += kwh ?? 0;
      this.#t += kwh === null ? 0 : 1;
      this.bench
        .read('kwh', end, this.#kwh)
        .read('t', end, this.#t)
        .until(end + 10_000);
    }
    return this;
  }
  get told(): string[] {
    return this.bench.alarms.map(({ from, to, limit }) => `${from} → ${to}${limit.stale ? ', stale' : ''}`);
  }
  get states(): string[] {
    return this.bench.finals('kwh_per_t', 'minute').map(({ limit }) => limit!.state);
  }
}

describe('an alarm', () => {
  test('stands until it is acknowledged, also when the limit is met again', () => {
    const line = new Line().make(90, 110, 90, 90);
    expect(line.told).toEqual(['normal → excursion', 'excursion → returned']);
    line.bench.act({ ...ALARM, action: 'acknowledge', who: WHO, reason: 'a cold furnace' });
    expect(line.told.slice(2)).toEqual(['returned → normal']);
    expect(line.bench.alarms.at(-1)).toMatchObject({ action: 'acknowledge', who: WHO, reason: 'a cold furnace' });
  });

  test('that is acknowledged while it stands is normal when the limit is met again, and new when it is left again', () => {
    const line = new Line().make(110);
    line.bench.act({ ...ALARM, action: 'acknowledge', who: WHO });
    line.make(120, 90, 130);
    expect(line.told).toEqual([
      'normal → excursion',
      'excursion → acknowledged',
      'acknowledged → normal',
      'normal → excursion',
    ]);
  });

  test('is acknowledged once, however often it is said', () => {
    const line = new Line().make(110);
    for (let i = 0; i < 3; i++) line.bench.act({ ...ALARM, action: 'acknowledge', who: WHO });
    expect(line.told).toEqual(['normal → excursion', 'excursion → acknowledged']);
  });

  test('says when its figure goes missing and when it is back', () => {
    expect(new Line().make(110, null, 120).told).toEqual([
      'normal → excursion',
      'excursion → excursion, stale',
      'excursion → excursion',
    ]);
    expect(new Line().make(90, null, 90).told).toEqual([]);
  });

  test('that is shelved is out of sight until its time is over, and says who did it and why', () => {
    const line = new Line().make(110);
    const until = T + 3 * MIN;
    line.bench.act({ ...ALARM, action: 'shelve', who: WHO, reason: 'meter test', until });
    expect(line.bench.alarms.at(-1)).toMatchObject({ to: 'shelved', who: WHO, reason: 'meter test', until });
    line.make(90, 90, 120);
    expect(line.told.slice(2)).toEqual(['shelved → returned', 'returned → excursion']);
    expect(line.bench.alarms[2]).toMatchObject({ action: null, who: null, reason: expect.stringContaining('over') });
  });

  test('comes back when it is unshelved, as what it has become', () => {
    const line = new Line().make(90);
    const shelf = { ...ALARM, action: 'shelve', who: WHO, reason: 'meter test', until: T + 60 * MIN } as const;
    line.bench.act(shelf).act(shelf);
    line.make(110);
    line.bench.act({ ...ALARM, action: 'unshelve', who: WHO });
    expect(line.told).toEqual(['normal → shelved', 'shelved → excursion']);
  });

  test('cannot be shelved for the past, for ever, or where there is none', () => {
    const line = new Line().make(110);
    for (const until of [T, T + 32 * 86_400_000])
      line.bench.act({ ...ALARM, action: 'shelve', who: WHO, reason: 'r', until });
    line.bench.act({ ...ALARM, metric: 'energy', action: 'acknowledge', who: WHO });
    expect(line.told).toEqual(['normal → excursion']);
  });

  test('and who acknowledged or shelved it outlive a restart', () => {
    const line = new Line().make(110);
    line.bench.act({ ...ALARM, action: 'acknowledge', who: WHO });
    line.bench.restart(line.bench.now);
    line.bench.act({ ...ALARM, action: 'acknowledge', who: WHO });
    line.bench.act({ ...ALARM, action: 'shelve', who: WHO, reason: 'r', until: T + 10 * MIN });
    line.bench.restart(line.bench.now);
    line.make(90);
    line.bench.act({ ...ALARM, action: 'unshelve', who: WHO });
    expect(line.told).toEqual([
      'normal → excursion',
      'excursion → acknowledged',
      'acknowledged → shelved',
      'shelved → normal',
    ]);
  });
});

describe('an alarm whose limit is taken out of the configuration', () => {
  const { limit: _, ...metric } = setup().metrics![0]!;
  const without = { ...setup(), metrics: [metric] };
  const baseline = { unit: 'kWh', base: 600, slope: 100, cumulate: 'minute' as const };
  const others: Record<string, Setup> = {
    'the limit alone': without,
    'the limit of a metric that has a baseline': { ...setup(), metrics: [{ ...metric, baseline }] },
    'the metric': { ...setup(), metrics: [] },
    'its kind of window': { ...setup(), windows: ['hour'], metrics: [{ ...setup().metrics![0]!, windows: ['hour'] }] },
  };

  test.each(Object.entries(others))('%s: it ends with a word about why, at a reload and at a new start', (_, other) => {
    for (const isRestart of [false, true]) {
      const { bench } = new Line().make(120);
      isRestart ? bench.restart(bench.now, other) : bench.change(other);
      const [, ended] = bench.alarms;
      expect(bench.alarms).toHaveLength(2);
      expect(ended).toMatchObject({ ...ALARM_OF, from: 'excursion', to: 'normal', reason: GONE });
      // Taken back, the limit begins with nothing of it.
      isRestart ? bench.restart(bench.now, setup()) : bench.change(setup());
      expect(bench.alarms).toHaveLength(2);
      expect([...bench.ledger.values()].filter(({ newest }) => newest.limit !== null)).toEqual([]);
    }
  });

  test('out of sight too, and not without reason: one that is normal ends silently', () => {
    const line = new Line().make(120);
    line.bench.act({ ...ALARM, action: 'shelve', who: WHO, reason: 'a repair', until: T + 60 * MIN }).change(without);
    expect(line.told).toEqual(['normal → excursion', 'excursion → shelved', 'shelved → normal']);
    const calm = new Line().make(90);
    calm.bench.change(without);
    expect(calm.told).toEqual([]);
  });
});

describe('the on-delay', () => {
  test('lets short excursions pass, and counts windows in a row', () => {
    const line = new Line({ onDelay: 3 * MIN }).make(110, 110, 90, 110, 110, 110, 110);
    expect(line.states).toEqual(['normal', 'normal', 'normal', 'normal', 'normal', 'excursion', 'excursion']);
  });

  test('is neither lengthened nor broken by a window without a figure', () => {
    const line = new Line({ onDelay: 3 * MIN }).make(110, 110, null, 110);
    expect(line.states).toEqual(['normal', 'normal', 'normal', 'excursion']);
    expect(line.bench.finals('kwh_per_t', 'minute').map(({ limit }) => limit!.beyondMs / MIN)).toEqual([1, 2, 2, 3]);
  });

  test('is over within a longer window', () => {
    expect(new Line({ onDelay: MIN / 2 }).make(110).states).toEqual(['excursion']);
  });
});

describe('a revision', () => {
  /** Minutes of so many kWh/t, the energy meter's readings delivered so much later. */
  const run = (kwh: readonly number[], limit: object, late: number, chosen: ReadonlySet<number>): Bench => {
    let [sum, t] = [0, T];
    const samples: Sample[] = [sample('kwh', T, 0), sample('t', T, 0)];
    kwh.forEach((one, index) => {
      t += MIN;
      sum += one;
      const delay = chosen.has(index) ? late : 0;
      samples.push({ ...sample('kwh', t, sum), receivedAt: t + delay }, sample('t', t, index + 1));
    });
    let held = 0;
    // One source: what comes after something delayed waits behind it.
    const inOrder = samples.map((one) => {
      if (one.tag === 'kwh') held = Math.max(held, one.receivedAt);
      return one.tag === 'kwh' ? { ...one, receivedAt: held } : one;
    });
    const bench = new Bench(setup(limit), T);
    for (const one of inOrder.sort((a, b) => a.receivedAt - b.receivedAt)) bench.feed(one.receivedAt, one);
    return bench.until(t + late + 10 * MIN);
  };

  test('judges the windows after it anew, as far as they build on it', () => {
    const late = run([110, 96, 90], { deadband: 5 }, 150_000, new Set([0]));
    expect(
      late
        .finals('kwh_per_t', 'minute')
        .map(({ limit }) => limit!.state)
        .slice(0, 3),
    ).toEqual(['excursion', 'excursion', 'returned']);
  });

  test('whatever is delayed, the verdicts end as they would have been', () => {
    const figure = fc.integer({ min: 80, max: 120 });
    const limits = fc.record({ deadband: fc.integer({ min: 0, max: 15 }), onDelay: fc.constantFrom(0, MIN, 150_000) });
    const verdicts = (bench: Bench) =>
      bench.finals('kwh_per_t', 'minute').map(({ window, limit }) => [window.start, limit!.state, limit!.beyondMs]);
    fc.assert(
      fc.property(
        fc.array(figure, { minLength: 2, maxLength: 12 }),
        limits,
        fc.integer({ min: 0, max: 900_000 }),
        fc.array(fc.nat({ max: 11 }), { maxLength: 4 }),
        (kwh, limit, late, chosen) => {
          const [straight, delayed] = [run(kwh, limit, 0, new Set()), run(kwh, limit, late, new Set(chosen))];
          expect(verdicts(delayed).slice(0, kwh.length)).toEqual(verdicts(straight).slice(0, kwh.length));
        },
      ),
      { numRuns: runs(2_000) },
    );
  });
});
