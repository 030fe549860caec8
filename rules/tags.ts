import { NEVER } from './meter/contract.ts';
import { PAGE } from './pages.ts';
import type { Ms, RawValue, Sample, StatusCode } from './sample.ts';

/** The newest sample of a tag, and what the tag did in its minute. */
export interface TagState {
  readonly value: RawValue | null;
  readonly statusCode: StatusCode;
  readonly reason: string | null;
  readonly sourceTimestamp: Ms;
  /** Since when the status is what it is. */
  readonly since: Ms;
  readonly minute: MinuteSummary;
}

/** What one tag did in one minute. */
export interface MinuteSummary {
  readonly minute: Ms;
  readonly samples: number;
  readonly good: number;
  readonly usable: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly sum: number;
  readonly last: number | null;
}

/** The states of 64 tags, a column for each of their parts: numbers in a row are quickly copied. */
export interface TagPage {
  /** `NEVER` before the first sample. */
  readonly at: Ms[];
  readonly since: Ms[];
  readonly statusCode: StatusCode[];
  /** The last usable number. */
  readonly value: number[];
  /** What `value` cannot say of the newest sample, by slot: a text, a 64-bit count, no value at all, a reason. */
  readonly other: Record<number, Pick<TagState, 'value' | 'reason'>>;
  readonly minute: Ms[];
  readonly samples: number[];
  readonly good: number[];
  readonly usable: number[];
  readonly min: number[];
  readonly max: number[];
  readonly sum: number[];
}

const column = <T>(value: T): T[] => new Array<T>(PAGE).fill(value);

/** `tags` are at most 64. */
export function tagPage(tags: readonly (TagState | null)[]): TagPage {
  const page = emptyTags();
  tags.forEach((tag, slot) => {
    if (tag) putTag(page, slot, tag);
  });
  return page;
}

const emptyTags = (): TagPage => ({
  at: column(NEVER),
  since: column(0),
  statusCode: column<StatusCode>('good'),
  value: column(0),
  other: {},
  minute: column(0),
  samples: column(0),
  good: column(0),
  usable: column(0),
  min: column(0),
  max: column(0),
  sum: column(0),
});

export const copyTags = (page: TagPage): TagPage => ({
  at: page.at.slice(),
  since: page.since.slice(),
  statusCode: page.statusCode.slice(),
  value: page.value.slice(),
  other: { ...page.other },
  minute: page.minute.slice(),
  samples: page.samples.slice(),
  good: page.good.slice(),
  usable: page.usable.slice(),
  min: page.min.slice(),
  max: page.max.slice(),
  sum: page.sum.slice(),
});

export const hasTag = (page: TagPage, slot: number): boolean => page.at[slot] !== NEVER;

export function tagIn(page: TagPage, slot: number): TagState | null {
  if (!hasTag(page, slot)) return null;
  return {
    value: valueIn(page, slot),
    statusCode: page.statusCode[slot]!,
    reason: page.other[slot]?.reason ?? null,
    sourceTimestamp: page.at[slot]!,
    since: page.since[slot]!,
    minute: minuteIn(page, slot),
  };
}

function putTag(page: TagPage, slot: number, tag: TagState): void {
  const { value, statusCode, reason, minute } = tag;
  page.at[slot] = tag.sourceTimestamp;
  page.since[slot] = tag.since;
  page.statusCode[slot] = statusCode;
  page.value[slot] = minute.last ?? (typeof value === 'number' ? value : 0);
  putOther(page, slot, { value, statusCode, reason });
  page.minute[slot] = minute.minute;
  page.samples[slot] = minute.samples;
  page.good[slot] = minute.good;
  page.usable[slot] = minute.usable;
  page.min[slot] = minute.min ?? 0;
  page.max[slot] = minute.max ?? 0;
  page.sum[slot] = minute.sum;
}

const valueIn = (page: TagPage, slot: number): RawValue | null => {
  const other = page.other[slot];
  return other === undefined ? page.value[slot]! : other.value;
};

export function minuteIn(page: TagPage, slot: number): MinuteSummary {
  const hasValue = page.usable[slot]! > 0;
  return {
    minute: page.minute[slot]!,
    samples: page.samples[slot]!,
    good: page.good[slot]!,
    usable: page.usable[slot]!,
    min: hasValue ? page.min[slot]! : null,
    max: hasValue ? page.max[slot]! : null,
    sum: page.sum[slot]!,
    last: hasValue ? page.value[slot]! : null,
  };
}

/** Equal timestamp and value as the last: said twice, counted once. */
export const isRepeated = (page: TagPage, slot: number, sample: Sample): boolean =>
  page.at[slot] === sample.sourceTimestamp &&
  page.statusCode[slot] === sample.statusCode &&
  valueIn(page, slot) === sample.value;

const MINUTE: Ms = 60_000;

/** The tag goes on with a sample; the minute that it completes is returned. An older sample leaves it as it is. */
export function follow(page: TagPage, slot: number, sample: Sample): MinuteSummary | null {
  const t = sample.sourceTimestamp;
  const isFirst = page.at[slot] === NEVER;
  if (t < page.at[slot]!) return null;
  if (isFirst || page.statusCode[slot] !== sample.statusCode) page.since[slot] = t;
  const isSame = !isFirst && t >= page.minute[slot]! && t < page.minute[slot]! + MINUTE;
  const completed = isFirst || isSame ? null : minuteIn(page, slot);
  if (!isSame) beginMinute(page, slot, Math.floor(t / MINUTE) * MINUTE);
  page.at[slot] = t;
  page.statusCode[slot] = sample.statusCode;
  putOther(page, slot, sample);
  page.samples[slot]! += 1;
  if (sample.statusCode === 'good') page.good[slot]! += 1;
  if (sample.statusCode !== 'bad' && sample.value !== null && typeof sample.value !== 'string')
    addToMinute(page, slot, Number(sample.value));
  return completed;
}

function putOther(
  page: TagPage,
  slot: number,
  sample: Pick<Sample, 'value' | 'statusCode'> & { readonly reason?: string | null },
): void {
  const { value, reason } = sample;
  const isPlain = typeof value === 'number' && sample.statusCode !== 'bad' && (reason ?? null) === null;
  if (!isPlain) page.other[slot] = { value, reason: reason ?? null };
  else if (page.other[slot] !== undefined) delete page.other[slot];
}

function beginMinute(page: TagPage, slot: number, minute: Ms): void {
  page.minute[slot] = minute;
  page.samples[slot] = 0;
  page.good[slot] = 0;
  page.usable[slot] = 0;
  page.sum[slot] = 0;
}

function addToMinute(page: TagPage, slot: number, value: number): void {
  const isFirst = page.usable[slot] === 0;
  if (isFirst || value < page.min[slot]!) page.min[slot] = value;
  if (isFirst || value > page.max[slot]!) page.max[slot] = value;
  page.usable[slot]! += 1;
  page.sum[slot]! += value;
  page.value[slot] = value;
}
