import { NEVER } from './meter/contract.ts';
import { column, numberOf, type Paged, Pages, slotOf, type Writing } from './pages.ts';
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

/** The states of a page's tags, a column for each of their parts: what every sample writes. */
export interface TagPage {
  /** `NEVER` before the first sample. */
  readonly at: Ms[];
  /** The last usable number. */
  readonly value: number[];
  /** Of the minute. */
  readonly samples: number[];
  readonly min: number[];
  readonly max: number[];
  readonly sum: number[];
}

/** What hardly any sample writes. */
export interface TagRest {
  readonly since: Ms[];
  readonly statusCode: StatusCode[];
  /** What `value` cannot say of the newest sample, by slot: a text, a 64-bit count, no value at all, a reason. */
  readonly other: (Pick<TagState, 'value' | 'reason'> | null)[];
  readonly minute: Ms[];
  /** Of the minute's samples those that were not good, and those without a usable number. */
  readonly doubtful: number[];
  readonly useless: number[];
}

const emptyPage = (rows: number): TagPage => ({
  at: column(rows, NEVER),
  value: column(rows, 0),
  samples: column(rows, 0),
  min: column(rows, 0),
  max: column(rows, 0),
  sum: column(rows, 0),
});

const emptyRest = (rows: number): TagRest => ({
  since: column(rows, 0),
  statusCode: column<StatusCode>(rows, 'good'),
  other: column<TagRest['other'][number]>(rows, null),
  minute: column(rows, 0),
  doubtful: column(rows, 0),
  useless: column(rows, 0),
});

const copyPage = (page: TagPage): TagPage => ({
  at: page.at.slice(),
  value: page.value.slice(),
  samples: page.samples.slice(),
  min: page.min.slice(),
  max: page.max.slice(),
  sum: page.sum.slice(),
});

const copyRest = (rest: TagRest): TagRest => ({
  since: rest.since.slice(),
  statusCode: rest.statusCode.slice(),
  other: rest.other.slice(),
  minute: rest.minute.slice(),
  doubtful: rest.doubtful.slice(),
  useless: rest.useless.slice(),
});

/** The pages of so many tags, of which the first are known. */
export function tagPages(rows: number, tags: readonly (TagState | null)[]): { page: TagPage; rest: TagRest } {
  const [page, rest] = [emptyPage(rows), emptyRest(rows)];
  tags.forEach((tag, slot) => {
    if (tag) putTag(page, rest, slot, tag);
  });
  return { page, rest };
}

function putTag(page: TagPage, rest: TagRest, slot: number, tag: TagState): void {
  const { value, minute } = tag;
  page.at[slot] = tag.sourceTimestamp;
  page.value[slot] = minute.last ?? (typeof value === 'number' ? value : 0);
  page.samples[slot] = minute.samples;
  page.min[slot] = minute.min ?? 0;
  page.max[slot] = minute.max ?? 0;
  page.sum[slot] = minute.sum;
  rest.since[slot] = tag.since;
  rest.statusCode[slot] = tag.statusCode;
  rest.other[slot] = otherOf(tag);
  rest.minute[slot] = minute.minute;
  rest.doubtful[slot] = minute.samples - minute.good;
  rest.useless[slot] = minute.samples - minute.usable;
}

export function tagIn(page: TagPage, rest: TagRest, slot: number): TagState | null {
  if (page.at[slot] === NEVER) return null;
  return {
    value: valueIn(page, rest, slot),
    statusCode: rest.statusCode[slot]!,
    reason: rest.other[slot]?.reason ?? null,
    sourceTimestamp: page.at[slot]!,
    since: rest.since[slot]!,
    minute: minuteIn(page, rest, slot),
  };
}

function valueIn(page: TagPage, rest: TagRest, slot: number): RawValue | null {
  const other = rest.other[slot]!;
  return other === null ? page.value[slot]! : other.value;
}

function minuteIn(page: TagPage, rest: TagRest, slot: number): MinuteSummary {
  const samples = page.samples[slot]!;
  const usable = samples - rest.useless[slot]!;
  return {
    minute: rest.minute[slot]!,
    samples,
    good: samples - rest.doubtful[slot]!,
    usable,
    min: usable > 0 ? page.min[slot]! : null,
    max: usable > 0 ? page.max[slot]! : null,
    sum: page.sum[slot]!,
    last: usable > 0 ? page.value[slot]! : null,
  };
}

