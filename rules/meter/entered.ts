import type { CorrectionEntry, PieceEntry } from '../entry.ts';
import type { EventOptions } from '../options.ts';
import type { Ms, RawValue } from '../sample.ts';
import { NO_FLAGS, type Segment } from '../segment.ts';
import type { Outcome } from './contract.ts';
import type { EventState } from './event.ts';
import { at, laidBy, MOST_PAST, type Piece, uncounted } from './piece.ts';
import { sameId } from './sequence.ts';

/** Pieces by an operator's hand: metering.md §4. What was counted before is revised; no piece counts twice. */

type Change = Outcome<EventState>;

/** An identity comes back after so long for another piece: sequences roll over. */
const SAME_WITHIN: Ms = 24 * 3_600_000;

/** Numbers are often typed as text. */
const isCalled = (piece: Piece, id: RawValue): boolean => sameId(piece.id, id) || String(piece.id) === String(id);

/** A piece by hand: its amount where it is known already, else a piece at that time. */
export function enterPiece(options: EventOptions, state: EventState, { piece: id, amount, at: t }: PieceEntry): Change {
  const known = corrected(options, state, id, amount, (piece) => Math.abs(piece.t - t) <= SAME_WITHIN);
  if (known) return known;
  const piece: Piece = {
    ...{ id, t, statusCode: 'good', seen: [], after: t, stretches: [] },
    ...{ counted: amount / options.scale, countedAs: 'good', manual: true },
  };
  const entered: EventState = { ...state, past: laidBy(state.past, [piece]) };
  const segments = [{ ...at(t, amount, 'good', 1), flags: ['manual' as const] }];
  if (options.tag !== undefined) return { state: entered, segments, notes: [] };
  const { state: next, stretch } = watchedByHand(entered, id, t);
  return { state: next, segments: [...stretch, ...segments], notes: [] };
}

/** The right amount of a piece that was counted; a text says why not. */
export function correctPiece(
  options: EventOptions,
  state: EventState,
  { piece: id, amount }: CorrectionEntry,
): Change | string {
  return (
    corrected(options, state, id, amount, () => true) ??
    `no piece ${id} is known: of those before, the last ${MOST_PAST} are`
  );
}

/** Where operators enter every piece, those they enter say that there was none between them. */
function watchedByHand(state: EventState, id: RawValue, t: Ms): { state: EventState; stretch: Segment[] } {
  if (state.id !== null && t <= state.t) return { state, stretch: [] };
  const stretch: Segment = {
    ...{ start: state.t, end: t, amount: 0, bend: 0 },
    ...{ knowledge: 'measured', statusCode: 'good', flags: NO_FLAGS },
  };
  return { state: { ...state, id, t }, stretch: state.id === null ? [] : [stretch] };
}

function corrected(
  options: EventOptions,
  state: EventState,
  id: RawValue,
  amount: number,
  isMeant: (piece: Piece) => boolean,
): Change | null {
  for (const list of ['pieces', 'past'] as const) {
    const place = state[list].findLastIndex((piece) => isCalled(piece, id) && isMeant(piece));
    if (place < 0) continue;
    const piece = state[list][place]!;
    const put: Piece = { ...piece, counted: amount / options.scale, countedAs: 'good', manual: true };
    const right: Segment = { ...at(piece.t, amount, 'good', 1), flags: ['manual'] };
    const before = piece.counted === null ? piece.stretches : uncounted(piece, options.scale);
    const detail = `piece ${id}: ${piece.counted === null ? 'no weight' : piece.counted * options.scale} → ${amount} ${options.unit}`;
    return {
      state: { ...state, [list]: state[list].with(place, put) },
      segments: [...before, right],
      notes: [{ event: 'amount-corrected', detail }],
    };
  }
  return null;
}

/** A piece entered by hand before its identity was seen is no second piece; null for any other. */
export function metAgain(past: readonly Piece[], id: RawValue, t: Ms): readonly Piece[] | null {
  const place = past.findLastIndex(
    (piece) => piece.manual && piece.seen.length === 0 && isCalled(piece, id) && Math.abs(piece.t - t) <= SAME_WITHIN,
  );
  return place < 0 ? null : past.with(place, { ...past[place]!, seen: [t] });
}
