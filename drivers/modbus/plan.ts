import type { Point } from '../driver.ts';
import { type Address, isBitTable, type Options, WORDS } from './options.ts';

/** One read request: `count` registers (or bits) from `start` of one table of one unit, and the points it serves. */
export interface Block {
  readonly unitId: number;
  readonly function: Address['function'];
  readonly start: number;
  readonly count: number;
  readonly points: readonly Point<Address>[];
}

type Limits = Pick<Options, 'maxBlock' | 'maxGap'>;

/** Modbus Application Protocol V1.1b3, 6.1 and 6.2: at most 2000 bits in one answer. */
const MAX_BITS = 2000;

/** Groups points by unit and table and joins neighbours into blocks within the limits. */
export function plan(points: readonly Point<Address>[], limits: Limits): Block[] {
  const tables = Map.groupBy(points, ({ address }) => `${address.unitId} ${address.function}`);
  return [...tables.values()].flatMap((table) => coalesce(table, limits));
}

/** Two halves of a block, each without what lies around its points; for finding the one that a device refuses. */
export function halve({ points }: Block): [Block, Block] {
  const middle = Math.ceil(points.length / 2);
  return [blockOf(points.slice(0, middle)), blockOf(points.slice(middle))];
}

function coalesce(table: readonly Point<Address>[], { maxBlock, maxGap }: Limits): Block[] {
  // A register holds 16 bits: what may be read in vain is the same on the wire.
  const [most, gap] = isBitTable(table[0]!.address) ? [MAX_BITS, maxGap * 16] : [maxBlock, maxGap];
  const runs: { start: number; end: number; points: Point<Address>[] }[] = [];
  for (const point of table.toSorted((a, b) => a.address.register - b.address.register)) {
    const { register: start } = point.address;
    const last = runs.at(-1);
    const end = Math.max(last?.end ?? 0, endOf(point));
    if (last && start - last.end <= gap && end - last.start <= most) {
      last.points.push(point);
      last.end = end;
    } else {
      runs.push({ start, end: endOf(point), points: [point] });
    }
  }
  return runs.map((run) => blockOf(run.points));
}

function blockOf(points: readonly Point<Address>[]): Block {
  const { unitId, function: table, register: start } = points[0]!.address;
  return { unitId, function: table, start, count: Math.max(...points.map(endOf)) - start, points };
}

const endOf = ({ address }: Point<Address>): number => address.register + WORDS[address.type];
