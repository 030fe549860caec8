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
  const [next, keptIn] = [nextOf(file), folderFor(file, wallNow)];
  for (const part of PARTS) await rm(next + part, { force: true });
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
  await mkdir(keptIn);
  for (const part of PARTS) if (existsSync(file + part)) await rename(file + part, join(keptIn, basename(file) + part));
  await finishTakeOver(file);
  return { former, keptIn };
}

/** Puts the new log in its place if a crash came in between. */
export async function finishTakeOver(file: string): Promise<void> {
  if (existsSync(file) || !existsSync(nextOf(file))) return;
  await rename(nextOf(file), file);
  const folder = await open(dirname(file));
  await folder.sync().finally(() => folder.close());
}

function folderFor(file: string, wallNow: Ms): string {
  const date = new Date(wallNow).toISOString().slice(0, 19).replaceAll(':', '');
  const name = join(dirname(file), `damaged-${date}Z`);
  let folder = name;
  for (let n = 2; existsSync(folder); n++) folder = `${name}-${n}`;
  return folder;
}
