import type { PageState } from './state.ts';

/** What asks for somebody's hand, or eye: alarms that nobody has acknowledged, signals that are bad. */
export function standing({ alarmStates, tags }: Pick<PageState, 'alarmStates' | 'tags'>): {
  alarms: number;
  signals: number;
} {
  const open = [...alarmStates.values()].filter((state) => state === 'excursion' || state === 'returned');
  const bad = [...tags.values()].filter(({ statusCode }) => statusCode === 'bad');
  return { alarms: open.length, signals: bad.length };
}
