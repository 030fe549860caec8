import { HOUR, type Reading } from '../meter/contract.ts';
import type { Ms } from '../sample.ts';
import { type LanePages, turnOf } from './page.ts';
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
  const newest = turnOf(waiting, waiting.put[slot]! - 1);
  const since = t - newest.at[slot]!;
  if (since <= 0 || since > lane.maxGap) return false;
  if (lane.kind !== 'register') return true;
  const counts = value - newest.value[slot]!;
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
  const newest = turnOf(waiting, waiting.put[slot]! - 1);
  const own = input === 0 ? IDENTITY : WEIGHT;
  if (t > newest.at[slot]!) return own;
  const isOther = newest.value[slot] === (IDENTITY | WEIGHT) - own;
  const isSame = t === newest.at[slot] && newest.within[slot] === within && t > waiting.upTo[slot]!;
  return isOther && isSame ? IDENTITY | WEIGHT : Number.NaN;
}

/** When the identity was read last. */
function identifiedAt({ waiting, taken }: LanePages, slot: number): Ms {
  for (let nth = waiting.put[slot]! - 1; nth >= taken.taken[slot]!; nth--) {
    const turn = turnOf(waiting, nth);
    if (turn.value[slot] !== WEIGHT) return turn.at[slot]!;
  }
  return taken.at[slot]!;
}

/** Whether a reading comes behind all that are plain; at one time a weight comes before the identity. */
export function isBehind({ waiting }: LanePages, slot: number, lane: Lane, { t, input }: Reading): boolean {
  const newest = turnOf(waiting, waiting.put[slot]! - 1);
  const isWeight = lane.kind === 'scale' && newest.value[slot] === WEIGHT;
  return t > newest.at[slot]! || (t === newest.at[slot] && isWeight && input === 0);
}
