import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Ms } from '../../rules/sample.ts';
import { at, Bench, type Setup, sample } from '../support/engineKit.ts';
import { RECORDED } from '../support/steel.ts';

/**
 * COMPOSED of two plants: the recorded energy of one with the recorded coils of another laid over it. No figure here is
 * any plant's; what is tested is that the engine and a short arithmetic of its own agree on all of them.
 */

const COILS = join(import.meta.dirname, '../../../shared/data/coils-2024/coils-2024-apr-may.csv');
const isThere = existsSync(RECORDED) && existsSync(COILS);

const T = at('2024-04-01T00:00:00+08:00');
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;
const DAYS = 61;
const END = T + DAYS * 24 * H;
const LONGEST = 20 * MIN;

interface Coil {
  readonly t: Ms;
  readonly mass: number;
  readonly isGood: boolean;
}

const rowsOf = (csv: string): string[][] =>
  csv
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => row.split(','));

/** Coils with one stamp came one after the other: a second apart, as a PLC would show them. */
function coilsOf(csv: string): Coil[] {
  const stamped = rowsOf(csv).map(([, , stamp, , , mass, , , prime]) => ({
    t: at(`${stamp!.replace(' ', 'T').slice(0, 19)}+08:00`),
    ...{ mass: Number(mass), isGood: prime === '1' },
  }));
  const coils: Coil[] = [];
  for (const coil of stamped.sort((a, b) => a.t - b.t))
    if (coil.t < END - H) coils.push({ ...coil, t: Math.max(coil.t, (coils.at(-1)?.t ?? 0) + S) });
  return coils;
}

/** Hundredths of a kWh by quarter-hour, from T on. */
const quartersOf = (csv: string): number[] =>
  rowsOf(csv)
    .slice(0, DAYS * 96)
    .map(([, usage]) => Math.round(Number(usage) * 100));

