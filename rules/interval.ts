import type { Ms } from './sample.ts';

export const WINDOW_KINDS = ['minute', 'quarterHour', 'hour', 'shift', 'day', 'month'] as const;
export type CalendarKind = (typeof WINDOW_KINDS)[number];

/** Windows that open and close with a piece. */
export const PRODUCT_KINDS = ['coil', 'heat', 'ladle'] as const;
export type ProductKind = (typeof PRODUCT_KINDS)[number];

export const ALL_KINDS = [...WINDOW_KINDS, ...PRODUCT_KINDS] as const;
export type WindowKind = CalendarKind | ProductKind;

/** Half-open [start, end): an event exactly at `end` belongs to the next window. */
export interface Window {
  readonly kind: WindowKind;
  readonly start: Ms;
  readonly end: Ms;
  /** The piece's identity, where a piece opened and closed it; of several in one window all of them. */
  readonly product?: string | undefined;
}
export const isCalendarKind = (kind: WindowKind): kind is CalendarKind =>
  (WINDOW_KINDS as readonly string[]).includes(kind);

export type CalendarWindow = Window & { readonly kind: CalendarKind };

const HOUR: Ms = 3_600_000;
/** Roughly how long a window of the kind is, for bounds. */
export const WINDOW_LENGTH: Readonly<Record<CalendarKind, Ms>> = {
  minute: 60_000,
  quarterHour: 900_000,
  hour: HOUR,
  shift: 8 * HOUR,
  day: 24 * HOUR,
  month: 720 * HOUR,
};

/** A shift that crosses the border of two production days belongs to the one in which it starts, or in which it ends. */
export const SHIFT_DAYS = ['start', 'end'] as const;

/** The plant's calendar: an IANA time zone, the local time a production day starts, and the shifts' local starts. */
export interface Calendar {
  readonly timeZone: string;
  readonly dayStart: string;
  readonly shifts: readonly string[];
  readonly shiftDay: (typeof SHIFT_DAYS)[number];
}

/** The window of `kind` that contains `at`. A day with a clock change has 23 or 25 hours. */
export function windowAt(calendar: Calendar, kind: CalendarKind, at: Ms): CalendarWindow {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(calendar.timeZone);
  switch (kind) {
    case 'minute':
      return fixed(kind, at, local, WINDOW_LENGTH.minute);
    case 'quarterHour':
      return fixed(kind, at, local, WINDOW_LENGTH.quarterHour);
    case 'hour':
      return fixed(kind, at, local, HOUR);
    case 'day':
      return between(kind, at, local, [calendar.dayStart]);
    case 'shift':
      return between(kind, at, local, calendar.shifts);
    case 'month':
      return month(calendar, at);
  }
}

/**
 * Short windows are aligned to the zone's offset at `at`, and keep their length through clock changes; only a change that
 * is no multiple of it (half an hour on Lord Howe Island) cuts one short.
 */
function fixed(kind: CalendarKind, at: Ms, local: Temporal.ZonedDateTime, length: Ms): CalendarWindow {
  const offset = local.offsetNanoseconds / 1e6;
  const start = Math.floor((at + offset) / length) * length - offset;
  // A change at this very instant is before what follows.
  const before = local.add({ milliseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds;
  const after = local.getTimeZoneTransition('next')?.epochMilliseconds;
  return { kind, start: Math.max(start, before ?? start), end: Math.min(start + length, after ?? start + length) };
}

/** The stretch between two of the given local times of day, looked for about the day: islands have left out a whole one. */
function between(kind: CalendarKind, at: Ms, local: Temporal.ZonedDateTime, starts: readonly string[]): CalendarWindow {
  const borders = [-2, -1, 0, 1, 2]
    .flatMap((days) => {
      const date = local.toPlainDate().add({ days });
      return starts.map(
        (plainTime) => date.toZonedDateTime({ timeZone: local.timeZoneId, plainTime }).epochMilliseconds,
      );
    })
    .sort((a, b) => a - b);
  const next = borders.findIndex((border) => border > at);
  return { kind, start: borders[next - 1]!, end: borders[next]! };
}

/** The production day to which a shift belongs, by the local date on which that day starts, such as 2026-11-23. */
export function shiftDayOf(calendar: Calendar, { start, end }: Pick<Window, 'start' | 'end'>): string {
  return dateOf(calendar, calendar.shiftDay === 'start' ? start : end - 1).toString();
}

/** The local date on which the production day about `at` starts. */
function dateOf(calendar: Calendar, at: Ms): Temporal.PlainDate {
  const day = windowAt(calendar, 'day', at);
  return Temporal.Instant.fromEpochMilliseconds(day.start).toZonedDateTimeISO(calendar.timeZone).toPlainDate();
}

/** A production month holds whole production days. */
function month(calendar: Calendar, at: Ms): CalendarWindow {
  const border = (first: Temporal.PlainDate): Ms =>
    first.toZonedDateTime({ timeZone: calendar.timeZone, plainTime: calendar.dayStart }).epochMilliseconds;
  const first = dateOf(calendar, at).with({ day: 1 });
  return { kind: 'month', start: border(first), end: border(first.add({ months: 1 })) };
}

/** Windows of a kind that are remembered: those about now, and those about what comes late. */
const REMEMBERED = 4;

/** A calendar that remembers: a window is most often asked for again, and the time zone's rules are slow. */
export class Windows {
  readonly #calendar: Calendar;
  readonly #recent = new Map<CalendarKind, CalendarWindow[]>(WINDOW_KINDS.map((kind) => [kind, []]));

  constructor(calendar: Calendar) {
    this.#calendar = calendar;
  }

  /** The window of `kind` that contains `at`. */
  at(kind: CalendarKind, at: Ms): CalendarWindow {
    const recent = this.#recent.get(kind)!;
    for (const window of recent) if (at >= window.start && at < window.end) return window;
    const window = windowAt(this.#calendar, kind, at);
    if (recent.unshift(window) > REMEMBERED) recent.pop();
    return window;
  }
}
