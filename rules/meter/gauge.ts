import type { GaugeOptions } from '../options.ts';
import type { Ms } from '../sample.ts';
import { worst } from '../sample.ts';
import { NO_FLAGS, type Segment } from '../segment.ts';
import { markOf, type Seen } from '../trace.ts';
import {
  type Break,
  broken,
  HOUR,
  isWhole,
  type Known,
  knownOf,
  mended,
  nothing,
  type Outcome,
  type Reading,
} from './contract.ts';

/** `last` is null before the first usable reading; a stretch with a bad one at its border or inside is unknown. */
export interface GaugeState extends Break {
  readonly last: Known | null;
}
export const gaugeStart: GaugeState = { last: null, bad: null };

/** A rate's next reading; its amount is the integral over time: metering.md §3. */
export function readGauge(
  options: GaugeOptions & { readonly maxGap: Ms },
  state: GaugeState,
  reading: Reading,
): Outcome<GaugeState> {
  const now = knownOf(reading);
  if (!now) return nothing({ last: state.last, ...broken(state, reading) });
  const next: GaugeState = { last: now, ...mended(state, now.t) };
  if (!follows(state, now, options.maxGap)) return nothing(next);
  const { last } = state;
  const held = { ...now, value: last!.value, statusCode: last!.statusCode };
  const ramped = ramp(last!, options.method === 'hold' ? held : now, options.scale);
  const seen: Seen = { from: markOf(last!.t, last!.value), to: markOf(now.t, now.value), isRate: true };
  const segment: Segment = { ...ramped, seen };
  return { state: next, segments: [segment], notes: [] };
}

/** Whether the stretch from the last reading to this one is known. */
export const follows = ({ last, ...row }: GaugeState, now: Known, maxGap: Ms): boolean =>
  last !== null && now.t - last.t <= maxGap && isWhole(row, now.t);

export const rampAmount = (a: number, b: number, duration: Ms, scale: number): number =>
  ((a + b) / 2) * (duration / HOUR) * scale;

/** Half the difference between two rates times the duration: how uneven the amount is spread (segment.ts). */
export const bendOf = (a: number, b: number, duration: Ms, scale: number): number =>
  ((b - a) / 2) * (duration / HOUR) * scale;

/** The integral of a straight line between two points; rates are per hour. */
export function ramp(a: Known, b: Known, scale: number): Segment {
  return {
    start: a.t,
    end: b.t,
    amount: rampAmount(a.value, b.value, b.t - a.t, scale),
    bend: bendOf(a.value, b.value, b.t - a.t, scale),
    knowledge: 'measured',
    statusCode: worst(a.statusCode, b.statusCode),
    flags: NO_FLAGS,
  };
}
