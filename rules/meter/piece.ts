import type { Ms, RawValue, StatusCode } from '../sample.ts';
import { worst } from '../sample.ts';
import { NO_FLAGS, type Segment } from '../segment.ts';
import { appended, newest } from './contract.ts';

/** What the scale showed from `t` on; null after a bad reading. Only changes are kept. */
export interface Weight {
  readonly t: Ms;
  readonly value: number | null;
  readonly statusCode: StatusCode;
  /** Nobody answered; a reading from before that, handed over later, belies it. */
  readonly unread?: true;
}

/** A counted piece, kept as long as a weight may still come that belongs to it. */
export interface Piece {
  readonly id: RawValue;
  readonly t: Ms;
  readonly statusCode: StatusCode;
  /** The last times, at most three, at which its identity was read. */
  readonly seen: readonly Ms[];
  /** The weight counted so far, and how sure it is; null while none is known. */
  readonly counted: number | null;
  readonly countedAs: StatusCode;
  /** When the identity before it was last read: it appeared after that. */
  readonly after: Ms;
  /** What was watched since the piece before it: how much was produced then is unknown as long as the weight is. */
  readonly stretches: readonly Segment[];
  /** Its amount is an operator's word, which no scale changes. */
  readonly manual?: true;
}

/** Changes of weight kept while the identity is not heard of, and pieces kept while no weight is. */
export const MOST_WEIGHTS = 2_000;
export const MOST_PIECES = 1_000;
/** Pieces kept although final: a momentarily wrong identity gives way to the one before. */
export const FEW_PIECES = 2;

/** A reading delivered twice is one reading. */
export const seenAgain = (piece: Piece, t: Ms): Piece =>
  piece.seen.at(-1) === t ? piece : { ...piece, seen: newest(appended(piece.seen, t), 3) };

/** What the scale showed at `t`: the change before it. */
export function standing(weights: readonly Weight[], t: Ms): Weight | undefined {
  let place = weights.length - 1;
  while (place >= 0 && weights[place]!.t > t) place--;
  return place < 0 ? undefined : weights[place];
}

/** Puts a reading of the scale among the changes; one that changes nothing is not kept. */
export function withWeight(weights: readonly Weight[], weight: Weight): readonly Weight[] {
  const heard = weight.unread ? weights : weights.filter(({ t, unread }) => !unread || t < weight.t);
  const place = heard.findLastIndex(({ t }) => t <= weight.t) + 1;
  const before = heard[place - 1];
  const isSame = before?.value === weight.value && before.statusCode === weight.statusCode;
  if (isSame) return heard.length === weights.length ? weights : heard;
  return heard.toSpliced(place, 0, weight);
}

/** So many changes are looked through only now and then. */
export const FEW_WEIGHTS = 32;

/** Changes that have something to say of the pieces, or of one whose identity is still to come: it was last read at `from`. */
export function weightsFor(weights: readonly Weight[], pieces: readonly Piece[], from: Ms): readonly Weight[] {
  const place = weights.findLastIndex(({ t }) => t <= (pieces[0]?.after ?? from));
  const since = place > 0 ? weights.slice(place) : weights;
  if (since.length <= FEW_WEIGHTS) return since;
  const asked = [from, ...pieces.flatMap(({ after, t, seen }) => [after, t, ...seen])];
  const kept = since.filter(({ t, value }, index) => {
    const until = since[index + 1]?.t ?? Infinity;
    const isAsked = t > from || asked.some((one) => one >= t && one < until);
    return isAsked || (value === null && pieces.some((piece) => t <= piece.t && until > piece.after));
  });
  return kept.length < since.length ? kept : since;
}

/**
 * The weight of a piece: what stood when its identity appeared, or what stood at two readings of it since. A weight that
 * appears one reading before the next identity is the next piece's, so one reading is not enough where the scale said
 * nothing when the identity may have appeared. The order in which readings arrive plays no part.
 */
export function weightOf(piece: Piece, weights: readonly Weight[]): Weight | undefined {
  const times = piece.seen[0] === piece.t ? piece.seen : [piece.t, ...piece.seen];
  let before = standing(weights, times[0]!);
  let result = hasFailed(piece, weights) ? undefined : before;
  for (let index = 1; index < times.length; index++) {
    const stood = standing(weights, times[index]!);
    if (stood && stood.value !== null && before?.value === stood.value) result = stood;
    before = stood;
  }
  return result;
}

