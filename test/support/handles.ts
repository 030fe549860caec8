import { readdirSync } from 'node:fs';
import { queryObjects, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { realClock } from '../../agent/clock.ts';

/** What the process holds at this moment, counted by kind: timers, sockets and the like, open files, its own listeners. */
export function handles(): Record<string, number> {
  const kinds = Map.groupBy(process.getActiveResourcesInfo(), (kind) => kind);
  const counts = Object.fromEntries([...kinds].map(([kind, all]) => [kind, all.length]));
  const listeners = process.eventNames().map((name) => [`on ${String(name)}`, process.listenerCount(name)] as const);
  return { ...counts, ...Object.fromEntries(listeners), openFiles: readdirSync('/proc/self/fd').length };
}

/** Kinds of which there are over `noise` more than in `before`, and how many; what is being closed gets some seconds to go. */
export async function growthSince(before: Record<string, number>, noise = 0): Promise<Record<string, number>> {
  for (let look = 0; ; look++) {
    const more = growth(before, handles(), noise);
    if (Object.keys(more).length === 0 || look === 100) return more;
    await realClock().delay(50);
  }
}

const growth = (before: Record<string, number>, after: Record<string, number>, noise: number): Record<string, number> =>
  Object.fromEntries(
    Object.entries(after)
      .map(([kind, count]) => [kind, count - (before[kind] ?? 0)] as const)
      .filter(([, more]) => more > noise),
  );

/** Objects that something still holds, functions and promises among them: all garbage is collected first. */
export const objectsHeld = (): number => queryObjects(Object, { format: 'count' });

/** Bytes in use after all garbage is collected. */
export function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
