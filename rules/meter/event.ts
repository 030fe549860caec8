import type { EventOptions } from '../options.ts';
import type { Ms, RawValue, StatusCode } from '../sample.ts';
import { worst } from '../sample.ts';
import { NO_FLAGS, type Segment } from '../segment.ts';
import {
  appended,
  beyond,
  isUsable,
  knownOf,
  type Note,
  newest,
  nothing,
  type Outcome,
  type Reading,
} from './contract.ts';
import { metAgain } from './entered.ts';
import {
  counting,
  joined,
  laidBy,
  MOST_PIECES,
  MOST_STRETCHES,
  MOST_WEIGHTS,
  NOTHING,
  openPieces,
  type Piece,
  seenAgain,
  uncounted,
  type Weight,
  weightsFor,
  withdrawn,
  withWeight,
} from './piece.ts';
import { type Follows, followsAs, isBlank, sameId, stepOf } from './sequence.ts';

export interface EventState {
  /** Identity of the last piece seen; null before the first, which is the baseline and not a piece. */
  readonly id: RawValue | null;
  /** Last usable reading of the identity. */
  readonly t: Ms;
  readonly statusCode: StatusCode;
  /** The last identities, oldest first. */
  readonly recent: readonly RawValue[];
  /** The identity did not follow the one before by one. */
  readonly odd: boolean;
  readonly weights: readonly Weight[];
  /** Last usable reading of the weight. */
  readonly weighedAt: Ms;
  /** Pieces that a weight may still come for, oldest first. */
  readonly pieces: readonly Piece[];
  /** Pieces before those, and pieces entered by hand, in case an operator corrects one. */
  readonly past: readonly Piece[];
  /** What was watched since the last piece. */
  readonly watched: readonly Segment[];
}
export const eventStart: EventState = {
  id: null,
  t: 0,
  statusCode: 'good',
  recent: [],
  odd: false,
  weights: [],
  weighedAt: 0,
  pieces: [],
  past: [],
  watched: [],
};

/** Identities kept to know one that is shown again. */
const MOST_RECENT = 32;

type Options = EventOptions & { readonly maxGap: Ms };
type Change = Outcome<EventState>;

/** Input 0 is the identity, input 1 the weight: metering.md §4. A piece counts once, when its identity appears. */
export const readEvent = (options: Options, state: EventState, reading: Reading): Change =>
  pruned(read(options, state, reading));

function read(options: Options, state: EventState, reading: Reading): Change {
  if (reading.input === 1) return weighed(options, state, reading);
  if (!isUsable(reading)) return nothing(state);
  const { value: id, t, statusCode } = reading;
  if (state.id === null) return nothing({ ...state, t, statusCode, id, recent: [id] });
  const watched = stretch(options, state, reading);
  const seen: EventState = { ...state, t, statusCode };
  if (isBlank(id)) return { state: watching(seen, watched), segments: [watched], notes: [] };
  if (!sameId(state.id, id)) return changed(options, seen, id, watched);
  return weigh(options, { ...watching(seen, watched), pieces: lastSeen(state.pieces, id, t) }, [watched]);
}

const watching = (state: EventState, watched: Segment): EventState => ({
  ...state,
  watched: joined(state.watched, watched),
});

/** A weight may belong to any piece that was there after it: endpoints may be delayed against each other. */
function weighed(options: Options, state: EventState, reading: Reading): Change {
  const known = knownOf(reading);
  const { t, statusCode, unread } = reading;
  const weight: Weight = known ?? { t, value: null, statusCode, ...(unread && { unread }) };
  const weights = withWeight(state.weights, weight);
  const next = { ...state, weights, weighedAt: known ? Math.max(state.weighedAt, known.t) : state.weighedAt };
  return weights === state.weights ? nothing(next) : weigh(options, next, []);
}

/** Counts what pieces weigh now against what was counted for them. */
function weigh(options: Options, state: EventState, before: readonly Segment[]): Change {
  const segments = [...before];
  const notes: Note[] = [];
  const pieces = state.pieces.map((piece) => {
    const now = counting(piece, state.weights, options.scale);
    segments.push(...now.segments);
    if (now.piece.counted !== piece.counted && piece.counted !== null) {
      const detail = `piece ${piece.id}: ${piece.counted} → ${now.piece.counted}`;
      notes.push({ event: 'weight-corrected', detail });
    }
    return now.piece;
  });
  return { state: { ...state, pieces }, segments, notes };
}

function lastSeen(pieces: readonly Piece[], id: RawValue, t: Ms): readonly Piece[] {
  const last = pieces.at(-1);
  return last && sameId(last.id, id) ? pieces.with(-1, seenAgain(last, t)) : pieces;
}

/** Time during which pieces would have been seen; over a long gap only a sequence shows that none was missed. */
function stretch(options: Options, from: EventState, to: Reading): Segment {
  const watched = to.t - from.t <= options.maxGap;
  const counted = options.sequence && stepOf(from.id!, to.value!) !== null;
  const knowledge = watched ? 'measured' : counted ? 'split' : 'unknown';
  const statusCode = worst(from.statusCode, to.statusCode);
  return { start: from.t, end: to.t, amount: 0, bend: 0, knowledge, statusCode, flags: NO_FLAGS };
}

