import { HOUR, type Reading } from '../meter/contract.ts';
import type { Ms } from '../sample.ts';
import {
  type LanePages,
  NEWEST,
  NEWEST_VALUE,
  PUT,
  ROW,
  TAKEN,
  timeIn,
  turnOf,
  UP_TO,
  valueIn,
  withinIn,
} from './page.ts';
import { IDENTITY, WEIGHT } from './scale.ts';
import type { Lane } from './spec.ts';

/** What is to be kept of a good reading that is plain after those before it; not a number where it takes more to say. */
export function plainValue(
  pages: LanePages,
  slot: number,
  lane: Lane,
  input: number,
  t: Ms,
  value: Reading['value'],
  within: Ms,
): number {
  if (lane.kind === 'scale') return plainlyShown(pages, slot, lane, input, t, value, within);
  return typeof value === 'number' && isPlainAmount(pages, slot, lane, t, value, within) ? value : Number.NaN;
}

function isPlainAmount({ waiting }: LanePages, slot: number, lane: Lane, t: Ms, value: number, within: Ms): boolean {
  const row = slot * ROW;
  const since = t - waiting.rows[row + NEWEST]!;
  if (since <= 0 || since > lane.maxGap) return false;
  if (lane.kind !== 'register') return true;
  if (value < lane.from || value >= lane.below) return false;
  const counts = value - waiting.rows[row + NEWEST_VALUE]!;
  // As `plausible` has it, which the rule proper asks.
  return counts >= 0 && counts <= (lane.most * (since + within)) / HOUR + 1;
}

function plainlyShown(
  pages: LanePages,
  slot: number,
  lane: Lane,
  input: number,
  t: Ms,
  value: Reading['value'],
  within: Ms,
): number {
  const { meters, waiting } = pages;
  if (value !== (input === 0 ? meters.identity[slot] : meters.weight[slot])) return Number.NaN;
  if (input === 0 && t - identifiedAt(pages, slot) > lane.maxGap) return Number.NaN;
  const row = slot * ROW;
  const [newest, read] = [waiting.rows[row + NEWEST]!, waiting.rows[row + NEWEST_VALUE]!];
  const own = input === 0 ? IDENTITY : WEIGHT;
  if (t > newest) return own;
  const isOther = read === (IDENTITY | WEIGHT) - own;
  const isNext = t === newest && t > waiting.rows[row + UP_TO]!;
  const isSame = isNext && withinIn(turnOf(waiting, waiting.rows[row + PUT]! - 1), slot) === within;
  return isOther && isSame ? IDENTITY | WEIGHT : Number.NaN;
}

/** When the identity was read last. */
function identifiedAt({ waiting, taken }: LanePages, slot: number): Ms {
  const row = slot * ROW;
  for (let nth = waiting.rows[row + PUT]! - 1; nth >= waiting.rows[row + TAKEN]!; nth--) {
    const turn = turnOf(waiting, nth);
    if (valueIn(turn, slot) !== WEIGHT) return timeIn(turn, slot);
  }
  return taken.at[slot]!;
}

/** Whether a reading comes behind all that are plain; at one time a weight comes before the identity. */
export function isBehind({ waiting }: LanePages, slot: number, lane: Lane, { t, input }: Reading): boolean {
  const row = slot * ROW;
  const newest = waiting.rows[row + NEWEST]!;
  const isWeight = lane.kind === 'scale' && waiting.rows[row + NEWEST_VALUE] === WEIGHT;
  return t > newest || (t === newest && isWeight && input === 0);
}
