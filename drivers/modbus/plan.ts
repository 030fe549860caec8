import type { Point } from '../driver.ts';
import { type Address, isBitTable, MAX_BITS, MAX_REGISTERS, spanOf } from './address.ts';
import { type Limits, limitsOf } from './limits.ts';
import type { Options } from './options.ts';

/** One read request: `count` registers (or bits) from `start` of one table of one unit, and the points it serves. */
export interface Block {
  readonly unitId: number;
  readonly function: Address['function'];
  readonly start: number;
  readonly count: number;
  readonly points: readonly Point<Address>[];
  /** Why it is never asked for. */
  readonly impossible?: string;
}

/** Groups points by unit and table and joins neighbours into blocks within the limits. */
export function plan(points: readonly Point<Address>[], options: Options): Block[] {
  return [...Map.groupBy(points, ({ address }) => address.unitId).values()].flatMap((unit) => {
    const limits = limitsOf(unit, options);
    const tables = Map.groupBy(unit, ({ address }) => address.function);
    return [...tables.values()].flatMap((table) => coalesce(table, limits));
  });
}

/** Two halves of a block, each without what lies around its points; for finding the one that a device refuses. */
export function halve({ points }: Block): [Block, Block] {
  const middle = Math.ceil(points.length / 2);
  return [blockOf(points.slice(0, middle)), blockOf(points.slice(middle))];
}

function coalesce(table: readonly Point<Address>[], limits: Limits): Block[] {
  const { most, gap } = inItems(table[0]!.address, limits);
  const impossible: Block[] = [];
  const runs: { start: number; end: number; points: Point<Address>[] }[] = [];
  for (const point of table.toSorted((a, b) => spanOf(a.address).start - spanOf(b.address).start)) {
    const span = spanOf(point.address);
    const reason = impossibility(span, most, limits);
    if (reason) {
      impossible.push({ ...blockOf([point]), impossible: reason });
      continue;
    }
    const last = runs.at(-1);
    const end = Math.max(last?.end ?? 0, span.end);
    const joins = last && span.start - last.end <= gap && end - last.start <= most;
    if (joins && !forbids(limits, { start: last.end, end: span.start })) {
      last.points.push(point);
      last.end = end;
    } else {
      runs.push({ ...span, points: [point] });
    }
  }
  return [...runs.map((run) => blockOf(run.points)), ...impossible];
}

/** A register holds 16 bits: what may be read in vain is the same on the wire. */
const inItems = (address: Address, { maxBlock, maxGap }: Limits): { most: number; gap: number } =>
  isBitTable(address)
    ? { most: Math.floor((MAX_BITS * maxBlock) / MAX_REGISTERS), gap: maxGap * 16 }
    : { most: maxBlock, gap: maxGap };

type Span = ReturnType<typeof spanOf>;

function impossibility({ start, end }: Span, most: number, limits: Limits): string | null {
  if (end - start > most) return `takes ${end - start} registers at once, the device hands out ${most}`;
  return forbids(limits, { start, end }) ? `${start} to ${end - 1} holds a register that must not be read` : null;
}

const forbids = ({ forbidden }: Limits, { start, end }: Span): boolean =>
  forbidden.some(([from, to]) => from < end && to >= start);

function blockOf(points: readonly Point<Address>[]): Block {
  const { unitId, function: table } = points[0]!.address;
  const spans = points.map(({ address }) => spanOf(address));
  const start = Math.min(...spans.map((span) => span.start));
  return { unitId, function: table, start, count: Math.max(...spans.map(({ end }) => end)) - start, points };
}
