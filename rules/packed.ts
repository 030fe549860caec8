import { type Accumulator, emptyAccumulator } from './accumulator.ts';
import type { Border, Mark } from './evaluation.ts';
import type { Reading } from './meter/contract.ts';
import { counterStart } from './meter/counter.ts';
import { eventStart } from './meter/event.ts';
import type { MeterMind } from './meter/meter.ts';
import type { Ms } from './sample.ts';
import type { MeterState } from './state.ts';
import type { MinuteSummary, TagState } from './tags.ts';
import { NO_TRACE, type Trace } from './trace.ts';

/** The checkpoint is written every second: what most often stands in it is written without names, and not where it is as ever. */

/** `value` without what is as in `plain`. */
function sparse<T extends object>(value: T, plain: T): Partial<T> {
  const isPlain = (one: unknown, other: unknown): boolean =>
    one === other || (Array.isArray(one) && one.length === 0 && Array.isArray(other) && other.length === 0);
  const differing = Object.entries(value).filter(([key, one]) => !isPlain(one, plain[key as keyof T]));
  return Object.fromEntries(differing) as Partial<T>;
}

/** A reading's time, from a time given, and its value. */
type PackedMark = readonly [Ms, Mark['value']] | null;
type PackedBorder = readonly [PackedMark, PackedMark] | null;

const packMark = (mark: Mark | null, from: Ms): PackedMark => mark && [mark.at - from, mark.value];
const unpackMark = (mark: PackedMark, from: Ms): Mark | null => mark && { at: from + mark[0], value: mark[1] };
const packBorder = (border: Border | null, from: Ms): PackedBorder =>
  border && [packMark(border.before, from), packMark(border.after, from)];
const unpackBorder = (border: PackedBorder, from: Ms): Border | null =>
  border && { before: unpackMark(border[0], from), after: unpackMark(border[1], from) };

/** Start, length, sum, carry, known, measured where that is another, readings, borders, and the rest where there is any. */
type PackedAmount = readonly [Ms, Ms, number, number, Ms, Ms | null, number, PackedBorder, PackedBorder, AmountRest?];
type AmountRest = Partial<Omit<Accumulator, 'trace'>> & { readonly trace?: Partial<Trace> };

const WRITTEN = { start: 0, end: 0, sum: 0, carry: 0, known: 0, measured: 0 };

function packAmount(acc: Accumulator): PackedAmount {
  const { start, end, sum, carry, known, measured, trace } = acc;
  const seen = sparse({ ...trace, start: null, end: null, readings: 0 }, NO_TRACE);
  const rest: AmountRest = {
    ...sparse({ ...acc, ...WRITTEN, trace: NO_TRACE }, emptyAccumulator(0, 0)),
    ...(Object.keys(seen).length > 0 && { trace: seen }),
  };
  const borders = [packBorder(trace.start, start), packBorder(trace.end, start)] as const;
  const numbers = [
    start,
    end - start,
    sum,
    carry,
    known,
    measured === known ? null : measured,
    trace.readings,
  ] as const;
  return Object.keys(rest).length > 0 ? [...numbers, ...borders, rest] : [...numbers, ...borders];
}

function unpackAmount([
  start,
  length,
  sum,
  carry,
  known,
  measured,
  readings,
  from,
  to,
  rest,
]: PackedAmount): Accumulator {
  return {
    ...emptyAccumulator(start, start + length),
    ...rest,
    ...{ sum, carry, known, measured: measured ?? known },
    trace: { ...NO_TRACE, ...rest?.trace, readings, start: unpackBorder(from, start), end: unpackBorder(to, start) },
  };
}

/** Time and value, and the input where it is not the first; one that is more than plain is written in full. */
type PackedReading = readonly [Ms, Reading['value']] | readonly [Ms, Reading['value'], number] | Reading;

function packReading(reading: Reading): PackedReading {
  const { t, value, input, statusCode, takenWithin, skewed } = reading;
  if (statusCode !== 'good' || takenWithin !== undefined || skewed) return reading;
  return input === 0 ? [t, value] : [t, value, input];
}

const unpackReading = (packed: PackedReading): Reading =>
  't' in packed ? packed : { t: packed[0], input: packed[2] ?? 0, value: packed[1], statusCode: 'good' };

/** A mind without what is as at its start; what the configuration gave it is written. */
function packMind(mind: MeterMind): MeterMind {
  if (mind.kind === 'counter') return { kind: 'counter', of: sparse(mind.of, counterStart) } as MeterMind;
  return mind.kind === 'event' ? ({ kind: 'event', of: sparse(mind.of, eventStart) } as MeterMind) : mind;
}

function unpackMind(mind: MeterMind): MeterMind {
  if (mind.kind === 'counter') return { kind: 'counter', of: { ...counterStart, ...mind.of } };
  return mind.kind === 'event' ? { kind: 'event', of: { ...eventStart, ...mind.of } } : mind;
}

export interface PackedMeter {
  readonly id: string;
  readonly mind: MeterMind;
  readonly pending: readonly PackedReading[];
  readonly open: readonly (readonly PackedAmount[])[];
  readonly cell: PackedAmount | null;
  readonly outer?: PackedAmount;
  readonly rest: Partial<MeterState>;
}

/** `fresh` is the meter as it was at its start. */
export function packMeter(state: MeterState, fresh: MeterState): PackedMeter {
  const { id, mind, pending, open, outer, cell, ...rest } = state;
  const { id: _, mind: _mind, pending: _pending, open: _open, outer: _outer, cell: _cell, ...plain } = fresh;
  return {
    ...{ id, mind: packMind(mind), pending: pending.map(packReading) },
    ...{ open: open.map((amounts) => amounts.map(packAmount)), cell: cell && packAmount(cell) },
    ...(outer && { outer: packAmount(outer) }),
    rest: sparse(rest, plain),
  };
}

export const unpackMeter = (packed: PackedMeter, fresh: MeterState): MeterState => ({
  ...fresh,
  ...packed.rest,
  mind: unpackMind(packed.mind),
  pending: packed.pending.map(unpackReading),
  open: packed.open.map((amounts) => amounts.map(unpackAmount)),
  outer: packed.outer ? unpackAmount(packed.outer) : null,
  cell: packed.cell && unpackAmount(packed.cell),
});

type PackedMinute = readonly [Ms, number, number, number, number | null, number | null, number, number | null];
/** Value, time, since when it has been so before that, the minute; and what is not plain. */
export type PackedTag = readonly [TagState['value'], Ms, Ms, PackedMinute, Partial<TagState>];

const PLAIN = { statusCode: 'good', reason: null } as const;

export function packTag({ value, sourceTimestamp, since, minute, statusCode, reason }: TagState): PackedTag {
  const { minute: start, samples, good, usable, min, max, sum, last } = minute;
  const packed: PackedMinute = [start, samples, good, usable, min, max, sum, last];
  return [value, sourceTimestamp, since, packed, sparse<Partial<TagState>>({ statusCode, reason }, PLAIN)];
}

export function unpackTag([value, sourceTimestamp, since, packed, rest]: PackedTag): TagState {
  const [start, samples, good, usable, min, max, sum, last] = packed;
  const minute: MinuteSummary = { minute: start, samples, good, usable, min, max, sum, last };
  return { ...PLAIN, ...rest, value, sourceTimestamp, since, minute };
}
