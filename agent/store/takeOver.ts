import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Ms } from '../../rules/sample.ts';
import type { Cursor } from './contract.ts';
import { type Former, salvage } from './salvage.ts';
import { migrate } from './schema.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';

/** A damaged log is set aside whole, and a new one takes its place; a crash on the way leaves one of the two. */

/** What belongs to a database, in the order in which it may be moved: a log of changes without its file is harmless. */
const PARTS = ['-wal', '-shm', '-journal', ''];
const nextOf = (file: string): string => `${file}.next`;

export interface TakenOver {
  readonly former: Former;
  /** The folder in which the damaged file lies now. */
  readonly keptIn: string;
}

/**
 * Makes a new log with what can be read safely of the damaged `file`, sets that aside, and puts the new one there. No
 * connection may be open. `begin` writes the new log's first record; `ready` is called just before the change.
 */
export async function takeOver(
  file: string,
  wallNow: Ms,
  begin: (writer: Sqlite, former: Former, keptIn: string) => Promise<Cursor>,
  ready: (begun: Cursor) => Promise<void>,
): Promise<TakenOver> {
  const keptIn = folderFor(file, 'damaged', wallNow);
  const next = await nextFor(file);
  const writer = await openSqlite(next);
  let former: Former;
  try {
    await migrate(writer, next);
    await writer.exec('BEGIN IMMEDIATE');
    former = await salvage(file, writer);
    const begun = await begin(writer, former, keptIn);
    await writer.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
    await ready(begun);
  } finally {
    await writer.close();
  }
  await setAside(file, keptIn);
  await finishTakeOver(file);
  return { former, keptIn };
}

/** Where a new log is made before it takes its place; nothing is there. */
export async function nextFor(file: string): Promise<string> {
  for (const part of PARTS) await rm(nextOf(file) + part, { force: true });
  return nextOf(file);
}

/** Moves the file and what belongs to it into a new folder. */
export async function setAside(file: string, folder: string): Promise<void> {
  await mkdir(folder);
  for (const part of PARTS) if (existsSync(file + part)) await rename(file + part, join(folder, basename(file) + part));
}

/** Puts the new log in its place if a crash came in between. */
export async function finishTakeOver(file: string): Promise<void> {
  if (existsSync(file) || !existsSync(nextOf(file))) return;
  await rename(nextOf(file), file);
  await synced(dirname(file));
}

/** A folder beside the file with a date, that is not there yet. */
export function folderFor(file: string, why: 'damaged' | 'replaced', wallNow: Ms): string {
  const date = new Date(wallNow).toISOString().slice(0, 19).replaceAll(':', '');
  const name = join(dirname(file), `${why}-${date}Z`);
  let folder = name;
  for (let n = 2; existsSync(folder); n++) folder = `${name}-${n}`;
  return folder;
}

/** A file or folder is on the disk itself when this resolves. */
export async function synced(path: string): Promise<void> {
  const handle = await open(path);
  await handle.sync().finally(() => handle.close());
}
