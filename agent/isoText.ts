import type { Ms } from '../rules/sample.ts';

const DAY_MS = 86_400_000;
const numbers = (digits: number): readonly string[] =>
  Array.from({ length: 10 ** digits }, (_, n) => String(n).padStart(digits, '0'));
const [TWO, THREE] = [numbers(2), numbers(3)];

/** Makes instants ISO 8601 as Date does, without the Z, in half the time: the date is made once for all of a day. */
export function isoTexts(): (at: Ms) => string {
  let date = { day: Number.NaN, text: '' };
  return (at) => {
    const whole = Math.trunc(at);
    const day = Math.floor(whole / DAY_MS);
    if (day !== date.day) date = { day, text: new Date(day * DAY_MS).toISOString().slice(0, -'00:00:00.000Z'.length) };
    const ms = whole - day * DAY_MS;
    const seconds = Math.floor(ms / 1_000);
    const minutes = Math.floor(seconds / 60);
    return `${date.text}${TWO[Math.floor(minutes / 60)]}:${TWO[minutes % 60]}:${TWO[seconds % 60]}.${THREE[ms % 1_000]}`;
  };
}
