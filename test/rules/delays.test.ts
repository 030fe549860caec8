import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Amount, Evaluation, Flag } from '../../rules/evaluation.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';
import { runs } from '../support/properties.ts';

/** However tags interleave, and however long in-order samples are delayed, the final figures are the same. */

const T = at('2026-11-23T00:00:00+08:00');
const MIN = 60_000;
const H = 60 * MIN;
const slow = { maxGapMs: 15 * MIN, periodMs: 5 * MIN };
const setup: Setup = {
  windows: ['quarterHour', 'hour', 'shift', 'day'],
  meters: [
    {
      id: 'energy',
      kind: 'counter',
      tag: 'kwh',
      quantity: 'electricity',
      unit: 'kWh',
      maxRate: 9e4,
      modulus: 1e5,
      ...slow,
    },
    { id: 'gas', kind: 'gauge', tag: 'm3h', quantity: 'gas', unit: 'm3', ...slow },
    { id: 'coils', kind: 'event', tag: 'coil', amountTag: 'coil_t', quantity: 'steel', unit: 't', ...slow },
    {
      id: 'metal',
      kind: 'faraday',
      tag: 'kA',
      cells: 'cells',
      efficiency: 0.93,
      quantity: 'liquid aluminium',
      unit: 't',
      settle: { tapped: 'tapped', inventory: 'stock', period: 'shift' },
      ...slow,
    },
    { id: 'tapped', kind: 'event', tag: 'ladle', amountTag: 'ladle_t', quantity: 'tapped metal', unit: 't', ...slow },
  ],
  metrics: [
    { id: 'per_coil', unit: 'kgce/t', numerator: ['energy', 'gas'], denominator: ['coils'] },
    { id: 'ac', unit: 'kWh/t', numerator: ['energy'], denominator: ['metal'], plausible: [0, 1e9] },
  ],
};
const TAGS = ['kwh', 'm3h', 'coil', 'coil_t', 'kA', 'cells', 'stock', 'ladle', 'ladle_t'] as const;

const fault = (tags: readonly string[]) => fc.option(fc.constantFrom(...tags), { freq: 40 });
const beat = fc.record({
  minutes: fc.integer({ min: 2, max: 8 }),
  kwh: fc.integer({ min: 0, max: 2_000 }),
  m3h: fc.integer({ min: 0, max: 500 }),
  coil: fc.boolean(),
  corrected: fc.boolean(),
  ladle: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  cells: fc.integer({ min: 238, max: 240 }),
  bad: fault(['kwh', 'm3h', 'coil', 'kA', 'ladle', 'stock']),
  silent: fault(TAGS),
});
type Beat = ReturnType<typeof beat.generate>['value'];

function samplesOf(beats: readonly Beat[]): Sample[] {
  let t = T - 7 * MIN;
  const now = { kwh: 99_000, m3h: 0, coil: 5, coil_t: 20, kA: 350, cells: 240, stock: 4_000, ladle: 1, ladle_t: 30 };
  return beats.flatMap((one, index) => {
    t += one.minutes * MIN;
    now.kwh = (now.kwh + one.kwh) % 1e5;
    now.m3h = one.m3h;
    if (one.coil) now.coil++;
    if (one.coil || one.corrected) now.coil_t = 15 + ((index * 7) % 40) / 4;
    if (one.ladle) now.ladle++;
    if (one.ladle) now.ladle_t = 11 + (index % 5) / 2;
    now.kA = 340 + (index % 20);
    now.cells = one.cells;
    now.stock = 4_000 + (index % 9);
    return TAGS.filter((tag) => tag !== one.silent).map((tag) =>
      tag === one.bad ? sample(tag, t, null, 'bad') : sample(tag, t, now[tag]),
    );
  });
}

const run = (samples: readonly Sample[], restarts: readonly number[] = []): Bench => {
  const bench = new Bench(setup, T);
  samples.forEach((one, index) => {
    if (restarts.includes(index)) bench.restart(bench.now);
    bench.feed(Math.max(bench.now, one.receivedAt), one);
  });
  return bench.until(T + 60 * H);
};

/** Each tag is delivered so much later, in order. */
const delayed = (samples: readonly Sample[], delays: Readonly<Record<string, Ms>>): Sample[] =>
  samples
    .map((one) => ({ ...one, receivedAt: one.receivedAt + (delays[one.tag] ?? 0) }))
    .sort((a, b) => a.receivedAt - b.receivedAt);

/** Equal within the rounding of sums made in another order. */
const near = (value: number): unknown => ({
  asymmetricMatch: (other: unknown) => Math.abs(Number(other) - value) <= 1e-9 * Math.max(1, Math.abs(value)),
});
const amountLike = ({ meter, value, statusCode, coverage, flags }: Amount): unknown => ({
  meter,
  value: near(value),
  statusCode,
  coverage: { known: near(coverage.known), measured: near(coverage.measured) },
  flags: expect.toSatisfy((other: readonly Flag[]) => [...other].sort().join() === [...flags].sort().join()),
});
const figureLike = ({ window, value, reason, statusCode, amounts }: Evaluation): unknown => ({
  window,
  value: value === null ? null : near(value),
  reason,
  statusCode,
  amounts: amounts.map((amount) => expect.objectContaining(amountLike(amount) as object)),
});
const isUnknown = ({ amounts }: Evaluation): boolean => amounts.every(({ coverage }) => coverage.known === 0);

function expectSame(late: Bench, straight: Bench): void {
  for (const id of [...setup.meters, ...setup.metrics!].map((one) => one.id)) {
    for (const kind of setup.windows!) {
      const finals = (bench: Bench) => bench.finals(id, kind).filter((one) => !isUnknown(one));
      const expected = finals(straight).map((one) => expect.objectContaining(figureLike(one) as object));
      expect(finals(late), `${id} by ${kind}`).toEqual(expected);
    }
  }
}

describe('delays', () => {
  test('any tags delayed by any times up to half a day end in the same figures', () => {
    const delays = fc.record(Object.fromEntries(TAGS.map((tag) => [tag, fc.integer({ min: 0, max: 720 })])));
    fc.assert(
      fc.property(fc.array(beat, { minLength: 100, maxLength: 260 }), delays, (beats, minutes) => {
        const samples = samplesOf(beats);
        const by = Object.fromEntries(Object.entries(minutes).map(([tag, m]) => [tag, m < 360 ? 0 : (m - 360) * MIN]));
        expectSame(run(delayed(samples, by)), run(samples));
      }),
      { numRuns: runs(15), endOnFailure: true },
    );
  });

  test('restarts in between change nothing', () => {
    const restarts = fc.array(fc.nat({ max: 1_000 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(beat, { minLength: 100, maxLength: 200 }), restarts, (beats, places) => {
        const samples = delayed(samplesOf(beats), { coil_t: 20 * MIN, cells: 40 * MIN, ladle: 3 * H });
        expectSame(run(samples, places), run(samplesOf(beats)));
      }),
      { numRuns: runs(10), endOnFailure: true },
    );
  });
});
