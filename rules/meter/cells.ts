import type { Ms } from '../sample.ts';
import { worst } from '../sample.ts';
import { cut, type Segment, times } from '../segment.ts';
import type { Seen } from '../trace.ts';
import { type Known, newest } from './contract.ts';
import { ramp } from './gauge.ts';

/** Cells in operation from `t` on; null after a bad reading. Only changes are kept. */
export interface Cells extends Omit<Known, 'value'> {
  readonly value: number | null;
}

/** A reading of the current; `joined` when the stretch before it is known. */
export interface Point extends Known {
  readonly joined: boolean;
}

/** Readings kept while cells are not heard of, and changes of cells while the current is not; the oldest go first. */
const MOST = 4_000;

const standing = (cells: readonly Cells[], t: Ms): Cells | undefined => cells.findLast((change) => change.t <= t);

export function withCells(cells: readonly Cells[], change: Cells): readonly Cells[] {
  const place = cells.findLastIndex(({ t }) => t <= change.t) + 1;
  const before = cells[place - 1];
  if (before?.value === change.value && before.statusCode === change.statusCode) return cells;
  return newest(cells.toSpliced(place, 0, change), MOST);
}

/** Keeps the newest point, and the older ones for which cells may still come. */
export function withPoint(points: readonly Point[], point: Point, heardAt: Ms): readonly Point[] {
  const first = points.findLastIndex(({ t }) => t <= heardAt);
  return newest([...points.slice(Math.max(0, first)), point], MOST);
}

/** Current × cells between two readings; where no cells are known, nothing is. */
export function cellHours(a: Known, b: Known, cells: readonly Cells[], scale: number): Segment[] {
  const changes = cells.map(({ t }) => t);
  return cut(ramp(a, b, scale), changes).flatMap((segment) => {
    const { value, statusCode } = standing(cells, segment.start) ?? { value: null, statusCode: 'good' };
    if (value === null) return [];
    const seen: Seen = { perHour: scale * value, efficiency: 1 };
    return [{ ...times(segment, value), statusCode: worst(segment.statusCode, statusCode), seen }];
  });
}

/** What a change of cells does to stretches of current that were taken before it was heard of. */
export function overdue(points: readonly Point[], before: readonly Cells[], change: Cells, scale: number): Segment[] {
  const until = before.find(({ t }) => t > change.t)?.t ?? Number.POSITIVE_INFINITY;
  const old = standing(before, change.t)?.value ?? null;
  return points.flatMap((point, index) => {
    if (!point.joined || index === 0 || point.t <= change.t) return [];
    return cut(ramp(points[index - 1]!, point, scale), [change.t, until])
      .filter((segment) => segment.start >= change.t && segment.end <= until)
      .flatMap((segment) => replaced(segment, old, change, scale));
  });
}

/** In place of as many cells as before, as many as now; each may be unknown. */
function replaced(segment: Segment, old: number | null, { value, statusCode }: Cells, scale: number): Segment[] {
  const seen = (cells: number): Seen => ({ perHour: scale * cells, efficiency: 1 });
  if (value === null) return old === null ? [] : [{ ...times(segment, -old), withdrawn: true, seen: seen(old) }];
  const full: Segment = { ...times(segment, value - (old ?? 0)), statusCode: worst(segment.statusCode, statusCode) };
  // The current was counted with the cells before: it makes more metal now, or less.
  return [old === null ? { ...full, seen: seen(value) } : { ...full, knowledge: 'unknown', seen: seen(Infinity) }];
}