/** Whether the scale said nothing at some time between the readings between which the identity appeared. */
const hasFailed = ({ after, t }: Piece, weights: readonly Weight[]): boolean =>
  !standing(weights, after) ||
  weights.some(
    ({ t: from, value }, place) => value === null && from <= t && (weights[place + 1]?.t ?? Infinity) > after,
  );

/** Pieces that no later weight can touch are let go: weights come in order, the last of them at `weighedAt`. */
export function openPieces(pieces: readonly Piece[], weighedAt: Ms): readonly Piece[] {
  const first = pieces.findIndex((piece, index) => {
    const isRecent = index >= pieces.length - FEW_PIECES;
    return isRecent || piece.seen.at(-1)! > weighedAt;
  });
  return first > 0 ? pieces.slice(first) : pieces;
}

/** `pieces`: 1 for one that comes to count, −1 for one taken back. */
export const at = (t: Ms, amount: number, statusCode: StatusCode, pieces: number): Segment => ({
  start: t,
  end: t,
  amount,
  bend: 0,
  knowledge: 'measured',
  statusCode,
  flags: NO_FLAGS,
  seen: { pieces },
});

/** Takes back that the time is known; the doubt about it stays. */
export const withdrawn = (stretches: readonly Segment[]): readonly Segment[] =>
  stretches.map((stretch) => ({ ...stretch, statusCode: 'good', withdrawn: true }));

/** Takes back what was counted for a piece, and its doubt. */
export const uncounted = ({ t, counted, countedAs }: Piece, scale: number): readonly Segment[] =>
  counted === null ? [] : [at(t, -counted * scale, countedAs, -1)];

export const NOTHING: readonly Segment[] = [];

/** Pieces kept to be corrected; the oldest go first. */
export const MOST_PAST = 1_000;

/** What is kept of a piece that no weight can touch any more. */
export function laidBy(past: readonly Piece[], pieces: readonly Piece[]): readonly Piece[] {
  if (pieces.length === 0) return past;
  const kept = pieces.map((piece) => (piece.counted === null ? piece : { ...piece, stretches: NOTHING }));
  return newest(past.concat(kept), MOST_PAST);
}

/** Stretches kept since the last piece: one that then has no weight takes back that they are known. */
export const MOST_STRETCHES = 100;

/** The stretches since the last piece and the next one; neighbours that are known alike become one. */
export function joined(before: readonly Segment[], next: Segment): readonly Segment[] {
  const last = before.at(-1);
  const alike = last?.end === next.start && last.knowledge === next.knowledge && last.statusCode === next.statusCode;
  if (!last || !alike || next.knowledge === 'split' || next.flags.length > 0 || last.flags.length > 0)
    return appended(before, next);
  return before.with(-1, { ...last, end: next.end });
}

/** Whether the piece counts with that weight as it should. */
export const countsWith = (piece: Piece, weight: Weight | undefined): boolean =>
  piece.manual === true ||
  ((weight?.value ?? null) === piece.counted && countedAsOf(piece, weight) === piece.countedAs);

const countedAsOf = ({ statusCode }: Piece, weight: Weight | undefined): StatusCode =>
  weight === undefined || weight.value === null ? 'good' : worst(statusCode, weight.statusCode);

/** What has to be added so that the piece counts with its weight; nothing when it does. */
export function counting(
  piece: Piece,
  weights: readonly Weight[],
  scale: number,
): { piece: Piece; segments: readonly Segment[] } {
  const weight = weightOf(piece, weights);
  if (countsWith(piece, weight)) return { piece, segments: NOTHING };
  const value = weight?.value ?? null;
  const countedAs = countedAsOf(piece, weight);
  const { stretches } = piece;
  const around = value === null ? withdrawn(stretches) : piece.counted === null ? stretches : [];
  const counted = value === null ? [] : [at(piece.t, value * scale, countedAs, 1)];
  return {
    piece: { ...piece, counted: value, countedAs },
    segments: [...around, ...uncounted(piece, scale), ...counted],
  };
}
