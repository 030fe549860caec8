import { HOUR, NEVER, NO_READINGS, type Reading } from '../meter/contract.ts';
import type { Ms, RawValue, Sample } from '../sample.ts';
import {
  AT,
  BEFORE,
  type LanePages,
  NEWEST,
  NEWEST_VALUE,
  NO_WEIGHT,
  PUT,
  ROW,
  SCALE_ROW,
  SHOWN_NUMBER,
  SHOWN_WEIGHT,
  TAKEN,
  TAKEN_ROW,
  type TakenPage,
  timeIn,
  turnOf,
  UP_TO,
  valueIn,
  withinIn,
} from './page.ts';
import { IDENTITY, type Shown, WEIGHT } from './scale.ts';
import type { Lane } from './spec.ts';

/** Handed on in an object, and not as numbers: each would be put into an object for every call, as what is returned would be. */
export type Plain = Pick<Sample, 'sourceTimestamp' | 'value' | 'takenWithin'>;

/** Of one shape, and used again for every reading: where there are several, the time read from one is put into an object. */
export class OnePlain implements Plain {
  sourceTimestamp: Ms = NEVER;
  value: Plain['value'] = 0;
  takenWithin: Ms = 0;

  be(t: Ms, value: Plain['value'], takenWithin: Ms = 0): this {
    this.sourceTimestamp = t;
    this.value = value;
    this.takenWithin = takenWithin;
    return this;
  }
}

/** Whether a good reading is plain after those before it. */
export const isPlain = (pages: LanePages, slot: number, lane: Lane, input: number, reading: Plain): boolean =>
  lane.kind === 'scale' ? isShown(pages, slot, lane, input, reading) : isPlainAmount(pages, slot, lane, reading);

function isPlainAmount(
  { waiting }: LanePages,
  slot: number,
  lane: Lane,
  { sourceTimestamp: t, value, takenWithin = 0 }: Plain,
): boolean {
  if (typeof value !== 'number' || Number.isNaN(value)) return false;
  const row = slot * ROW;
  const since = t - waiting.rows[row + NEWEST]!;
  if (since <= 0 || since > lane.maxGap) return false;
  if (lane.kind !== 'register') return true;
  if (value < lane.from || value >= lane.below) return false;
  const counts = value - waiting.rows[row + NEWEST_VALUE]!;
  // As `plausible` has it, which the rule proper asks.
  return counts >= 0 && counts <= (lane.most * (since + takenWithin)) / HOUR + 1;
}

function isShown(pages: LanePages, slot: number, lane: Lane, input: number, reading: Plain): boolean {
  const isSame =
    input === 0
      ? isSameIdentity(pages, slot, reading) && isIdentified(pages, slot, lane, reading)
      : isSameWeight(pages, slot, reading);
  return isSame && isNext(pages, slot, input, reading);
}

/**
 * Whether a good reading of a scale says again what waits behind the plain ones, of which there is something, and comes
 * behind all of that: it is kept in the ring, since with every piece there are as many of them as come in `grace`.
 */
export function isEcho(pages: LanePages, slot: number, lane: Lane, input: number, reading: Plain): boolean {
  const behind = pages.behind[slot]!;
  const { value, sourceTimestamp: t } = reading;
  if (lane.kind !== 'scale' || value === null || t <= behind.at(-1)!.t) return false;
  return value === saidBehind(pages, slot, input, t) && isNext(pages, slot, input, reading);
}

/** What a scale's tag has said before `t`, behind the plain readings; what it shows where it has said nothing there. */
export function saidBehind({ meters, behind, taken }: LanePages, slot: number, input: number, t: Ms): RawValue | null {
  const list = behind[slot] ?? NO_READINGS;
  for (let place = list.length - 1; place >= 0; place--) {
    const one = list[place]!;
    if (one.input === input && one.t < t) return one.value;
  }
  return input === 0 ? meters.identity[slot]! : taken.scales[slot * SCALE_ROW + SHOWN_WEIGHT]!;
}

const isNext = (pages: LanePages, slot: number, input: number, reading: Plain): boolean =>
  reading.sourceTimestamp > pages.waiting.rows[slot * ROW + NEWEST]! || isWithOther(pages, slot, input, reading);

export function putShown({ scales }: TakenPage, slot: number, { identity, weight }: Shown): void {
  scales[slot * SCALE_ROW + SHOWN_WEIGHT] = weight ?? NO_WEIGHT;
  scales[slot * SCALE_ROW + SHOWN_NUMBER] = typeof identity === 'number' ? identity : Number.NaN;
}

const isSameIdentity = ({ meters, taken }: LanePages, slot: number, { value }: Plain): boolean =>
  value === (typeof value === 'number' ? taken.scales[slot * SCALE_ROW + SHOWN_NUMBER] : meters.identity[slot]);

const isSameWeight = ({ taken }: LanePages, slot: number, { value }: Plain): boolean =>
  value === taken.scales[slot * SCALE_ROW + SHOWN_WEIGHT] && value !== NO_WEIGHT;

/** Whether it is read at once with the newest reading, which is of the other tag and still to be taken. */
function isWithOther(
  { waiting }: LanePages,
  slot: number,
  input: number,
  { sourceTimestamp: t, takenWithin = 0 }: Plain,
): boolean {
  const row = slot * ROW;
  const isOther = waiting.rows[row + NEWEST_VALUE] === (input === 0 ? WEIGHT : IDENTITY);
  const isAtOnce = t === waiting.rows[row + NEWEST] && t > waiting.rows[row + UP_TO]!;
  return isOther && isAtOnce && withinIn(turnOf(waiting, waiting.rows[row + PUT]! - 1), slot) === takenWithin;
}

/** Whether the identity was read within the longest gap; most often such readings are taken. */
function isIdentified({ waiting, taken }: LanePages, slot: number, lane: Lane, { sourceTimestamp }: Plain): boolean {
  const since = sourceTimestamp - lane.maxGap;
  // Most often the last but one is late enough, which stands beside what the scale shows.
  if (taken.scales[slot * SCALE_ROW + BEFORE]! >= since || taken.rows[slot * TAKEN_ROW + AT]! >= since) return true;
  const row = slot * ROW;
  for (let nth = waiting.rows[row + PUT]! - 1; nth >= waiting.rows[row + TAKEN]!; nth--) {
    const turn = turnOf(waiting, nth);
    if (valueIn(turn, slot) !== WEIGHT) return timeIn(turn, slot) >= since;
  }
  return false;
}

/** Which tags of a scale were read with a reading for the ring: both where one is read at once with the other. */
export function shownWith({ waiting }: LanePages, slot: number, input: number, { sourceTimestamp: t }: Plain): number {
  if (waiting.rows[slot * ROW + NEWEST] === t) return IDENTITY | WEIGHT;
  return input === 0 ? IDENTITY : WEIGHT;
}

/** Whether a reading comes behind all that are in the ring; at one time a weight comes before the identity. */
export function isBehind({ waiting }: LanePages, slot: number, lane: Lane, { t, input }: Reading): boolean {
  const row = slot * ROW;
  const newest = waiting.rows[row + NEWEST]!;
  const isWeight = lane.kind === 'scale' && waiting.rows[row + NEWEST_VALUE] === WEIGHT;
  return t > newest || (t === newest && isWeight && input === 0);
}
