import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../rules/evaluation.ts';
import type { Ms, RawValue, StatusCode } from '../../rules/sample.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

/** Coils, billets, ladles: a piece counts once, at the time it happened (metering.md §4). */

const T = at('2026-11-23T10:00:00+08:00');
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

const scale = (more: object = {}): Setup => ({
  windows: ['minute', 'hour'],
  meters: [{ id: 'mass', kind: 'event', tag: 'coil', amountTag: 'weight', quantity: 'steel', unit: 't', ...more }],
});

/** What stands in the two registers, minute by minute from T on; null is a bad reading. */
type Seen = readonly [id: RawValue | null, weight: number | null];
function hourOf(seen: readonly Seen[], more: object = {}, every = 30 * S): { bench: Bench; hour: Evaluation } {
  const bench = new Bench(scale(more), T);
  const put = (tag: string, t: Ms, value: RawValue | null) =>
    bench.read(tag, t, value, value === null ? 'bad' : 'good');
  seen.forEach(([id, weight], index) => {
    put('weight', T + index * every, weight);
    put('coil', T + index * every, id);
  });
  bench.until(T + 2 * H);
  return { bench, hour: bench.final('mass', 'hour', T) };
}
const amountOf = ({ hour }: { hour: Evaluation }) => hour.amounts[0]!;
const events = ({ bench }: { bench: Bench }): string[] => bench.notes.map(({ event }) => event);

describe('a piece', () => {
  test('that is there at the start is the baseline, and re-reading counts nothing', () => {
    const run = hourOf([
      [7, 20],
      [7, 20],
      [8, 21],
      [8, 21],
      [8, 21],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 21, statusCode: 'good', flags: [] });
  });

  test('at the very end of a minute belongs to the next', () => {
    const run = hourOf([
      [7, 20],
      [7, 20],
      [8, 21],
    ]);
    expect(run.bench.final('mass', 'minute', T)).toMatchObject({ value: 0 });
    expect(run.bench.final('mass', 'minute', T + MIN).amounts[0]!.value).toBe(21);
  });

  test('has the weight that appears with it, even when it shows up a reading before', () => {
    const run = hourOf([
      [7, 20],
      [7, 21],
      [8, 21],
      [8, 21],
    ]);
    expect(amountOf(run).value).toBe(21);
    expect(events(run)).toEqual([]);
  });

  test('whose weight is bad when it appears counts as soon as it can be read, at the time it appeared', () => {
    const run = hourOf([
      [7, 20],
      [7, 20],
      [8, null],
      [8, null],
      [8, 21],
      [8, 21],
      [8, 21],
    ]);
    expect(amountOf(run).value).toBe(21);
    expect(run.bench.final('mass', 'minute', T + MIN).value).toBe(21);
    expect(amountOf(run).coverage.known).toBeCloseTo(180 / 3600, 12);
  });

  test('without any weight is not zero: all since the piece before it is unknown', () => {
    const run = hourOf([
      [7, null],
      [7, null],
      [8, null],
      [8, null],
    ]);
    expect(amountOf(run).coverage.known).toBeCloseTo(30 / 3600, 12);
    expect(events(run)).toEqual(['piece-without-weight']);
  });

  test('an hour in which most coils went unweighed has no figure, however often the scale was read', () => {
    const bench = new Bench(scale(), T);
    for (let second = 0; second <= 3_700; second += 10) {
      const t = T + second * S;
      const coil = Math.floor(second / 180);
      bench
        .read('weight', t, coil === 0 || coil > 17 ? 20 : null, coil === 0 || coil > 17 ? 'good' : 'bad')
        .read('coil', t, coil);
    }
    const hour = bench.until(T + 2 * H).final('mass', 'hour', T);
    expect(hour).toMatchObject({ value: null, reason: 'incomplete', statusCode: 'bad' });
    expect(hour.coverage.known).toBeLessThan(0.2);
    expect(hour.coverage.known).toBeGreaterThanOrEqual(0);
  });

  test('corrected hours later is a revision of its hour, not a second piece', () => {
    const bench = new Bench(scale(), T);
    for (let t = T; t <= T + 3 * H; t += 30 * S) {
      bench.read('weight', t, t < T + 2 * H + 10 * MIN ? 21.5 : 20.5).read('coil', t, t < T + 10 * MIN ? 7 : 8);
    }
    bench.until(T + 4 * H);
    expect(bench.final('mass', 'hour', T)).toMatchObject({ value: 20.5, revision: 2, statusCode: 'good' });
    expect(bench.final('mass', 'hour', T + 2 * H)).toMatchObject({ value: 0, revision: 1 });
    expect(bench.notes.map(({ event }) => event)).toEqual(['weight-corrected']);
  });

  test('is as doubtful as its identity and its weight', () => {
    const bench = new Bench(scale(), T);
    const read = (t: Ms, id: number, weight: number, status: StatusCode = 'good') =>
      bench.read('weight', t, weight).read('coil', t, id, status);
    read(T, 7, 20);
    read(T + 30 * S, 8, 21, 'uncertain');
    for (let s = 60; s <= 180; s += 30) read(T + s * S, 8, 21);
    bench.until(T + 10 * MIN);
    expect(bench.final('mass', 'minute', T)).toMatchObject({ value: 21, statusCode: 'uncertain' });
  });
});

