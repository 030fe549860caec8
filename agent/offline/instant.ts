import type { Ms } from '../../rules/sample.ts';

const FORM =
  /^(?:(\d{4})[-/](\d{1,2})[-/](\d{1,2}))?(?:(?:^|[T ])(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,9})?))?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** An instant as people write it, or what is wrong with it. */
export type Instant = { readonly at: Ms } | { readonly fault: string };

/**
 * `2026-11-24T08:00:00+08:00`, or without an offset in the plant's time zone; `2026-11-24` is its midnight; a time of day
 * alone is on the date of `before`; a number is epoch milliseconds. What is finer than a millisecond is cut off.
 */
export function readInstant(text: string, timeZone: string, before: Ms | null = null): Instant {
  if (/^\d{11,14}$/.test(text)) return { at: Number(text) };
  const parts = FORM.exec(text);
  if (!parts || text === '') return { fault: `"${text}" is no time such as 2026-11-24T08:00:00+08:00` };
  const [, year, month, day, hour = '0', minute = '00', second = '0', offset] = parts;
  if (year === undefined && before === null) return { fault: `"${text}" has no date, and nothing before it has one` };
  const date =
    year === undefined
      ? Temporal.Instant.fromEpochMilliseconds(before!).toZonedDateTimeISO(timeZone).toPlainDate().toString()
      : `${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}`;
  const local = `${date}T${hour.padStart(2, '0')}:${minute}:${second.padStart(2, '0')}`;
  try {
    if (offset !== undefined) return { at: Temporal.Instant.from(local + offset).epochMilliseconds };
    return {
      at: Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone, { disambiguation: 'reject' }).epochMilliseconds,
    };
  } catch (cause) {
    if (offset === undefined && isDateTime(local))
      return { fault: `the clocks of ${timeZone} were changed at ${local}: give the offset too` };
    return { fault: `"${text}": ${(cause as Error).message.replace('Temporal error: ', '')}` };
  }
}

function isDateTime(text: string): boolean {
  try {
    return Temporal.PlainDateTime.from(text, { overflow: 'reject' }) !== undefined;
  } catch {
    return false;
  }
}
