import type { Flag } from '../evaluation.ts';
import type { Ms } from '../sample.ts';
import { worst } from '../sample.ts';
import { cut, type Segment, times } from '../segment.ts';
import type { Seen } from '../trace.ts';
import type { Known } from './contract.ts';
import { ramp } from './gauge.ts';

/** Cells in operation from `t` on; null after a bad reading. Only changes are kept. */
export interface Cells extends Omit<Known, 'value'> {
  readonly value: number | null;
  /** Nobody answered; a reading from before that, handed over later, belies it. */
  readonly unread?: true;
  /** An operator has told it. */
  readonly manual?: true;
}

/** A reading of the current; `joined` when the stretch before it is known. */
export interface Point extends Known {
  readonly joined: boolean;
}

/** Readings kept while cells are not heard of, and changes of cells while the current is not. */
export const MOST_KEPT = 4_000;

export const standing = (cells: readonly Cells[], t: Ms): Cells | undefined =>
  cells.findLast((change) => change.t <= t);

export function withCells(cells: readonly Cells[], change: Cells): readonly Cells[] {
  const place = cells.findLastIndex(({ t }) => t <= change.t) + 1;
  const before = cells[place - 1];
  if (before?.value === change.value && before.statusCode === change.statusCode) return cells;
  return cells.toSpliced(place, 0, change);
}

/** With what an operator has told, in the place of what was told of the same instant; `since`: before it nothing changes any more. */
export function withTold(cells: readonly Cells[], told: Cells, since: Ms): readonly Cells[] {
  const others = cells.filter(({ t }) => t !== told.t);
  const all = others.toSpliced(others.findLastIndex(({ t }) => t < told.t) + 1, 0, told);
  return all.slice(
    Math.max(
      0,
      all.findLastIndex(({ t }) => t <= since),
    ),
  );
}

/** Keeps the newest point, and the older ones for which cells may still come. */
export function withPoint(points: readonly Point[], point: Point, heardAt: Ms): readonly Point[] {
  const first = points.findLastIndex(({ t }) => t <= heardAt);
  return [...points.slice(Math.max(0, first)), point];
}

/** Current × cells between two readings; where no cells are known, nothing is. */
export function cellHours(a: Known, b: Known, cells: readonly Cells[], scale: number): Segment[] {
  const changes = cells.map(({ t }) => t);
  return cut(ramp(a, b, scale), changes).flatMap((segment) => made(segment, standing(cells, segment.start), scale));
}

/** A stretch of current in so many cells; where they are not known, only its doubt is left. */
function made(segment: Segment, cells: Cells | undefined, scale: number): Segment[] {
  const value = cells?.value ?? null;
  if (value !== null) {
    const seen: Seen = { perHour: scale * value, efficiency: 1 };
    const flags: readonly Flag[] = cells!.manual ? ['manual'] : segment.flags;
    return [{ ...times(segment, value), statusCode: worst(segment.statusCode, cells!.statusCode), flags, seen }];
  }
  if (segment.statusCode === 'good') return [];
  return [{ ...times(segment, 0), knowledge: 'unknown', seen: { perHour: Infinity, efficiency: 1 } }];
}

/** What a change of cells does to stretches of current that were taken before it was heard of: it takes the place of the one before. */
export function overdue(points: readonly Point[], before: readonly Cells[], change: Cells, scale: number): Segment[] {
  const until = before.find(({ t }) => t > change.t)?.t ?? Number.POSITIVE_INFINITY;
  const old = standing(before, change.t);
  return points.flatMap((point, index) => {
    if (!point.joined || index === 0 || point.t <= change.t) return [];
    return cut(ramp(points[index - 1]!, point, scale), [change.t, until])
      .filter((segment) => segment.start >= change.t && segment.end <= until)
      .flatMap((segment) => [...made(segment, old, scale).map(takenBack), ...made(segment, change, scale)]);
  });
}

const takenBack = (segment: Segment): Segment => ({ ...times(segment, -1), withdrawn: true });
