import { ALLOWED_SKEW, type TagSpec } from './plan.ts';
import { type Ms, type Sample, worst } from './sample.ts';
import type { MinuteSummary, TagState } from './state.ts';

const MINUTE: Ms = 60_000;

/** A sample as it may be used: what is not finite or out of range is bad, what comes from the future is put to now (metering.md §1). */
export function admit(tag: TagSpec, sample: Sample, now: Ms): Sample {
  const isBelieved = sample.sourceTimestamp <= now + ALLOWED_SKEW && sample.sourceTimestamp > -Infinity;
  const placed = isBelieved ? sample : asReceived(sample, now);
  const { value } = placed;
  if (placed.statusCode === 'bad' || value === null || typeof value === 'string') return placed;
  if (typeof value === 'number' && !Number.isFinite(value)) return spoiled(placed, 'not a finite number');
  const [least, most] = tag.range ?? [-Infinity, Infinity];
  return value < least || value > most ? spoiled(placed, `${value} is out of the range ${least}…${most}`) : placed;
}

const spoiled = (sample: Sample, reason: string): Sample => ({ ...sample, value: null, statusCode: 'bad', reason });

/** With a timestamp from the future, or none at all, a sample counts from when it was received. */
const asReceived = (sample: Sample, now: Ms): Sample => ({
  ...sample,
  sourceTimestamp: sample.receivedAt <= now ? sample.receivedAt : now,
  statusCode: worst(sample.statusCode, 'uncertain'),
  reason:
    sample.statusCode === 'bad' && sample.reason !== undefined ? sample.reason : 'the device clock is ahead of ours',
});

/** Equal timestamp and value as the last: said twice, counted once. */
export const isRepeated = (last: TagState | null, sample: Sample): boolean =>
  last !== null &&
  last.sourceTimestamp === sample.sourceTimestamp &&
  last.value === sample.value &&
  last.statusCode === sample.statusCode;

/** The tag's state after the sample, and the minute that it completes; an older sample leaves it as it is. */
export function follow(last: TagState | null, sample: Sample): { tag: TagState; completed: MinuteSummary | null } {
  if (last && sample.sourceTimestamp < last.sourceTimestamp) return { tag: last, completed: null };
  const minute = Math.floor(sample.sourceTimestamp / MINUTE) * MINUTE;
  const same = last?.minute.minute === minute;
  const tag: TagState = {
    value: sample.value,
    statusCode: sample.statusCode,
    reason: sample.reason ?? null,
    sourceTimestamp: sample.sourceTimestamp,
    since: last?.statusCode === sample.statusCode ? last.since : sample.sourceTimestamp,
    minute: summarise(same && last ? last.minute : emptyMinute(minute), sample),
  };
  return { tag, completed: last !== null && !same ? last.minute : null };
}

const emptyMinute = (minute: Ms): MinuteSummary => ({
  minute,
  samples: 0,
  good: 0,
  usable: 0,
  min: null,
  max: null,
  sum: 0,
  last: null,
});

function summarise(minute: MinuteSummary, sample: Sample): MinuteSummary {
  const counted = {
    ...minute,
    samples: minute.samples + 1,
    good: minute.good + (sample.statusCode === 'good' ? 1 : 0),
  };
  if (sample.statusCode === 'bad' || sample.value === null || typeof sample.value === 'string') return counted;
  const value = Number(sample.value);
  return {
    ...counted,
    usable: minute.usable + 1,
    min: Math.min(minute.min ?? value, value),
    max: Math.max(minute.max ?? value, value),
    sum: minute.sum + value,
    last: value,
  };
}
