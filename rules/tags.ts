import { isUsable, NEVER } from './meter/contract.ts';
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

/**
 * The states of a page's tags: what every sample writes. In a row of eight numbers for each tag, which a processor fetches
 * at once.
 */
export type TagPage = number[];

const ROW = 8;
/** Time of the newest sample; `NEVER` before the first. */
const AT = 0;
/** The last usable number. */
const VALUE = 1;
/** Of the minute: the samples with a usable number, what they come to, and its start. */
const USABLE = 2;
const MIN = 3;
const MAX = 4;
const SUM = 5;
const MINUTE = 6;
/** 1 where the newest sample is more than a good number. */
const IS_ODD = 7;

/** What hardly any sample writes. */
export interface TagRest {
  readonly since: Ms[];
  readonly statusCode: StatusCode[];
  /** What a number cannot say of the newest sample, by slot: a text, a 64-bit count, no value at all, a reason. */
  readonly other: (Pick<TagState, 'value' | 'reason'> | null)[];
  /** Of the minute's samples those that were not good, and those without a usable number. */
  readonly doubtful: number[];
  readonly useless: number[];
}

function emptyPage(tags: number): TagPage {
  const page = column(tags * ROW, 0);
  for (let row = AT; row < page.length; row += ROW) page[row] = NEVER;
  return page;
}

const emptyRest = (tags: number): TagRest => ({
  since: column(tags, 0),
  statusCode: column<StatusCode>(tags, 'good'),
  other: column<TagRest['other'][number]>(tags, null),
  doubtful: column(tags, 0),
  useless: column(tags, 0),
});

const copyPage = (page: TagPage): TagPage => page.slice();

const copyRest = (rest: TagRest): TagRest => ({
  since: rest.since.slice(),
  statusCode: rest.statusCode.slice(),
  other: rest.other.slice(),
  doubtful: rest.doubtful.slice(),
  useless: rest.useless.slice(),
});

/** The pages of so many tags, of which the first are known. */
export function tagPages(length: number, tags: readonly (TagState | null)[]): { page: TagPage; rest: TagRest } {
  const [page, rest] = [emptyPage(length), emptyRest(length)];
  tags.forEach((tag, slot) => {
    if (tag) putTag(page, rest, slot, tag);
  });
  return { page, rest };
}

function putTag(page: TagPage, rest: TagRest, slot: number, tag: TagState): void {
  const { value, minute } = tag;
  const row = slot * ROW;
  const other = otherOf(tag);
  page[row + AT] = tag.sourceTimestamp;
  page[row + VALUE] = minute.last ?? (typeof value === 'number' ? value : 0);
  page[row + USABLE] = minute.usable;
  page[row + MIN] = minute.min ?? 0;
  page[row + MAX] = minute.max ?? 0;
  page[row + SUM] = minute.sum;
  page[row + MINUTE] = minute.minute;
  page[row + IS_ODD] = isOdd(tag.statusCode, other) ? 1 : 0;
  rest.since[slot] = tag.since;
  rest.statusCode[slot] = tag.statusCode;
  rest.other[slot] = other;
  rest.doubtful[slot] = minute.samples - minute.good;
  rest.useless[slot] = minute.samples - minute.usable;
}

const isOdd = (statusCode: StatusCode, other: TagRest['other'][number]): boolean =>
  statusCode !== 'good' || other !== null;

export function tagIn(page: TagPage, rest: TagRest, slot: number): TagState | null {
  const row = slot * ROW;
  if (page[row + AT] === NEVER) return null;
  return {
    value: valueIn(page, rest, slot),
    statusCode: rest.statusCode[slot]!,
    reason: rest.other[slot]?.reason ?? null,
    sourceTimestamp: page[row + AT]!,
    since: rest.since[slot]!,
    minute: minuteIn(page, rest, slot),
  };
}

function valueIn(page: TagPage, rest: TagRest, slot: number): RawValue | null {
  const other = rest.other[slot]!;
  return other === null ? page[slot * ROW + VALUE]! : other.value;
}

