import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../rules/evaluation.ts';
import type { Sample } from '../../rules/sample.ts';
import { type Coil, coilsOf, type Quarter, quartersOf, sumsBy } from '../support/composedScript.ts';
import { Bench, type Setup, sample } from '../support/engineKit.ts';
import { RECORDED } from '../support/steel.ts';

/**
 * Composed: the recorded energy of one steel plant, and the coils of another laid over it, their stamps put on its year.
 * The figures say nothing of either plant; they say that coils as they really come (several cuts at one stamp, pieces of
 * no mass, scrap, stops of days) are counted as a script counts them.
 */

const COILS = join(RECORDED, '../../coils-2024/coils-2024-apr-may.csv');
const isThere = existsSync(RECORDED) && existsSync(COILS);

const MIN = 60_000;
const DAY = 1_440 * MIN;
const slow = { maxGapMs: 20 * MIN, periodMs: 15 * MIN };
const event = (id: string, amountTag: string) =>
  ({ id, kind: 'event', tag: 'coil', amountTag, quantity: 'steel', unit: 't', scale: 0.001, ...slow }) as const;
const setup: Setup = {
  timeZone: 'Asia/Seoul',
  windows: ['quarterHour', 'shift', 'day'],
  meters: [
    {
      ...{ id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', scale: 0.01, maxRate: 1e5 },
      ...{ modulus: 1e7, ...slow },
    },
    event('coils', 'mass'),
    event('prime', 'prime_mass'),
  ],
  metrics: [
    { id: 'energy_per_tonne', unit: 'kWh/t', numerator: ['energy'], denominator: ['coils'] },
    { id: 'yield', unit: '%', numerator: [{ meter: 'prime', coefficient: 100 }], denominator: ['coils'] },
  ],
};

/** A register and a scale as a PLC shows them: each coil when it is weighed, and all tags every quarter of an hour. */
function samplesOf(quarters: readonly Quarter[], coils: readonly Coil[]): Sample[] {
  let [register, made, next] = [9_990_000, 0, 0];
  let [mass, prime] = [0, 0];
  const scale = (t: number): Sample[] => [
    sample('mass', t, mass),
    sample('prime_mass', t, prime),
    sample('coil', t, made),
  ];
  const poll = (t: number): Sample[] => [sample('kwh', t, register % 1e7), ...scale(t)];
  return [
    ...poll(quarters[0]!.end - 15 * MIN),
    ...quarters.flatMap(({ end, energy }) => {
      const pieces: Sample[] = [];
      for (let cut = 0; next < coils.length && coils[next]!.at < end; next++) {
        // A tag shows one value at a time: the cuts of one stamp come a millisecond after each other.
        cut = coils[next]!.at === coils[next - 1]?.at ? cut + 1 : 0;
        made++;
        mass = coils[next]!.mass;
        prime = coils[next]!.prime ? mass : 0;
        pieces.push(...scale(coils[next]!.at + cut));
      }
      register += energy;
      return [...pieces, ...poll(end)];
    }),
  ];
}

function replay(quarters: readonly Quarter[], coils: readonly Coil[]): Bench {
  const bench = new Bench(setup, quarters[0]!.end - 15 * MIN);
  for (const one of samplesOf(quarters, coils)) bench.feed(one.receivedAt, one);
  return bench.until(bench.now + MIN);
}

const isNear = (a: number | null, b: number | null): boolean =>
  a === b || (a !== null && b !== null && Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b), 1e-3));

/** What an idle line burnt: the energy of the quarter-hours in which nothing was produced. */
const idleOf = (quarters: readonly Evaluation[], { window }: Evaluation): number =>
  quarters
    .filter((one) => one.reason === 'no-production')
    .filter((one) => one.window.start >= window.start && one.window.end <= window.end)
    .reduce((sum, one) => sum + one.amounts[0]!.value, 0);

describe.skipIf(!isThere)(
  isThere
    ? 'composed: two plants, the energy of one and the coils of the other'
    : 'composed: two plants (skipped where the recorded energy and coils are not beside the checkout)',
  () => {
    test('kWh/t, idle energy and yield by shift and day are those of a short script', { timeout: 240_000 }, () => {
      const [quarters, coils] = [quartersOf(RECORDED), coilsOf(COILS)];
      expect(coils.filter(({ at }, index) => at === coils[index - 1]?.at).length).toBeGreaterThan(50);
      expect(coils.filter(({ mass }) => mass === 0).length).toBeGreaterThan(0);
      const bench = replay(quarters, coils);
      const byQuarter = bench.finals('energy_per_tonne', 'quarterHour');
      for (const [kind, length, count] of [
        ['shift', DAY / 3, 183],
        ['day', DAY, 61],
      ] as const) {
        const script = sumsBy(length, quarters, coils);
        const figures = bench.finals('energy_per_tonne', kind);
        expect([kind, figures.length]).toEqual([kind, count]);
        const differing = figures.filter((figure) => {
          const { energy, idle, mass, prime } = script.get(figure.window.start)!;
          const yielded = bench.final('yield', kind, figure.window.start).value;
          return !(
            isNear(figure.value, mass > 0 ? energy / 100 / (mass / 1_000) : null) &&
            isNear(yielded, mass > 0 ? (100 * prime) / mass : null) &&
            isNear(idleOf(byQuarter, figure), idle / 100)
          );
        });
        expect(differing).toEqual([]);
        expect(figures.filter(({ statusCode }) => statusCode !== 'good')).toEqual([]);
      }
    });
  },
);