describe('a sequence register', () => {
  test('that jumps has missed pieces: recorded, and uncertain', () => {
    const run = hourOf([
      [7, 20],
      [9, 21],
      [10, 22],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 43, statusCode: 'uncertain', flags: ['missed-pieces'] });
    expect(events(run)).toEqual(['missed-pieces']);
  });

  test('that rolls over has missed none', () => {
    const run = hourOf([
      [65_534, 20],
      [65_535, 21],
      [0, 22],
      [1, 23],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 66, statusCode: 'good', flags: [] });
  });

  test('that begins anew is recorded, and its zero is no piece', () => {
    const run = hourOf([
      [41, 20],
      [42, 21],
      [0, 21],
      [1, 22],
      [2, 23],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 66, statusCode: 'uncertain', flags: ['missed-pieces'] });
    expect(events(run)).toEqual(['sequence-restarted', 'sequence-restarted']);
  });

  test('that shows a momentary zero counts no piece twice', () => {
    const run = hourOf([
      [7, 20],
      [8, 21],
      [0, 21],
      [8, 21],
      [9, 22],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 43, statusCode: 'good', flags: [] });
  });

  test('that shows a momentary wrong number takes its piece back', () => {
    const run = hourOf([
      [7, 20],
      [8, 21],
      [9_999, 21],
      [9, 22],
      [10, 23],
    ]);
    expect(amountOf(run).value).toBe(66);
    expect(events(run)).toContain('glitch');
  });

  test('that turns from a number into an exact count and back is the same', () => {
    const run = hourOf([
      [7, 20],
      [8, 21],
      [8n, 21],
      [9n, 22],
      [9, 22],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 43, statusCode: 'good' });
  });

  test('read again after a gap shows that no piece was missed; when it happened is an estimate', () => {
    const run = hourOf(
      [
        [7, 20],
        [7, 20],
        [8, 21],
      ],
      {},
      10 * MIN,
    );
    expect(amountOf(run)).toMatchObject({ value: 21, statusCode: 'good' });
    expect(amountOf(run).coverage.known).toBeCloseTo(20 / 60, 12);
  });
});

describe('names as identities', () => {
  test('count once each, and are not missed numbers', () => {
    const run = hourOf([
      ['C-17', 20],
      ['C-18', 21],
      ['C-18', 21],
      ['D-3', 22],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 43, statusCode: 'good', flags: [] });
  });

  test('shown again after others count no second time', () => {
    const run = hourOf(
      [
        ['C-17', 20],
        ['C-18', 21],
        ['C-19', 22],
        ['C-18', 21],
        ['C-20', 23],
      ],
      { sequence: false },
    );
    expect(amountOf(run).value).toBe(66);
  });

  test('that stand empty between pieces are no pieces', () => {
    const run = hourOf([
      ['', 0],
      ['C-18', 21],
      ['', 21],
      ['C-19', 22],
      ['', 22],
      ['', 22],
    ]);
    expect(amountOf(run)).toMatchObject({ value: 43, statusCode: 'good' });
  });

  test('over a gap leave unknown whether one was missed', () => {
    const run = hourOf(
      [
        ['C-17', 20],
        ['C-18', 21],
      ],
      {},
      10 * MIN,
    );
    expect(amountOf(run)).toMatchObject({ value: 21 });
    expect(amountOf(run).coverage.known).toBe(0);
  });
});

describe('identity and weight on two endpoints', () => {
  /** A piece every 4 minutes, weighed 20, 21, 22 … t. */
  const series = (delay: Readonly<Record<string, Ms>>) => {
    const samples = Array.from({ length: 120 }, (_, index) => T + index * 30 * S).flatMap((t) => {
      const id = Math.floor((t - T) / (4 * MIN));
      return [sample('weight', t, 20 + id), sample('coil', t, id)];
    });
    return samples
      .map((one) => ({ ...one, receivedAt: one.sourceTimestamp + (delay[one.tag] ?? 0) }))
      .sort((a, b) => a.receivedAt - b.receivedAt);
  };
  const run = (delay: Readonly<Record<string, Ms>>) => {
    const bench = new Bench(scale(), T);
    for (const one of series(delay)) bench.feed(one.receivedAt, one);
    bench.until(T + 8 * H);
    return bench;
  };

  test.each([{ weight: 10 * MIN }, { coil: 10 * MIN }, { weight: 3 * H }, { coil: 3 * H, weight: 10 * MIN }])(
    'delayed against each other by %o, every piece keeps its own weight',
    (delay) => {
      const [late, straight] = [run(delay), run({})];
      const hour = late.final('mass', 'hour', T);
      expect(hour.value).toBeCloseTo(14 * 20 + (14 * 15) / 2, 9);
      for (const minute of straight.finals('mass', 'minute')) {
        const same = late.final('mass', 'minute', minute.window.start);
        expect(same.value ?? 0).toBeCloseTo(minute.value ?? 0, 9);
        expect(same.coverage).toEqual(minute.coverage);
      }
    },
  );
});
