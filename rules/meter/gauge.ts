import type { GaugeOptions } from '../options.ts';
import type { Ms, StatusCode } from '../sample.ts';
import { worst } from '../sample.ts';
import { NO_FLAGS, type Segment } from '../segment.ts';
import { HOUR, isUsable, nothing, type Outcome, type Reading } from './contract.ts';

/** `last` is null before the first reading and after a bad one: a stretch that borders on either is unknown. */
export interface GaugeState {
  readonly last: { readonly t: Ms; readonly rate: number; readonly statusCode: StatusCode } | null;
}
export const gaugeStart: GaugeState = { last: null };

/** A rate's next reading; its amount is the integral over time: metering.md §3. */
export function readGauge(
  options: GaugeOptions & { readonly maxGap: Ms },
  { last }: GaugeState,
  reading: Reading,
): Outcome<GaugeState> {
  if (!isUsable(reading) || typeof reading.value === 'string') return nothing({ last: null });
  const now = { t: reading.t, rate: Number(reading.value), statusCode: reading.statusCode };
  if (!last || now.t - last.t > options.maxGap) return nothing({ last: now });
  const segment =
    options.method === 'hold' ? ramp(last, { ...now, rate: last.rate }, options.scale) : ramp(last, now, options.scale);
  return { state: { last: now }, segments: [segment], notes: [] };
}

interface Point {
  readonly t: Ms;
  readonly rate: number;
  readonly statusCode: StatusCode;
}

/** The integral of a straight line between two points; rates are per hour. */
export function ramp(a: Point, b: Point, scale: number): Segment {
  const hours = (b.t - a.t) / HOUR;
  return {
    start: a.t,
    end: b.t,
    amount: ((a.rate + b.rate) / 2) * hours * scale,
    bend: ((b.rate - a.rate) / 2) * hours * scale,
    knowledge: 'measured',
    statusCode: worst(a.statusCode, b.statusCode),
    flags: NO_FLAGS,
  };
}
