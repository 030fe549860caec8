import { readFileSync } from 'node:fs';

/**
 * What a process engineer would do in a short script: energy and coils summed up by shift and day, in whole hundredths of a
 * kWh and whole kilograms. An arithmetic of its own: it imports nothing of the project.
 */

/** By the start of a shift or day, epoch milliseconds. */
export interface Sums {
  /** Hundredths of a kWh, of them in quarter-hours without a coil; kilograms, of them prime. */
  energy: number;
  idle: number;
  mass: number;
  prime: number;
}

export interface Quarter {
  readonly end: number;
  readonly energy: number;
}
export interface Coil {
  readonly at: number;
  readonly mass: number;
  readonly prime: boolean;
}

const HOUR = 3_600_000;
/** Korea: UTC+9 all year. */
const OFFSET = 9 * HOUR;
const rowsOf = (file: string): string[][] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => row.split(','));

/** Quarter-hours of April and May 2018; the stamp is the end, and midnight's names the day that it ends. */
export const quartersOf = (file: string): Quarter[] =>
  rowsOf(file)
    .map(([stamp = '', usage = '']) => {
      const [day = '', month = '', , hour = '', minute = ''] = stamp.split(/[/ :]/);
      const clock = Number(hour) * HOUR + Number(minute) * 60_000;
      const end = Date.UTC(2018, Number(month) - 1, Number(day)) + (clock === 0 ? 24 * HOUR : clock) - OFFSET;
      return { end, energy: Math.round(Number(usage) * 100) };
    })
    .filter(({ end }) => end > Date.UTC(2018, 3, 1) - OFFSET && end <= Date.UTC(2018, 5, 1) - OFFSET)
    .sort((a, b) => a.end - b.end);

/** The coils with their stamps put on the year 2018. */
export const coilsOf = (file: string): Coil[] =>
  rowsOf(file)
    .map(([, , stamp = '', , , tonnes = '', , , prime]) => ({
      at: Date.parse(`2018${stamp.slice(4, 23).replace(' ', 'T')}Z`) - OFFSET,
      mass: Math.round(Number(tonnes) * 1_000),
      prime: prime === '1',
    }))
    .sort((a, b) => a.at - b.at);

export function sumsBy(length: number, quarters: readonly Quarter[], coils: readonly Coil[]): Map<number, Sums> {
  const sums = new Map<number, Sums>();
  const of = (at: number): Sums => {
    const start = Math.floor((at + OFFSET) / length) * length - OFFSET;
    const found = sums.get(start) ?? { energy: 0, idle: 0, mass: 0, prime: 0 };
    sums.set(start, found);
    return found;
  };
  const made = new Map<number, number>();
  for (const { at, mass, prime } of coils) {
    of(at).mass += mass;
    of(at).prime += prime ? mass : 0;
    const quarter = Math.floor(at / 900_000) * 900_000;
    made.set(quarter, (made.get(quarter) ?? 0) + mass);
  }
  for (const { end, energy } of quarters) {
    of(end - 1).energy += energy;
    of(end - 1).idle += made.get(end - 900_000) ? 0 : energy;
  }
  return sums;
}