/** Another identity: most often the next piece. */
function changed(options: Options, state: EventState, id: RawValue, watched: Segment): Change {
  const follows = followsAs(id, state.recent, state.odd, options.sequence);
  const notes = notesOn(follows, state.id!, id);
  const odd = follows === 'gap' || follows === 'restart' || follows === 'cleared';
  const isFalse = state.odd && (follows === 'again' || follows === 'corrected');
  const kept = isFalse ? withoutFalse(options, state) : { pieces: state.pieces, segments: [] };
  const recent = isFalse ? state.recent.slice(0, -1) : state.recent;
  const next = { ...state, id, odd, recent: newest(appended(recent, id), MOST_RECENT), pieces: kept.pieces };
  if (follows === 'again') {
    const resumed = { ...watching(next, watched), pieces: lastSeen(next.pieces, id, state.t) };
    return { state: isFalse ? { ...resumed, recent } : resumed, segments: [watched, ...kept.segments], notes };
  }
  if (follows === 'cleared') return { state: watching(next, watched), segments: [watched], notes };
  const doubt: Partial<Segment> = odd ? { statusCode: 'uncertain', flags: ['missed-pieces'] } : {};
  return appeared(options, next, { ...watched, ...doubt }, { segments: kept.segments, notes });
}

/** A piece under an identity that proved to be a momentary error is taken back. */
function withoutFalse(
  { scale }: Options,
  { pieces, id }: EventState,
): Pick<EventState, 'pieces'> & Pick<Change, 'segments'> {
  const last = pieces.at(-1);
  if (!last || !sameId(last.id, id)) return { pieces, segments: [] };
  const back = last.counted === null ? last.stretches : uncounted(last, scale);
  return { pieces: pieces.slice(0, -1), segments: back };
}

/** A new piece: it counts with its weight; without one, what was produced since the piece before it is unknown. */
function appeared(
  options: Options,
  state: EventState,
  watched: Segment,
  before: Pick<Change, 'segments' | 'notes'>,
): Change {
  const { t, statusCode, watched: earlier } = state;
  const past = metAgain(state.past, state.id!, t);
  if (past)
    return {
      state: { ...state, past, watched: NOTHING },
      segments: [...before.segments, watched],
      notes: before.notes,
    };
  const piece: Piece = {
    id: state.id!,
    t,
    statusCode,
    seen: [t],
    counted: null,
    countedAs: 'good',
    after: watched.start,
    stretches: [watched],
  };
  const now = counting(piece, state.weights, options.scale);
  const weightless = now.segments.length === 0;
  const unknown: readonly Segment[] = weightless ? [{ ...watched, knowledge: 'unknown' }, ...withdrawn(earlier)] : [];
  const note: Note = { event: 'piece-without-weight', detail: `piece ${piece.id} has no usable weight` };
  const kept: Piece = { ...now.piece, stretches: appended(earlier, watched) };
  return {
    state: { ...state, pieces: appended(state.pieces, kept), watched: NOTHING },
    segments: [...before.segments, ...unknown, ...now.segments],
    notes: weightless ? [...before.notes, note] : before.notes,
  };
}

function notesOn(follows: Follows, last: RawValue, next: RawValue): Note[] {
  const detail = `sequence ${last} → ${next}`;
  if (follows === 'gap') return [{ event: 'missed-pieces', detail }];
  if (follows === 'restart' || follows === 'cleared') return [{ event: 'sequence-restarted', detail }];
  return follows === 'corrected' ? [{ event: 'glitch', detail: `${detail}: the first was momentary` }] : [];
}

/** Lets go of what has no more to say, and of the oldest that there is no room for; their pieces stay as they are. */
function pruned(change: Change): Change {
  const { state } = change;
  const open = openPieces(state.pieces, state.weighedAt);
  const all = weightsFor(state.weights, open, state.t);
  const weights = newest(all, MOST_WEIGHTS);
  const isFinal = ({ after }: Piece): boolean => weights.length < all.length && after < weights[0]!.t;
  const recent = newest(open, MOST_PIECES);
  const pieces = recent.some(isFinal) ? recent.filter((piece) => !isFinal(piece)) : recent;
  const watched = newest(state.watched, MOST_STRETCHES);
  if (pieces === state.pieces && weights === state.weights && watched === state.watched) return change;
  const past = laidBy(state.past, state.pieces.slice(0, state.pieces.length - pieces.length));
  const dropped = beyond(
    [all, MOST_WEIGHTS, 'changes of weight since the identity was last read'],
    [open, MOST_PIECES, 'pieces of which no weight is heard'],
    [state.watched, MOST_STRETCHES, 'stretches since the last piece'],
  );
  const kept = { ...state, pieces, past, weights, watched };
  return dropped ? { ...change, state: kept, dropped } : { ...change, state: kept };
}
