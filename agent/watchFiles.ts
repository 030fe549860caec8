import { stat } from 'node:fs/promises';
import type { Clock } from '../drivers/driver.ts';

/** Real milliseconds between two looks. */
const LOOK = 1_000;

type Stamps = ReadonlyMap<string, string>;

/**
 * Calls `changed` when files are no longer what they were and have been the same at two looks, until aborted. They are
 * looked at now and then, since no notice comes from network drives and mounted single files; what an editor has half
 * written is most often whole at the next look. `files` is asked for anew after each change.
 */
export async function watchFiles(
  files: () => readonly string[],
  clock: Pick<Clock, 'delay'>,
  signal: AbortSignal,
  changed: () => Promise<unknown>,
): Promise<void> {
  let taken = await stampsOf(files());
  let seen = taken;
  while (!signal.aborted) {
    await clock.delay(LOOK, signal).catch(() => {});
    if (signal.aborted) return;
    const now = await stampsOf(taken.keys());
    const isSettled = isSame(now, seen);
    seen = now;
    if (!isSettled || isSame(now, taken)) continue;
    await changed();
    // What changes while it is read is read again: only files that are new to us are taken as they are.
    taken = new Map([...(await stampsOf(files()))].map(([file, stamp]) => [file, now.get(file) ?? stamp]));
    seen = taken;
  }
}

async function stampsOf(files: Iterable<string>): Promise<Stamps> {
  return new Map(await Promise.all([...files].map(async (file) => [file, await stampOf(file)] as const)));
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

const isSame = (one: Stamps, other: Stamps): boolean => [...one].every(([file, stamp]) => other.get(file) === stamp);
