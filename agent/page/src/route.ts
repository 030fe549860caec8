import { useEffect, useState } from 'preact/hooks';

export const VIEWS = ['overview', 'line', 'alarms', 'entries', 'report', 'signals', 'system', 'wall'] as const;
export type View = (typeof VIEWS)[number];

/** A figure whose working is asked for: `at` is an instant in its window, or `now`. */
export interface Asked {
  readonly metric: string;
  readonly window: string;
  readonly at: string;
}

/** Where the page is, as its address says after the `#`: `line/mill-1?window=shift`. */
export interface Place {
  readonly view: View;
  /** What is looked at, such as a line; null where the view needs none. */
  readonly id: string | null;
  readonly explain: Asked | null;
}

/** An address that is none of ours leads to the overview. */
export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [name = '', id = ''] = path.split('/').map(decoded);
  const view = VIEWS.find((one) => one === name) ?? 'overview';
  const asked = new URLSearchParams(query);
  const [metric, window, at] = [asked.get('explain'), asked.get('window'), asked.get('at')];
  return { view, id: id || null, explain: metric && window ? { metric, window, at: at ?? 'now' } : null };
}

export function hashOf({ view, id, explain }: Partial<Place>): string {
  const path = id ? `${view}/${encodeURIComponent(id)}` : (view ?? 'overview');
  if (!explain) return `#/${path}`;
  const { metric, window, at } = explain;
  return `#/${path}?${new URLSearchParams({ explain: metric, window, at })}`;
}

/** The running place; it changes with the address, so that the browser's back button works. */
export function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    const change = (): void => setPlace(placeOf(location.hash));
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  return place;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
