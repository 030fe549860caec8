import type { Ms, RawValue, Sample, StatusCode } from '../sample.ts';
import type { Segment } from '../segment.ts';

/** A sample as a meter takes it: `input` 0 is the meter's own tag, higher ones its helpers (a weight, the cells in operation). */
export interface Reading {
  readonly t: Ms;
  readonly input: number;
  readonly value: RawValue | null;
  readonly statusCode: StatusCode;
  /** How much later than `t` the value may have been taken. */
  readonly takenWithin?: Ms;
  /** The device's clock was not to be believed; `t` is when it was received. */
  readonly skewed?: true;
  /** The agent's own word that nobody answers; the device may still hand over what it queued before. */
  readonly unread?: true;
}

export const NO_READINGS: readonly Reading[] = [];

/** What can happen to a meter that its figures cannot show. */
export type MeterEvent =
  | ('glitch' | 'reset' | 'replacement' | 'frozen-register' | 'coarse-register' | 'clock-fault' | 'clock-set-back')
  | ('late' | 'too-late' | 'absence' | 'dropped' | 'redefined')
  | ('missed-pieces' | 'sequence-restarted' | 'piece-without-weight' | 'weight-corrected' | 'amount-corrected')
  | ('settled' | 'not-settled' | 'implausible-settlement');

export function readingOf(
  { value, statusCode, sourceTimestamp: t, takenWithin, unread }: Sample,
  input: number,
  skewed: boolean,
): Reading {
  if (!takenWithin && !skewed && !unread) return { t, input, value, statusCode };
  const more = { ...(takenWithin && { takenWithin }), ...(skewed && { skewed }), ...(unread && { unread }) };
  return { t, input, value, statusCode, ...more };
}

/** Something a figure cannot show by itself; becomes a record. */
export interface Note {
  readonly event: MeterEvent;
  readonly detail: string;
}

/** What had no room in a list that is bounded, and why. */
export interface Dropped {
  readonly count: number;
  readonly what: string;
}

/** What a reading leads to. */
export interface Outcome<State> {
  readonly state: State;
  readonly segments: readonly Segment[];
  readonly notes: readonly Note[];
  readonly dropped?: Dropped | undefined;
}

export const nothing = <State>(state: State): Outcome<State> => ({ state, segments: [], notes: [] });

/** Bad, or without a value: never used. */
export const isUsable = <Read extends Pick<Reading, 'statusCode' | 'value'>>(
  reading: Read,
): reading is Read & { value: RawValue } => reading.statusCode !== 'bad' && reading.value !== null;

/** Whether it lets the meter know its quantity up to its time: one of its own tag, and usable. */
export const isPassing = (reading: Reading): boolean => reading.input === 0 && isUsable(reading);

/** A usable number at an instant. */
export interface Known {
  readonly t: Ms;
  readonly value: number;
  readonly statusCode: StatusCode;
}

export function knownOf(reading: Reading): Known | null {
  if (!isUsable(reading) || typeof reading.value === 'string') return null;
  return { t: reading.t, value: Number(reading.value), statusCode: reading.statusCode };
}

/**
 * The first and last bad reading since the last usable one. They are kept by time and not by arrival: a server may still
 * hand over what it queued before them.
 */
export interface BadSpan {
  readonly first: Ms;
  readonly last: Ms;
}

/** What has broken off a row of readings since the last usable one. `unread`: when the agent last said that nobody answers. */
export interface Break {
  readonly bad: BadSpan | null;
  readonly unread?: Ms;
}

export function broken({ bad, unread }: Break, { t, unread: isUnread }: Reading): Break {
  if (isUnread) return { bad, unread: Math.max(unread ?? t, t) };
  const stands = unread !== undefined && unread < t;
  return { bad: withBad(bad, t), ...(stands && { unread }) };
}

/** What is left of it after a usable reading at `t`. */
export const mended = ({ bad }: Break, t: Ms): Break => ({ bad: after(bad, t) });

/** Whether nothing is between the last usable reading and one at `t`. */
export const isWhole = ({ bad, unread }: Break, t: Ms): boolean =>
  (bad === null || bad.first > t) && (unread === undefined || unread >= t);

const withBad = (bad: BadSpan | null, t: Ms): BadSpan =>
  bad ? { first: Math.min(bad.first, t), last: Math.max(bad.last, t) } : { first: t, last: t };

/** What is left of the span after a usable reading at `t`: one handed over later belies those around it. */
function after(bad: BadSpan | null, t: Ms): BadSpan | null {
  if (!bad || bad.last <= t) return null;
  return bad.first > t ? bad : { first: bad.last, last: bad.last };
}

/** What goes beyond the bounds of lists of which each is said to be how long, at most how long, and of what. */
export function beyond(
  ...lists: readonly (readonly [list: readonly unknown[], most: number, of: string])[]
): Dropped | undefined {
  const full = lists.filter(([list, most]) => list.length > most);
  if (full.length === 0) return undefined;
  const count = full.reduce((sum, [list, most]) => sum + list.length - most, 0);
  return { count, what: full.map(([, most, of]) => `more than ${most} ${of}`).join('; ') };
}

/** Instants are kept with a bound; the oldest go first. */
export const newest = <T>(list: readonly T[], most: number): readonly T[] =>
  list.length > most ? list.slice(-most) : list;

/** The list with one more; unlike one that is spread it takes no more room than it needs, and what is kept is many lists. */
export const appended = <T>(list: readonly T[], one: T): readonly T[] => list.concat([one]);

export const HOUR: Ms = 3_600_000;
/** After and before every time there is; unlike infinities they survive JSON. */
export const FOREVER: Ms = Number.MAX_SAFE_INTEGER;
export const NEVER: Ms = -FOREVER;
