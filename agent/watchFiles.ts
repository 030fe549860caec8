import { stat } from 'node:fs/promises';
import { filesAt } from '../config/include.ts';
import type { Clock } from '../drivers/driver.ts';

/** Real milliseconds between two looks. */
const LOOK = 1_000;

/** Files, and places as `filesAt` takes them: what is there is looked at by name only, since it is a file then. */
export interface Watched {
  readonly files: readonly string[];
  readonly places: readonly string[];
}

type Stamps = ReadonlyMap<string, string>;

/**
 * Calls `changed` when files are no longer what they were, or a place has others, and all have been the same at two
 * looks, until aborted. They are looked at now and then, since no notice comes from network drives and mounted single
 * files; what an editor has half written is most often whole at the next look. `watched` is asked for anew after each change.
 */
export async function watchFiles(
  watched: () => Watched,
  clock: Pick<Clock, 'delay'>,
  signal: AbortSignal,
  changed: () => Promise<unknown>,
): Promise<void> {
  let of = watched();
  let taken = await stampsOf(of);
  let seen = taken;
  while (!signal.aborted) {
    await clock.delay(LOOK, signal).catch(() => {});
    if (signal.aborted) return;
    const now = await stampsOf(of);
    const isSettled = isSame(now, seen);
    seen = now;
    if (!isSettled || isSame(now, taken)) continue;
    await changed();
    of = watched();
    // What changes while it is read is read again: only what is new to us is taken as it is.
    taken = new Map([...(await stampsOf(of))].map(([one, stamp]) => [one, now.get(one) ?? stamp]));
    seen = taken;
  }
}

async function stampsOf({ files, places }: Watched): Promise<Stamps> {
  const all = [
    ...files.map(async (file) => [`file ${file}`, await stampOf(file)] as const),
    ...places.map(async (place) => [`place ${place}`, (await filesAt(place)).join('\n')] as const),
  ];
  return new Map(await Promise.all(all));
}

/** Another one when the file is another, has another length, or was written to. */
async function stampOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch (cause) {
    return String((cause as NodeJS.ErrnoException).code);
  }
}

const isSame = (one: Stamps, other: Stamps): boolean => [...one].every(([what, stamp]) => other.get(what) === stamp);
