import { didYouMean } from '../../config/suggest.ts';
import {
  ALL_KINDS,
  type Calendar,
  type CalendarWindow,
  isCalendarKind,
  type ProductKind,
  type Window,
  type WindowKind,
  windowAt,
} from '../../rules/interval.ts';
import type { Ms } from '../../rules/sample.ts';
import { readInstant } from './instant.ts';

/** A piece's window, which only the figures themselves can tell: by identity, by an instant in it, or the newest. */
export interface PieceName {
  readonly kind: ProductKind;
  readonly product?: string;
  readonly at?: Ms;
}

/** A window's name, understood, or what is wrong with it. */
export type Named = { readonly window: CalendarWindow } | { readonly piece: PieceName } | { readonly fault: string };

/**
 * The window that `hour@2026-11-24T08:00` names: the kind, and any instant in it, in the plant's time zone where it says
 * no offset. `now` is the one that is running, `last` the one before it. `coil#4711` is that of a piece of this identity.
 */
export function windowNamed(text: string, calendar: Calendar, now: Ms): Named {
  const [, kind = '', sign, when = ''] = /^([^@#]*)([@#]?)(.*)$/s.exec(text)!;
  if (!isKind(kind)) return { fault: `"${kind}" is none of ${ALL_KINDS.join(', ')}${didYouMean(kind, ALL_KINDS)}` };
  if (!isCalendarKind(kind)) return pieceNamed(kind, sign === '#', when, calendar);
  if (sign === '#')
    return { fault: `a window of kind ${kind} has no identity: write ${kind}@ and a time, now or last` };
  const windowOf = (at: Ms): Named => ({ window: windowAt(calendar, kind, at) });
  if (when === 'now') return windowOf(now);
  if (when === 'last') return windowOf(windowAt(calendar, kind, now).start - 1);
  const instant = readInstant(when, calendar.timeZone);
  return 'fault' in instant ? { fault: `${instant.fault}, now or last` } : windowOf(instant.at);
}

const isKind = (kind: string): kind is WindowKind => (ALL_KINDS as readonly string[]).includes(kind);

function pieceNamed(kind: ProductKind, byIdentity: boolean, when: string, calendar: Calendar): Named {
  if (byIdentity) return when === '' ? { fault: `${kind}# lacks the identity` } : { piece: { kind, product: when } };
  if (when === 'last') return { piece: { kind } };
  const instant = readInstant(when, calendar.timeZone);
  if ('at' in instant) return { piece: { kind, at: instant.at } };
  return { fault: `${instant.fault} or last; by identity it is ${kind}#4711` };
}

/** Whether the window is the one of that name; several pieces may share one. */
export function isNamed({ kind, product, at }: PieceName, window: Window): boolean {
  if (window.kind !== kind) return false;
  if (product !== undefined) return window.product?.split(', ').includes(product) ?? false;
  return at === undefined || (at >= window.start && at < window.end);
}
