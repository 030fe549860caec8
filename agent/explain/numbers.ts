import type { Ms } from '../../rules/sample.ts';

/** Numbers, times and durations as people write them. */

/** Digits that a figure is shown with; what is beyond them is the arithmetic's own. */
const DIGITS = 10;

/** `8 179 726.464`: thousands set apart, at most ten digits. */
export function numberText(value: number | string): string {
  const text =
    typeof value === 'string' ? value : String(Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS)));
  const [, sign = '', whole = '', rest = ''] = /^(-?)(\d+)(.*)$/.exec(text) ?? [];
  return whole === '' ? text : `${sign.replace('-', '−')}${whole.replace(/\B(?=(\d{3})+$)/g, ' ')}${rest}`;
}

export const percentText = (share: number): string => `${numberText(Number((share * 100).toPrecision(4)))} %`;

const UNITS: readonly (readonly [name: 'd' | 'h' | 'min' | 's', length: Ms])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** `2 h 5 min`, in at most two units; `0 s` for nothing. */
export function durationText(duration: Ms): string {
  let left = Math.round(duration / 100) * 100;
  const parts = UNITS.flatMap(([name, length]) => {
    const count = name === 's' ? left / length : Math.floor(left / length);
    left -= name === 's' ? left : count * length;
    return count > 0 ? [`${count} ${name}`] : [];
  });
  return parts.slice(0, 2).join(' ') || '0 s';
}

/** Local time; the date is left out where it is that of `on`. */
export function timeText(at: Ms, timeZone: string, on?: Ms): string {
  const [local, other] = [at, on].map((t) =>
    t === undefined ? null : Temporal.Instant.fromEpochMilliseconds(t).toZonedDateTimeISO(timeZone),
  );
  const time = local!.toPlainTime().toString({ smallestUnit: at % 1000 === 0 ? 'second' : 'millisecond' });
  const isSameDay = other?.toPlainDate().equals(local!.toPlainDate()) ?? false;
  return isSameDay ? time : `${local!.toPlainDate()} ${time}`;
}
