import type { z } from 'zod';
import type { Transition } from '../rules/alarm.ts';
import type { Border, Evaluation, Mark, Working } from '../rules/evaluation.ts';
import { type Calendar, shiftDayOf, type Window } from '../rules/interval.ts';
import type { Ms } from '../rules/sample.ts';
import type { Output } from '../rules/state.ts';
import { isoTexts } from './isoText.ts';
import type { AlarmBody, EntryBody, EvaluationBody } from './stream/protocol.ts';

/** Epoch milliseconds inside, ISO 8601 with the plant's offset outside. */
export interface WireTime {
  (at: Ms): string;
  /** The production day of a shift, as a date. */
  shiftDay(shift: Window): string;
}

/** Milliseconds from 1970 that a date can be, less the largest offset: what a device makes up is told as the nearest. */
const MOST = 8.64e15 - 86_400_000;

export function wireTimeOf(calendar: Calendar): WireTime {
  const isoText = isoTexts();
  let offset = { from: Infinity, to: -Infinity, text: '', ms: 0 };
  const text = (given: Ms): string => {
    const at = Math.min(Math.max(given, -MOST), MOST);
    if (at < offset.from || at >= offset.to) offset = offsetAt(calendar.timeZone, at);
    return `${isoText(at + offset.ms)}${offset.text}`;
  };
  let last = { start: Number.NaN, day: '' };
  const shiftDay = (shift: Window): string => {
    if (shift.start !== last.start) last = { start: shift.start, day: shiftDayOf(calendar, shift) };
    return last.day;
  };
  return Object.assign(text, { shiftDay });
}

/** An offset holds until the zone's next transition; looking it up for every record would be slow. */
function offsetAt(timeZone: string, at: Ms): { from: Ms; to: Ms; text: string; ms: number } {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  // A transition at this very instant is no earlier one.
  const before = local.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
  return {
    from: before?.epochMilliseconds ?? -Infinity,
    to: local.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity,
    text: local.offset,
    ms: local.offsetNanoseconds / 1e6,
  };
}

export const fromWire = (text: string): Ms => Temporal.Instant.from(text).epochMilliseconds;

export const wireWindow = (window: Window, time: WireTime): EvaluationBody['window'] => ({
  kind: window.kind,
  start: time(window.start),
  end: time(window.end),
  ...(window.kind === 'shift' && { day: time.shiftDay(window) }),
  ...(window.product !== undefined && { product: window.product }),
});

/** The working with the instants of its readings in another form. */
function withInstants<From, To>(working: Working<From>, to: (at: From) => To): Working<To> {
  if (working.kind !== 'counter' && working.kind !== 'gauge') return working;
  const mark = (one: Mark<From> | null): Mark<To> | null => one && { at: to(one.at), value: one.value };
  const border = ({ before, after }: Border<From>): Border<To> => ({ before: mark(before), after: mark(after) });
  return { ...working, start: border(working.start), end: border(working.end) };
}

export function evaluationBody(evaluation: Evaluation, time: WireTime, config: string): EvaluationBody {
  const { amounts, ...rest } = evaluation;
  return {
    ...rest,
    window: wireWindow(evaluation.window, time),
    amounts: amounts.map(({ working, ...amount }) => ({
      ...amount,
      flags: [...amount.flags],
      ...(working && { working: withInstants(working, time) }),
    })),
    config,
  };
}

/** The evaluation that a stored body stands for; the log holds only what `evaluationBody` made. */
export function evaluationFrom(json: string): Evaluation {
  const { config: _, ...body } = JSON.parse(json) as EvaluationBody;
  const { day: _day, start, end, ...window } = body.window;
  const amounts = body.amounts.map(({ working, ...amount }) => ({
    ...amount,
    ...(working && { working: withInstants(working, fromWire) }),
  }));
  return { ...body, amounts, window: { ...window, start: fromWire(start), end: fromWire(end) } };
}

export const alarmBody = ({ window, until, ...transition }: Transition, time: WireTime): z.infer<typeof AlarmBody> => ({
  ...transition,
  window: wireWindow(window, time),
  until: until === null ? null : time(until),
});

const INSTANTS = ['at', 'removedAt', 'installedAt'];

/** An operator's entry as it stands in the log. */
export function entryBody(
  { entry, refused, about }: Extract<Output, { type: 'entry' }>,
  time: WireTime,
): z.infer<typeof EntryBody> {
  const { key, type, meter, by, ...rest } = entry;
  const entered = Object.entries(rest).map(([name, value]) => {
    if (INSTANTS.includes(name)) return [name, time(Number(value))];
    return [name, typeof value === 'bigint' ? String(value) : value];
  });
  const span = about && { from: time(about.from), to: time(about.to) };
  return { key, type, meter, by: by ?? null, refused, about: span, entered: Object.fromEntries(entered) };
}
