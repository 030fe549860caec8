import { describe, expect, test } from 'vitest';
import { running } from '../../rules/running.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';

/** Expected energy (ISO 50006): base load and slope, differences and their sum. */

const T = at('2026-11-23T10:00:00+08:00');
const MIN = 60_000;

/** 600 kWh an hour are 10 a minute; each tonne takes 100. */
const setup = (more: object = {}): Setup => ({
  windows: ['minute', 'hour'],
  meters: [
    { id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', maxRate: 1e6 },
    { id: 'mass', kind: 'counter', tag: 't', quantity: 'steel', unit: 't', maxRate: 1e6 },
  ],
  metrics: [
    {
      ...{ id: 'kwh_per_t', unit: 'kWh/t', numerator: ['energy'], denominator: ['mass'] },
      baseline: { unit: 'kWh', base: 600, slope: 100, cumulate: 'minute', ...more },
    },
  ],
});

/** Minutes of so many kWh and tonnes; `late` the index of a reading of energy that comes five minutes later. */
function run(minutes: readonly (readonly [kwh: number, t: number])[], late = -1, restartAt = -1): Bench {
  const bench = new Bench(setup(), T).feed(T, sample('kwh', T, 0), sample('t', T, 0));
  let [kwh, t] = [0, 0];
  minutes.forEach(([energy, mass], index) => {
    const end = T + (index + 1) * MIN;
    kwh += energy;
    t += mass;
    if (index === restartAt) bench.restart(bench.now);
    if (index !== late) bench.read('kwh', end, kwh);
    bench.read('t', end, t).until(end + 10_000);
  });
  return bench.until(T + (minutes.length + 10) * MIN);
}
const told = (bench: Bench, count: number) =>
  bench
    .finals('kwh_per_t', 'minute')
    .slice(0, count)
    .map(({ baseline }) => [baseline!.actual, baseline!.expected, baseline!.difference, baseline!.cumulative]);

describe('a baseline', () => {
  test('says what was to be expected, by how much it was missed, and what the misses come to', () => {
    expect(
      told(
        run([
          [120, 1],
          [100, 1],
          [220, 2],
        ]),
        3,
      ),
    ).toEqual([
      [120, 110, 10, 10],
      [100, 110, -10, 0],
      [220, 210, 10, 10],
    ]);
  });

  test('expects of a window without production its base load', () => {
    expect(
      told(
        run([
          [120, 1],
          [30, 0],
          [120, 1],
        ]),
        3,
      ),
    ).toEqual([
      [120, 110, 10, 10],
      [30, 10, 20, 30],
      [120, 110, 10, 40],
    ]);
  });

  test('says nothing of a figure that is incomplete, and its sum goes on', () => {
    const bench = run([[120, 1]]);
    const blind = bench.now + 5 * MIN;
    for (const tag of ['kwh', 't']) bench.feed(blind, sample(tag, blind, 1, 'bad'));
    const [last] = bench
      .until(blind + 10_000)
      .finals('kwh_per_t', 'minute')
      .slice(-1);
    expect(last!.reason).toBe('incomplete');
    expect(last!.baseline).toMatchObject({ actual: null, expected: null, difference: null, cumulative: 10 });
  });

  test('adds up over windows of the chosen kind only', () => {
    const hour = run([[120, 1]])
      .until(T + 70 * MIN)
      .final('kwh_per_t', 'hour', T);
    expect(hour.baseline).toMatchObject({ unit: 'kWh', base: 600, slope: 100, cumulative: null });
  });

  test('is corrected by revisions, in all windows since', () => {
    const minutes = [
      [120, 1],
      [100, 1],
      [220, 2],
      [130, 1],
    ] as const;
    const late = run(minutes, 0);
    expect(
      late
        .finals('kwh_per_t', 'minute')
        .slice(0, 4)
        .map(({ revision }) => revision > 1),
    ).toContain(true);
    // The first two minutes share what the register rose by in both.
    expect(told(late, 4).map(([, , , cumulative]) => cumulative)).toEqual([0, 0, 10, 30]);
  });

  test('goes on after a restart', () => {
    const minutes = [
      [120, 1],
      [100, 1],
      [220, 2],
      [130, 1],
    ] as const;
    for (const restartAt of [1, 2, 3]) expect(told(run(minutes, -1, restartAt), 4)).toEqual(told(run(minutes), 4));
  });

  test('counts in the running figure with what has passed of the window', () => {
    const bench = new Bench(setup(), T).feed(T, sample('kwh', T, 0), sample('t', T, 0));
    bench.feed(T + MIN, sample('kwh', T + MIN, 120), sample('t', T + MIN, 1)).until(T + MIN + 10_000);
    const half = T + MIN + 30_000;
    bench.feed(half, sample('kwh', half, 200), sample('t', half, 2));
    const [minute] = running(bench.plan, bench.state, bench.ledger, half).filter(
      ({ figure }) => figure.metric === 'kwh_per_t' && figure.window.kind === 'minute',
    );
    expect(minute!.baseline).toMatchObject({ actual: 80, expected: 105, difference: -25, cumulative: -15 });
  });
});
