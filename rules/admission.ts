import type { Plan, TagSpec } from './plan.ts';
import { type Ms, type Sample, worst } from './sample.ts';

/** Plant time, and how far ahead of it a device's clock may be. */
export interface Clock {
  readonly now: Ms;
  readonly plan: Pick<Plan, 'allowedSkew'>;
}

/** A sample as it may be used: what is not finite or out of range is bad, what comes from the future is put to now (metering.md §1). */
export function admit(range: TagSpec['range'], isNumber: boolean, sample: Sample, { now, plan }: Clock): Sample {
  const isBelieved = sample.sourceTimestamp <= now + plan.allowedSkew && sample.sourceTimestamp > -Infinity;
  const placed = inNumbers(isBelieved ? sample : asReceived(sample, now));
  const { value } = placed;
  if (placed.statusCode === 'bad' || value === null) return placed;
  if (typeof value === 'string')
    return isNumber ? spoiled(placed, `a text and no number: ${value.slice(0, MOST_TEXT)}`) : placed;
  if (typeof value === 'number' && !Number.isFinite(value)) return spoiled(placed, 'not a finite number');
  if (!range || (value >= range[0] && value <= range[1])) return placed;
  return spoiled(placed, `${value} is out of the range ${range[0]}…${range[1]}`);
}

/** A 64-bit count that a number holds exactly is one. */
const inNumbers = (sample: Sample): Sample =>
  typeof sample.value === 'bigint' && -MOST_EXACT <= sample.value && sample.value <= MOST_EXACT
    ? { ...sample, value: Number(sample.value) }
    : sample;

/** What a device says may be long. */
const MOST_TEXT = 40;

const MOST_EXACT = BigInt(Number.MAX_SAFE_INTEGER);

const spoiled = (sample: Sample, reason: string): Sample => ({ ...sample, value: null, statusCode: 'bad', reason });

/** With a timestamp from the future, or none at all, a sample counts from when it was received. */
const asReceived = (sample: Sample, now: Ms): Sample => ({
  ...sample,
  sourceTimestamp: sample.receivedAt <= now ? sample.receivedAt : now,
  statusCode: worst(sample.statusCode, 'uncertain'),
  reason:
    sample.statusCode === 'bad' && sample.reason !== undefined ? sample.reason : 'the device clock is ahead of ours',
});
