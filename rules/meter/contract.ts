import type { Ms, RawValue, StatusCode } from '../sample.ts';
import type { Segment } from '../segment.ts';

/** A sample as a meter takes it: `input` 0 is the meter's own tag, higher ones its helpers (a weight, the cells in operation). */
export interface Reading {
  readonly t: Ms;
  readonly input: number;
  /** How much later than `t` the value may have been taken. */
  readonly takenWithin: Ms;
  readonly value: RawValue | null;
  readonly statusCode: StatusCode;
}

/** Something a figure cannot show by itself; becomes a record. */
export interface Note {
  readonly event: string;
  readonly detail: string;
}

/** What a reading leads to. */
export interface Outcome<State> {
  readonly state: State;
  readonly segments: readonly Segment[];
  readonly notes: readonly Note[];
}

export const nothing = <State>(state: State): Outcome<State> => ({ state, segments: [], notes: [] });

/** Bad, or without a value: never used. */
export const isUsable = (reading: Reading): reading is Reading & { value: RawValue } =>
  reading.statusCode !== 'bad' && reading.value !== null;

export const HOUR: Ms = 3_600_000;