function minuteIn(page: TagPage, rest: TagRest, slot: number): MinuteSummary {
  const row = slot * ROW;
  const usable = page[row + USABLE]!;
  const samples = usable + rest.useless[slot]!;
  return {
    minute: page[row + MINUTE]!,
    samples,
    good: samples - rest.doubtful[slot]!,
    usable,
    min: usable > 0 ? page[row + MIN]! : null,
    max: usable > 0 ? page[row + MAX]! : null,
    sum: page[row + SUM]!,
    last: usable > 0 ? page[row + VALUE]! : null,
  };
}

const MINUTE_LENGTH: Ms = 60_000;

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
    return this.#pages.at(numberOf(index))[slotOf(index) * ROW + AT]!;
  }

  putAt(index: number, t: Ms): void {
    this.#pages.own(numberOf(index), copyPage)[slotOf(index) * ROW + AT] = t;
  }

  /** Equal timestamp and value as the last: said twice, counted once. */
  isRepeated(index: number, sample: Sample): boolean {
    const slot = slotOf(index);
    const page = this.#pages.at(numberOf(index));
    if (page[slot * ROW + AT] !== sample.sourceTimestamp) return false;
    const rest = this.#rests.at(numberOf(index));
    return rest.statusCode[slot] === sample.statusCode && valueIn(page, rest, slot) === sample.value;
  }

  /** The tag goes on with a sample; the minute that it completes is returned. An older sample leaves it as it is. */
  follow(index: number, sample: Sample): MinuteSummary | null {
    const row = slotOf(index) * ROW;
    const { value, sourceTimestamp: t, statusCode } = sample;
    const page = this.#pages.own(numberOf(index), copyPage);
    const newest = page[row + AT]!;
    if (t < newest) return null;
    const start = page[row + MINUTE]!;
    const isSame = newest !== NEVER && t >= start && t < start + MINUTE_LENGTH;
    const completed = isSame ? null : this.#enterMinute(index, page, t);
    const other = otherOf(sample);
    if (page[row + IS_ODD] !== 0 || newest === NEVER || isOdd(statusCode, other))
      this.#tell(index, page, sample, other);
    page[row + AT] = t;
    if (isUsable(sample) && typeof value !== 'string') addToMinute(page, row, Number(value));
    else this.#ownRest(index).useless[slotOf(index)]! += 1;
    return completed;
  }

  /** What is not a good number after another. */
  #tell(
    index: number,
    page: TagPage,
    { statusCode, sourceTimestamp: t }: Sample,
    other: TagRest['other'][number],
  ): void {
    const slot = slotOf(index);
    const rest = this.#ownRest(index);
    if (page[slot * ROW + AT] === NEVER || rest.statusCode[slot] !== statusCode) rest.since[slot] = t;
    rest.statusCode[slot] = statusCode;
    rest.other[slot] = other;
    if (statusCode !== 'good') rest.doubtful[slot]! += 1;
    page[slot * ROW + IS_ODD] = isOdd(statusCode, other) ? 1 : 0;
  }

  #enterMinute(index: number, page: TagPage, t: Ms): MinuteSummary | null {
    const slot = slotOf(index);
    const row = slot * ROW;
    const rest = this.#rests.at(numberOf(index));
    const completed = page[row + AT] === NEVER ? null : minuteIn(page, rest, slot);
    page[row + MINUTE] = Math.floor(t / MINUTE_LENGTH) * MINUTE_LENGTH;
    page[row + USABLE] = 0;
    page[row + SUM] = 0;
    if (rest.doubtful[slot]! + rest.useless[slot]! === 0) return completed;
    const own = this.#ownRest(index);
    own.doubtful[slot] = 0;
    own.useless[slot] = 0;
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

function addToMinute(page: TagPage, row: number, value: number): void {
  const isFirst = page[row + USABLE] === 0;
  if (isFirst || value < page[row + MIN]!) page[row + MIN] = value;
  if (isFirst || value > page[row + MAX]!) page[row + MAX] = value;
  page[row + USABLE]! += 1;
  page[row + SUM]! += value;
  page[row + VALUE] = value;
}
