import { newest } from '../meter/contract.ts';
import type { EventState } from '../meter/event.ts';
import {
  countsWith,
  FEW_PIECES,
  FEW_WEIGHTS,
  joined,
  MOST_STRETCHES,
  type Piece,
  standing,
  type Weight,
  weightOf,
  weightsFor,
} from '../meter/piece.ts';
import { isBlank, sameId } from '../meter/sequence.ts';
import type { Ms, RawValue } from '../sample.ts';
import { NO_FLAGS, type Segment } from '../segment.ts';
import type { Row } from './take.ts';

/** A scale while no piece comes: its identity and its weight are read again and again, and are the same. */

/** The tags of a reading; of both where they were read at once. */
export const IDENTITY = 1;
export const WEIGHT = 2;

export interface Shown {
  readonly identity: RawValue;
  /** Null while there is none. */
  readonly weight: number | null;
}

/** What the scale shows, if reading it again changes nothing but times; null otherwise. */
export function shownBy(of: EventState): Shown | null {
  const { id, t, statusCode, pieces, weights } = of;
  if (id === null || isBlank(id) || statusCode !== 'good' || pieces.length > FEW_PIECES) return null;
  const weight = weights.at(-1);
  if (weight && (weight.value === null || weight.statusCode !== 'good')) return null;
  const isPruned = weights.length < (pieces[0] ? FEW_WEIGHTS : 2) && weightsFor(weights, pieces, t) === weights;
  const last = pieces.at(-1);
  if (!isPruned || of.watched.length === MOST_STRETCHES || (last && !sameId(last.id, id))) return null;
  const isCounted = (piece: Piece): boolean => countsWith(piece, weightOf(piece, weights));
  if (!pieces.every(isCounted) || (last && !staysCounted(last, weights, t))) return null;
  return { identity: id, weight: weight?.value ?? null };
}

/** Whether the last piece counts as it does when it is seen again. */
function staysCounted(piece: Piece, weights: readonly Weight[], t: Ms): boolean {
  const weight = weights.at(-1);
  // The last weight stands at all times that count, those to come included.
  if (weight && standing(weights, piece.seen[0]!) === weight) return countsWith(piece, weight);
  const later = seenLater(piece, Math.max(t, weight?.t ?? t));
  return later.every((one) => countsWith(one, weightOf(one, weights)));
}

/** The piece as it will be when its identity has been read once, twice and three times more; from then on it stays so. */
function seenLater(piece: Piece, t: Ms): Piece[] {
  const [once, twice, thrice] = [t + 1, t + 2, t + 3];
  return [[once], [once, twice], [once, twice, thrice]].map((times) => ({ ...piece, seen: seenAt(piece, times) }));
}

const seenAt = ({ seen }: Piece, times: readonly Ms[]): readonly Ms[] => newest(seen.concat(times), 3);

/** The scale after readings in the lane. */
export function eventAfter(of: EventState, row: Row): EventState {
  const weighed: EventState = { ...of, weighedAt: row.weighedAt };
  if (row.at === of.t) return weighed;
  const times = [row.beforeThat, row.before, row.at].filter((t) => t > of.t);
  const last = of.pieces.at(-1);
  const pieces = last ? of.pieces.with(-1, { ...last, seen: seenAt(last, times) }) : of.pieces;
  return { ...weighed, t: row.at, pieces, watched: joined(of.watched, watchedIn(of.t, row.at)) };
}

const watchedIn = (start: Ms, end: Ms): Segment => ({
  start,
  end,
  amount: 0,
  bend: 0,
  knowledge: 'measured',
  statusCode: 'good',
  flags: NO_FLAGS,
});
