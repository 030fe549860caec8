import { expect } from 'vitest';
import { Bench, type Setup, sample } from '../engineKit.ts';
import type { Fraction } from './fraction.ts';
import { counterStretches, type ExactReading, type Stretch } from './meters.ts';

/** The engine beside the exact arithmetic. */

const [MIN, H] = [60_000, 3_600_000];

/** To 1e-12, relative; `whole` where a part was cut from more. */
export function agrees(engine: number, exact: Fraction, whole = exact): void {
  const slack = 1e-12 * Math.max(Math.abs(whole.value), 1e-9);
  expect([engine, Math.abs(engine - exact.value) <= slack, exact.value]).toEqual([engine, true, exact.value]);
}

export type Counter = Parameters<typeof counterStretches>[0];
export function counterRun(meter: Counter, readings: readonly ExactReading[]): { bench: Bench; stretches: Stretch[] } {
  const setup: Setup = {
    windows: ['minute', 'hour'],
    meters: [
      {
        ...{ id: 'energy', kind: 'counter', tag: 'kwh', quantity: 'electricity', unit: 'kWh' },
        ...{ ...meter, modulus: meter.modulus === undefined ? undefined : String(meter.modulus) },
      },
    ],
  };
  const bench = new Bench(setup, readings[0]!.t);
  for (const { t, value } of readings) bench.feed(t, sample('kwh', t, value, value === null ? 'bad' : 'good'));
  return { bench: bench.until(readings.at(-1)!.t + H + 10 * MIN), stretches: counterStretches(meter, readings) };
}
