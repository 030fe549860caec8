import { HOUR, type Reading } from '../meter/contract.ts';
import type { Ms, Sample } from '../sample.ts';
import {
  AT,
  type LanePages,
  NEWEST,
  NEWEST_VALUE,
  NO_WEIGHT,
  PUT,
  ROW,
  TAKEN,
  TAKEN_ROW,
  timeIn,
  turnOf,
  UP_TO,
  valueIn,
  withinIn,
} from './page.ts';
import { IDENTITY, WEIGHT } from './scale.ts';
import type { Lane } from './spec.ts';

/** Handed on as it came: a number by itself would be put into an object for every call. */
export type Plain = Pick<Sample, 'sourceTimestamp' | 'value' | 'takenWithin'>;

/** What is to be kept of a good reading that is plain after those before it; not a number where it takes more to say. */
export function plainValue(pages: LanePages, slot: number, lane: Lane, input: number, reading: Plain): number {
  if (lane.kind === 'scale') return plainlyShown(pages, slot, lane, input, reading);
  const { value } = reading;
  return typeof value === 'number' && isPlainAmount(pages, slot, lane, reading, value) ? value : Number.NaN;
}

function isPlainAmount(
  { waiting }: LanePages,
  slot: number,
  lane: Lane,
  { sourceTimestamp: t, takenWithin = 0 }: Plain,
  value: number,
): boolean {
  const row = slot * ROW;
  const since = t - waiting.rows[row + NEWEST]!;
  if (since <= 0 || since > lane.maxGap) return false;
  if (lane.kind !== 'register') return true;
  if (value < lane.from || value >= lane.below) return false;
  const counts = value - waiting.rows[row + NEWEST_VALUE]!;
  // As `plausible` has it, which the rule proper asks.
  return counts >= 0 && counts <= (lane.most * (since + takenWithin)) / HOUR + 1;
}

function plainlyShown(
  pages: LanePages,
  slot: number,
  lane: Lane,
  input: number,
  { sourceTimestamp: t, value, takenWithin = 0 }: Plain,
): number {
  const { meters, waiting } = pages;
  if (value !== (input === 0 ? meters.identity[slot] : meters.weight[slot]) || value === NO_WEIGHT) return Number.NaN;
  if (input === 0 && !isIdentifiedSince(pages, slot, t - lane.maxGap)) return Number.NaN;
  const row = slot * ROW;
  const [newest, read] = [waiting.rows[row + NEWEST]!, waiting.rows[row + NEWEST_VALUE]!];
  const own = input === 0 ? IDENTITY : WEIGHT;
  if (t > newest) return own;
  const isOther = read === (IDENTITY | WEIGHT) - own;
  const isNext = t === newest && t > waiting.rows[row + UP_TO]!;
  const isSame = isNext && withinIn(turnOf(waiting, waiting.rows[row + PUT]! - 1), slot) === takenWithin;
  return isOther && isSame ? IDENTITY | WEIGHT : Number.NaN;
}

/** Whether the identity was read at `t` or later; most often one that is taken was. */
function isIdentifiedSince({ waiting, taken }: LanePages, slot: number, t: Ms): boolean {
  if (taken.rows[slot * TAKEN_ROW + AT]! >= t) return true;
  const row = slot * ROW;
  for (let nth = waiting.rows[row + PUT]! - 1; nth >= waiting.rows[row + TAKEN]!; nth--) {
    const turn = turnOf(waiting, nth);
    if (valueIn(turn, slot) !== WEIGHT) return timeIn(turn, slot) >= t;
  }
  return false;
}

/** Whether a reading comes behind all that are plain; at one time a weight comes before the identity. */
export function isBehind({ waiting }: LanePages, slot: number, lane: Lane, { t, input }: Reading): boolean {
  const row = slot * ROW;
  const newest = waiting.rows[row + NEWEST]!;
  const isWeight = lane.kind === 'scale' && waiting.rows[row + NEWEST_VALUE] === WEIGHT;
  return t > newest || (t === newest && isWeight && input === 0);
}