const MINUTE: Ms = 60_000;

/** The tags under way inside one step. */
export class Tags {
  readonly #pages: Pages<TagPage>;
  readonly #rests: Pages<TagRest>;

  constructor(pages: Paged<TagPage>, rests: Paged<TagRest>, writing: Writing) {
    this.#pages = new Pages(pages, writing);
    this.#rests = new Pages(rests, writing);
  }

  get pages(): Paged<TagPage> {
    return this.#pages.all;
  }

  get rests(): Paged<TagRest> {
    return this.#rests.all;
  }

  #ownRest(index: number): TagRest {
    return this.#rests.own(numberOf(index), copyRest);
  }

  /** Time of the newest sample; `NEVER` before the first. */
  at(index: number): Ms {
    return this.#pages.at(numberOf(index)).at[slotOf(index)]!;
  }

  putAt(index: number, t: Ms): void {
    this.#pages.own(numberOf(index), copyPage).at[slotOf(index)] = t;
  }

  /** Equal timestamp and value as the last: said twice, counted once. */
  isRepeated(index: number, sample: Sample): boolean {
    const slot = slotOf(index);
    const page = this.#pages.at(numberOf(index));
    if (page.at[slot] !== sample.sourceTimestamp) return false;
    const rest = this.#rests.at(numberOf(index));
    return rest.statusCode[slot] === sample.statusCode && valueIn(page, rest, slot) === sample.value;
  }

  /** The tag goes on with a sample; the minute that it completes is returned. An older sample leaves it as it is. */
  follow(index: number, sample: Sample): MinuteSummary | null {
    const slot = slotOf(index);
    const t = sample.sourceTimestamp;
    const page = this.#pages.own(numberOf(index), copyPage);
    const before = page.at[slot]!;
    if (t < before) return null;
    const completed = this.#enterMinute(index, page, slot, t);
    if (before === NEVER || this.#rests.at(numberOf(index)).statusCode[slot] !== sample.statusCode)
      this.#change(index, slot, sample);
    const other = otherOf(sample);
    if (other !== null || this.#rests.at(numberOf(index)).other[slot] !== null)
      this.#ownRest(index).other[slot] = other;
    page.at[slot] = t;
    page.samples[slot]! += 1;
    if (sample.statusCode !== 'good') this.#ownRest(index).doubtful[slot]! += 1;
    const { value } = sample;
    if (sample.statusCode === 'bad' || value === null || typeof value === 'string')
      this.#ownRest(index).useless[slot]! += 1;
    else
      addToMinute(page, slot, Number(value), page.samples[slot] === 1 + this.#rests.at(numberOf(index)).useless[slot]!);
    return completed;
  }

  #change(index: number, slot: number, { sourceTimestamp, statusCode }: Sample): void {
    const rest = this.#ownRest(index);
    rest.since[slot] = sourceTimestamp;
    rest.statusCode[slot] = statusCode;
  }

  #enterMinute(index: number, page: TagPage, slot: number, t: Ms): MinuteSummary | null {
    const isFirst = page.at[slot] === NEVER;
    const { minute } = this.#rests.at(numberOf(index));
    if (!isFirst && t >= minute[slot]! && t < minute[slot]! + MINUTE) return null;
    const rest = this.#ownRest(index);
    const completed = isFirst ? null : minuteIn(page, rest, slot);
    rest.minute[slot] = Math.floor(t / MINUTE) * MINUTE;
    rest.doubtful[slot] = 0;
    rest.useless[slot] = 0;
    page.samples[slot] = 0;
    page.sum[slot] = 0;
    return completed;
  }
}

function otherOf({
  value,
  statusCode,
  reason = null,
}: Pick<Sample, 'value' | 'statusCode'> & { readonly reason?: string | null }): TagRest['other'][number] {
  const isPlain = typeof value === 'number' && statusCode !== 'bad' && reason === null;
  return isPlain ? null : { value, reason };
}

function addToMinute(page: TagPage, slot: number, value: number, isFirst: boolean): void {
  if (isFirst || value < page.min[slot]!) page.min[slot] = value;
  if (isFirst || value > page.max[slot]!) page.max[slot] = value;
  page.sum[slot]! += value;
  page.value[slot] = value;
}