const setup: Setup = {
  windows: ['shift', 'day'],
  meters: [
    {
      ...{ id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh', scale: 0.01 },
      ...{ modulus: 1_000_000, maxRate: 10_000, maxGap: '20min', periodMs: 15 * MIN },
    },
    { id: 'coils', kind: 'event', tag: 'n', amountTag: 'mass', quantity: 'steel', unit: 't', maxGap: '20min' },
    { id: 'good', kind: 'event', tag: 'goodN', amountTag: 'goodMass', quantity: 'steel', unit: 't', maxGap: '20min' },
    {
      ...{ id: 'rolling', kind: 'product', product: 'coil', pieces: 'coils', longest: '20min' },
      ...{ quantity: 'time', unit: 'h', maxGap: '20min' },
    },
    { id: 'idle', kind: 'idle', of: 'energy', outside: 'rolling', quantity: 'electricity', unit: 'kWh' },
  ],
  metrics: [
    {
      id: 'per_tonne',
      unit: 'kWh/t',
      numerator: ['energy'],
      denominator: ['coils'],
      windows: ['shift', 'day', 'coil'],
    },
    {
      ...{ id: 'yield', unit: '%', denominator: ['coils'] },
      numerator: [{ meter: 'good', coefficient: 100, unit: '%' }],
    },
  ],
};

function engineOf(coils: readonly Coil[], quarters: readonly number[]): Bench {
  const bench = new Bench(setup, T);
  let [next, goodN, goodMass, count] = [0, 0, 0, 999_000];
  const show = (t: Ms): void => {
    const mass = coils[next - 1]?.mass ?? 0;
    const samples = [
      sample('mass', t, mass),
      sample('n', t, next),
      sample('goodMass', t, goodMass),
      sample('goodN', t, goodN),
    ];
    bench.feed(t, ...samples);
  };
  for (let minute = 0; T + minute * MIN <= END; minute += 5) {
    const t = T + minute * MIN;
    for (; coils[next] && coils[next]!.t < t; ) {
      const coil = coils[next++]!;
      if (coil.isGood) [goodN, goodMass] = [goodN + 1, coil.mass];
      show(coil.t);
    }
    if (minute % 15 === 0) {
      bench.read('kwh', t, count);
      count = (count + (quarters[minute / 15] ?? 0)) % 1_000_000;
    }
    show(t);
  }
  return bench.until(END + 10 * H);
}

/** Energy in kWh of [from, to), each quarter-hour's spread evenly. */
function energyBetween(quarters: readonly number[], from: Ms, to: Ms): number {
  let sum = 0;
  for (let q = Math.floor((from - T) / (15 * MIN)); T + q * 15 * MIN < to; q++) {
    const start = T + q * 15 * MIN;
    sum += (quarters[q]! * (Math.min(to, start + 15 * MIN) - Math.max(from, start))) / (15 * MIN);
  }
  return sum / 100;
}

describe.skipIf(!isThere)(
  'composed of steel-2018 and coils-2024 (skipped where the recorded data is not there)',
  () => {
    const coils = isThere ? coilsOf(readFileSync(COILS, 'utf8')) : [];
    const quarters = isThere ? quartersOf(readFileSync(RECORDED, 'utf8')) : [];
    const spans = coils.slice(1).map(({ t }, index) => [Math.max(coils[index]!.t, t - LONGEST), t] as const);
    const bench = isThere ? engineOf(coils, quarters) : null;

    test('has what coils really do: many at one stamp, some of no mass, days without any', () => {
      const stamps = rowsOf(readFileSync(COILS, 'utf8')).map(([, , stamp]) => stamp);
      expect(stamps.length - new Set(stamps).size).toBeGreaterThan(50);
      expect(coils.filter(({ mass }) => mass === 0).length).toBeGreaterThan(0);
      expect(Math.max(...coils.slice(1).map(({ t }, index) => t - coils[index]!.t))).toBeGreaterThan(24 * H);
    });

    test.each([
      ['shift', 8 * H],
      ['day', 24 * H],
    ] as const)('kWh/t, idle energy and yield of every %s', (kind, length) => {
      let compared = 0;
      for (let start = T + 24 * H; start < END - 24 * H; start += length, compared++) {
        const end = start + length;
        const inside = coils.filter(({ t }) => t >= start && t < end);
        const mass = inside.reduce((sum, coil) => sum + coil.mass, 0);
        const good = inside.reduce((sum, coil) => sum + (coil.isGood ? coil.mass : 0), 0);
        const total = energyBetween(quarters, start, end);
        const rolled = spans
          .map(([from, to]) => [Math.max(from, start), Math.min(to, end)] as const)
          .reduce((sum, [from, to]) => (to > from ? sum + energyBetween(quarters, from, to) : sum), 0);
        expect(bench!.final('idle', kind, start).value).toBeCloseTo(total - rolled, 6);
        const [perTonne, share] = ['per_tonne', 'yield'].map((id) => bench!.final(id, kind, start));
        expect(perTonne!.amounts.map(({ value }) => value)).toEqual([
          expect.closeTo(total, 6),
          expect.closeTo(mass, 6),
        ]);
        if (mass === 0) expect(perTonne).toMatchObject({ value: null, reason: 'no-production' });
        else {
          expect(perTonne!.value).toBeCloseTo(total / mass, 6);
          expect(share!.value).toBeCloseTo((good / mass) * 100, 6);
        }
      }
      expect(compared).toBe(((DAYS - 2) * 24 * H) / length);
    });

    test('the energy of every coil', () => {
      const figures = bench!.finals('energy', 'coil');
      const expected = spans.map(([from, to]) => energyBetween(quarters, from, to));
      expect(figures.map(({ window }) => window.end)).toEqual(spans.map(([, to]) => to));
      figures.forEach((figure, index) => {
        expect(figure.amounts[0]!.value).toBeCloseTo(expected[index]!, 6);
      });
    });
  },
);
