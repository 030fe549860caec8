import { didYouMean } from '../../config/suggest.ts';
import { type Calendar, type CalendarKind, WINDOW_KINDS, type Window, windowAt } from '../../rules/interval.ts';
import type { Ms } from '../../rules/sample.ts';
import { readInstant } from './instant.ts';

/** A window's name, understood, or what is wrong with it. */
export type Named = { readonly window: Window } | { readonly fault: string };

/**
 * The window that `hour@2026-11-24T08:00` names: the kind, and any instant in it, in the plant's time zone where it says
 * no offset. `now` is the one that is running, `last` the one before it.
 */
export function windowNamed(text: string, calendar: Calendar, now: Ms): Named {
  const [kind = '', when = ''] = text.split('@');
  if (!(WINDOW_KINDS as readonly string[]).includes(kind))
    return { fault: `"${kind}" is none of ${WINDOW_KINDS.join(', ')}${didYouMean(kind, WINDOW_KINDS)}` };
  const windowOf = (at: Ms): Named => ({ window: windowAt(calendar, kind as CalendarKind, at) });
  if (when === 'now') return windowOf(now);
  if (when === 'last') return windowOf(windowAt(calendar, kind as CalendarKind, now).start - 1);
  const instant = readInstant(when, calendar.timeZone);
  return 'fault' in instant ? { fault: `${instant.fault}, now or last` } : windowOf(instant.at);
}
