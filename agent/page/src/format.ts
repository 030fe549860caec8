import type { Bound } from './contract.ts';
import type { Language } from './i18n/index.ts';

const LOCALE: Readonly<Record<Language, string>> = { en: 'en-GB', zh: 'zh-CN' };
const DAY_MS = 86_400_000;

/** Digits after the point that a figure of this size is worth. */
const digitsOf = (size: number): number => {
  const magnitude = Math.abs(size);
  if (magnitude >= 1_000 || magnitude === 0) return 0;
  return magnitude >= 100 ? 1 : magnitude >= 1 ? 2 : 3;
};

export interface Format {
  /** `like`: a value whose size decides the digits, such as the limit, so that they do not jump. */
  number(value: number, like?: number): string;
  /** A value in its unit: what is merely counted has no digits after the point. */
  reading(value: number, unit: string): string;
  /** A whole number of things. */
  count(value: number): string;
  /** With as many digits as it takes not to look equal to a bound that it does not meet. */
  against(value: number, bound: number): string;
  /** A distance to a bound, with the bound's digits unless it would look like none. */
  distance(size: number, bound: number): string;
  bound(bound: Bound): string;
  share(value: number): string;
  /** `kWh/t`, `m³/t`; nothing for a plain number. */
  unit(unit: string): string;
  /** hh:mm:ss, hh:mm and the date, in the plant's time zone. */
  clock(ms: number): string;
  time(ms: number): string;
  date(ms: number): string;
  /** hh:mm, with month and day when `now` is on another day. */
  since(iso: string, now: number): string;
}

/** Numbers as the language writes them, times as the plant's clocks show them. */
export function formats(language: Language, timeZone: string): Format {
  const locale = LOCALE[language];
  const decimals = [0, 1, 2, 3].map(
    (n) => new Intl.NumberFormat(locale, { minimumFractionDigits: n, maximumFractionDigits: n }),
  );
  const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 });
  const clock = new Intl.DateTimeFormat(locale, { timeZone, timeStyle: 'medium', hourCycle: 'h23' });
  const time = new Intl.DateTimeFormat(locale, { timeZone, timeStyle: 'short', hourCycle: 'h23' });
  const dayTime: Intl.DateTimeFormatOptions = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' };
  const long = new Intl.DateTimeFormat(locale, { timeZone, ...dayTime, hourCycle: 'h23' });
  const date = new Intl.DateTimeFormat(locale, {
    timeZone,
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    weekday: 'short',
  });
  const number = (value: number, like = value): string => decimals[digitsOf(like)]!.format(value);

  const distinct = (value: number, other: number, like: number): string => {
    const enough = decimals.slice(digitsOf(like));
    const differs = enough.find((format) => value === other || format.format(value) !== format.format(other));
    return (differs ?? enough[0]!).format(value);
  };

  return {
    number,
    reading: (value, unit) => (unit === '1' && Number.isInteger(value) ? decimals[0]!.format(value) : number(value)),
    count: (value) => decimals[0]!.format(value),
    against: (value, bound) => distinct(value, bound, bound),
    distance: (size, bound) => distinct(size, 0, bound),
    bound: ({ op, bound }) => `${op === '<=' ? '≤' : '≥'} ${plain.format(bound)}`,
    // Rounded down: 99.97 % is not all of it.
    share: (value) => `${plain.format(Math.floor(value * 1_000) / 10)} %`,
    unit: (unit) => (unit === '1' ? '' : unit).replace(/\bm([23])\b/g, (_, power) => `m${power === '2' ? '²' : '³'}`),
    clock: (ms) => clock.format(ms),
    time: (ms) => time.format(ms),
    date: (ms) => date.format(ms),
    since: (iso, now) => {
      const ms = Date.parse(iso);
      return now - ms < DAY_MS && date.format(ms) === date.format(now) ? time.format(ms) : long.format(ms);
    },
  };
}
