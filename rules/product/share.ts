import { type Accumulator, accumulate, emptyAccumulator } from '../accumulator.ts';
import { beyond, type Dropped, FOREVER, newest } from '../meter/contract.ts';
import { type Ms, worst } from '../sample.ts';
import { cut, type Segment } from '../segment.ts';
import type { ProductState } from './borders.ts';
import { placeAt, type Stretch } from './stretch.ts';

/** A meter's amounts, divided among the pieces and the time between them. */

/** A part of an amount that lies in one stretch; of none where time was not divided yet. */
export interface Part {
  readonly segment: Segment;
  readonly stretch: Stretch | null;
}

export interface Shared {
  readonly state: ProductState;
  /** All that could be divided, in order. */
  readonly parts: readonly Part[];
  /** What came for pieces whose windows are closed. */
  readonly late: readonly Part[];
  readonly dropped: Dropped | undefined;
}

/** Amounts that wait for borders; where they are more, neighbours are taken together first, so that none is lost. */
const MOST_WAITING = 4_000;

/** Divides what a meter has counted, as far as the borders are known; `weighs` its pieces, which count by name. */
export function share(before: ProductState, meter: string, weighs: boolean, segments: readonly Segment[]): Shared {
  const queue = [...(before.waiting[meter] ?? []), ...segments];
  const parts: Part[] = [];
  const late: Part[] = [];
  const waiting: Segment[] = [];
  let { stretches } = before;
  for (const segment of queue) {
    const places = divide(before, stretches, weighs, segment);
    if (!places) waiting.push(segment);
    for (const { place, segment: part } of places ?? []) {
      const stretch = stretches[place] ?? null;
      parts.push({ segment: part, stretch });
      if (stretch?.kind !== 'piece') continue;
      if (stretch.isClosed) late.push({ segment: part, stretch });
      else stretches = stretches.with(place, gathering(stretch, meter, part));
    }
  }
  const left = bounded(waiting);
  const state = { ...before, stretches, waiting: { ...before.waiting, [meter]: newest(left, MOST_WAITING) } };
  const dropped = beyond([left, MOST_WAITING, `amounts of ${meter} that wait for the borders of pieces`]);
  return { state, parts, late, dropped };
}

interface Placed {
  readonly place: number;
  readonly segment: Segment;
}

/** Null where borders may still come for it. */
function divide(
  { knownTo, namedTo }: ProductState,
  stretches: readonly Stretch[],
  weighs: boolean,
  segment: Segment,
): Placed[] | null {
  const { start, end } = segment;
  if (start === end) return pointPlace(stretches, start, weighs, weighs ? namedTo : knownTo, segment);
  if (end > knownTo) return null;
  const borders = stretches.slice(Math.max(0, placeAt(stretches, start))).map((stretch) => stretch.start);
  const inside = borders.filter((t) => t > start && t < end);
  if (inside.length === 0) return [{ place: placeAt(stretches, start), segment }];
  return cut(segment, inside).map((part) => ({ place: placeAt(stretches, part.start), segment: estimated(part) }));
}

/** A weight belongs to the piece whose identity appeared with it; one without identity, to the stretch before it. */
function pointPlace(
  stretches: readonly Stretch[],
  t: Ms,
  weighs: boolean,
  knownTo: Ms,
  segment: Segment,
): Placed[] | null {
  if (knownTo < t || (knownTo === t && !weighs)) return null;
  const own = weighs ? stretches.findLastIndex(({ pieces }) => pieces.some((piece) => piece.t === t)) : -1;
  if (own >= 0) return [{ place: own, segment }];
  return [{ place: weighs ? stretches.findLastIndex(({ start }) => start < t) : placeAt(stretches, t), segment }];
}

/** A part of a long gap's total is an estimate, whichever window holds it. */
const estimated = (part: Segment): Segment => (part.knowledge === 'split' ? { ...part, knowledge: 'estimated' } : part);

function gathering(stretch: Stretch, meter: string, part: Segment): Stretch {
  const end = stretch.end ?? FOREVER;
  const before: Accumulator = stretch.amounts[meter] ?? emptyAccumulator(stretch.start, end);
  return { ...stretch, amounts: { ...stretch.amounts, [meter]: accumulate({ ...before, end }, part) } };
}

function bounded(waiting: readonly Segment[]): readonly Segment[] {
  if (waiting.length <= MOST_WAITING) return waiting;
  return waiting.reduce<Segment[]>((all, next, index) => {
    const last = all.at(-1);
    if (index % 2 === 0 || !last || last.end !== next.start || last.start === last.end) all.push(next);
    else all[all.length - 1] = together(last, next);
    return all;
  }, []);
}

const together = (a: Segment, b: Segment): Segment => ({
  ...{ start: a.start, end: b.end, amount: a.amount + b.amount, bend: 0 },
  knowledge: a.knowledge === b.knowledge ? a.knowledge : 'estimated',
  statusCode: worst(a.statusCode, b.statusCode),
  flags: [...new Set([...a.flags, ...b.flags])],
});

/** What of a part counts while no piece is in the line: all, nothing, or unknown. */
export function idlePart({ segment, stretch }: Part): Segment {
  const { kind, doubtFrom } = stretch ?? { kind: 'unknown', doubtFrom: null };
  const isDoubtful = doubtFrom !== null && segment.end > doubtFrom;
  const status = worst(segment.statusCode, isDoubtful ? 'uncertain' : 'good');
  if (kind === 'idle') return { ...segment, statusCode: status };
  const none = { ...segment, amount: 0, bend: 0, statusCode: status };
  return kind === 'piece' ? none : { ...none, knowledge: 'unknown' };
}

/** How long the window of a piece waits for its identity, where the tag that tells it is not heard of. */
const NAMELESS: Ms = 3_600_000;

/**
 * Whether the stretch is over and its pieces are known. One in which no identity appeared until the next piece began was
 * of none: a piece that was lost, or never weighed.
 */
export function isOver({ stretches, namedTo }: ProductState, { end, pieces }: Stretch, now: Ms): boolean {
  if (end === null) return false;
  if (pieces.length > 0) return true;
  const next = stretches.find(({ kind, start }) => kind === 'piece' && start >= end);
  return next !== undefined && (namedTo >= next.start || now - end > NAMELESS);
}
