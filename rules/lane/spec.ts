import { HOUR } from '../meter/contract.ts';
import type { MeterSpec } from '../plan.ts';
import type { Ms } from '../sample.ts';

/** What a meter's plain readings are measured by: one shape for all meters, so that it is quickly read. */
export interface Lane {
  /** `none`: nothing that such a meter reads is plain. */
  readonly kind: 'register' | 'rate' | 'held' | 'scale' | 'none';
  readonly maxGap: Ms;
  readonly periodMs: Ms;
  readonly scale: number;
  /** Most counts of a register in an hour. */
  readonly most: number;
  /** Counts of a register are plain from here on, and below there: what the steps of a float32 are to be told of is not. */
  readonly from: number;
  readonly below: number;
}

const kindOf = (meter: MeterSpec): Lane['kind'] => {
  if (meter.kind === 'counter') return meter.frozen ? 'none' : 'register';
  if (meter.kind === 'gauge') return meter.method === 'hold' ? 'held' : 'rate';
  return meter.kind === 'event' ? 'scale' : 'none';
};

/** Of the given lanes each that is like one before it is that one: few are read again and again. */
export function shared(lanes: readonly Lane[]): Lane[] {
  const known = new Map<string, Lane>();
  return lanes.map((lane) => {
    const key = Object.values(lane).join();
    const same = known.get(key) ?? lane;
    known.set(key, same);
    return same;
  });
}

/** `isAlone`: nothing is made of the meter's readings but amounts of windows of the calendar. */
export const laneOf = (meter: MeterSpec, isAlone: boolean): Lane => ({
  kind: isAlone ? kindOf(meter) : 'none',
  maxGap: meter.maxGap,
  periodMs: meter.periodMs,
  scale: 'scale' in meter ? meter.scale : 1,
  most: meter.kind === 'counter' ? meter.maxRate / meter.scale : 0,
  ...(meter.kind === 'counter' && meter.float32 ? { from: 0, below: coarseFrom(meter) } : ANY),
});

const ANY = { from: -Infinity, below: Infinity };

/** From which count on a float32 register's step is more than a poll brings (meter/counter.ts). */
const coarseFrom = ({ maxRate, periodMs, scale }: CounterSpec): number =>
  2 ** (Math.floor(Math.log2((maxRate * periodMs) / HOUR / scale)) + 24);
type CounterSpec = Extract<MeterSpec, { kind: 'counter' }>;
