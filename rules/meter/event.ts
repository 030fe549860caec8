import type { EventOptions } from '../options.ts';
import type { Ms, RawValue, StatusCode } from '../sample.ts';
import { NO_FLAGS, type Segment } from '../segment.ts';
import { isUsable, type Note, nothing, type Outcome, type Reading } from './contract.ts';

interface Weight {
  readonly value: number;
  readonly statusCode: StatusCode;
}

export interface EventState {
  /** Identity of the last piece seen; null before the first, which is the baseline and not a piece. */
  readonly id: RawValue | null;
  /** Last usable reading of the identity. */
  readonly t: Ms;
  readonly weight: Weight | null;
  /** The last piece counted, for corrections of its weight. */
  readonly piece: { readonly t: Ms; readonly weight: number } | null;
  /** A new weight under the old identity: a correction if the identity still stands at the next reading. */
  readonly corrected: number | null;
}
export const eventStart: EventState = { id: null, t: 0, weight: null, piece: null, corrected: null };

type Options = EventOptions & { readonly maxGap: Ms };

/** Input 0 is the identity, input 1 the weight: metering.md §4. A piece counts once, when its identity appears. */
export function readEvent(options: Options, state: EventState, reading: Reading): Outcome<EventState> {
  if (reading.input === 1) return nothing({ ...state, weight: weightOf(reading) });
  if (!isUsable(reading)) return nothing(state);
  const seen = { ...state, id: reading.value, t: reading.t, corrected: null };
  if (state.id === null) return nothing(seen);
  const watched = stretch(options, state.t, reading.t);
  if (reading.value === state.id) return unchanged(options, state, seen, watched);
  return piece(options, state, seen, watched, reading);
}

function weightOf(reading: Reading): Weight | null {
  if (!isUsable(reading) || typeof reading.value === 'string') return null;
  return { value: Number(reading.value), statusCode: reading.statusCode };
}

/** Time during which pieces would have been seen; over a long gap only a sequence shows that none was missed. */
function stretch(options: Options, start: Ms, end: Ms): Segment {
  const watched = end - start <= options.maxGap;
  const knowledge = watched ? 'measured' : options.sequence ? 'split' : 'unknown';
  return { start, end, amount: 0, bend: 0, knowledge, statusCode: 'good', flags: NO_FLAGS };
}

function piece(
  options: Options,
  state: EventState,
  seen: EventState,
  watched: Segment,
  reading: Reading,
): Outcome<EventState> {
  const { weight } = state;
  const notes = missed(options, state.id, reading.value);
  const doubt: Partial<Segment> = notes.length > 0 ? { statusCode: 'uncertain', flags: ['missed-pieces'] } : {};
  if (!weight) {
    const note = { event: 'piece-without-weight', detail: `piece ${reading.value} has no usable weight` };
    return {
      state: { ...seen, piece: null },
      segments: [{ ...watched, ...doubt, knowledge: 'unknown' }],
      notes: [...notes, note],
    };
  }
  const counted = at(reading.t, weight.value * options.scale, weight.statusCode);
  return {
    state: { ...seen, piece: { t: reading.t, weight: weight.value } },
    segments: [{ ...watched, ...doubt }, counted],
    notes,
  };
}

function missed(options: Options, last: RawValue | null, next: RawValue | null): Note[] {
  const step = Number(next) - Number(last);
  if (!options.sequence || step === 1) return [];
  return [{ event: 'missed-pieces', detail: `sequence ${last} → ${next}` }];
}

/** The same identity again: its weight counts as corrected when a new one has stood for two readings. */
function unchanged(options: Options, state: EventState, seen: EventState, watched: Segment): Outcome<EventState> {
  const { piece: last, weight } = state;
  if (!last || !weight || weight.value === last.weight) return { state: seen, segments: [watched], notes: [] };
  if (state.corrected !== weight.value)
    return { state: { ...seen, corrected: weight.value }, segments: [watched], notes: [] };
  const change = at(last.t, (weight.value - last.weight) * options.scale, weight.statusCode);
  const note = { event: 'weight-corrected', detail: `piece ${state.id}: ${last.weight} → ${weight.value}` };
  return { state: { ...seen, piece: { ...last, weight: weight.value } }, segments: [watched, change], notes: [note] };
}

const at = (t: Ms, amount: number, statusCode: StatusCode): Segment => ({
  start: t,
  end: t,
  amount,
  bend: 0,
  knowledge: 'measured',
  statusCode,
  flags: NO_FLAGS,
});
