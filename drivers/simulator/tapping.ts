import type { Ms } from '../../rules/sample.ts';
import { HOUR } from './flow.ts';
import { between, type Random } from './random.ts';

/** The potline stands in China: UTC+8 all year. Production days begin at midnight, shifts at 00, 08 and 16. */
const ZONE: Ms = 8 * HOUR;
const DAY: Ms = 24 * HOUR;
const SHIFT: Ms = 8 * HOUR;
const MINUTE: Ms = 60_000;

const startOf = (length: Ms, at: Ms): Ms => Math.floor((at + ZONE) / length) * length - ZONE;
export const dayStart = (at: Ms): Ms => startOf(DAY, at);
export const shiftStart = (at: Ms): Ms => startOf(SHIFT, at);

/** A ladle that is to be drawn. */
export interface Ladle {
  readonly at: Ms;
  readonly hundredths: number;
}

/**
 * The ladles of a shift from `from` on: 7 to 9 t each, about `tonnes` together, one after another, on whole seconds.
 * None near the change of shift: a ladle belongs to the crew that tapped it, and day ends stay clear.
 */
export function ladles(random: Random, from: Ms, tonnes: number): Ladle[] {
  const first = Math.max(from, shiftStart(from) + 10 * MINUTE);
  const last = shiftStart(from) + SHIFT - 15 * MINUTE;
  const count = Math.round(tonnes / 8);
  if (count < 1 || last - first < MINUTE) return [];
  const every = (last - first) / count;
  return Array.from({ length: count }, (_, nth) => ({
    at: Math.round((first + (nth + between(random, 0.2, 0.8)) * every) / 1000) * 1000,
    hundredths: Math.round(Math.min(9, Math.max(7, tonnes / count + between(random, -0.7, 0.7))) * 100),
  }));
}

/** The share of the shift in which `at` lies that is still to come. */
export const shiftLeft = (at: Ms): number => (shiftStart(at) + SHIFT - at) / SHIFT;
