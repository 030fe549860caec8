import { existsSync } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Ms } from '../../rules/sample.ts';
import type { Extent } from './extent.ts';
import { lock } from './lock.ts';
import type { Damaged } from './queries.ts';
import { migrate } from './schema.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';
import { finishTakeOver, folderFor, nextFor, setAside, synced } from './takeOver.ts';
import { verifyLog } from './verify.ts';

/**
 * Copies the log in `file` to `to`, as it is at one instant, whoever writes to it meanwhile, and verifies the copy from end
 * to end, calling `damaged` as `verifyLog` does: a copy without a value is worth more than none. A copy that could not be
 * finished is no file. Rejects with DamagedError, or as SQLite does.
 */
export async function backUp(file: string, to: string, damaged: Damaged): Promise<Extent> {
  const part = `${to}.part`;
  await rm(part, { force: true });
  try {
    const source = await openSqlite(file, { readOnly: true });
    try {
      // The copy of a file that was begun before it could give space back can do so; refused where the file can already.
      await source.exec('PRAGMA auto_vacuum = INCREMENTAL').catch(() => {});
      await source.run('VACUUM INTO ?', [part]);
    } finally {
      await source.close();
    }
    const copy = await openSqlite(part);
    const extent = await finished(copy, part, damaged).finally(() => copy.close());
    await synced(part);
    await rename(part, to);
    await synced(dirname(to));
    return extent;
  } finally {
    for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(part + suffix, { force: true });
  }
}

/** A copy says that it is one: where it goes on as a log, numbers after its end may be known to readers already. */
async function finished(copy: Sqlite, file: string, damaged: Damaged): Promise<Extent> {
  await migrate(copy, file);
  await copy.exec('UPDATE meta SET copied = 1');
  return verifyLog(copy, damaged);
}

/**
 * Puts the backup `from` in the place of the log in `file`, whose agent must be stopped; resolves to the folder in which
 * that is kept, null where there was none. Calls `damaged` as `backUp` does; rejects with LockedError, DamagedError, or as
 * SQLite does.
 */
export async function putBack(from: string, file: string, wallNow: Ms, damaged: Damaged): Promise<string | null> {
  const held = await lock(join(dirname(file), 'lock.db'));
  try {
    const next = await nextFor(file);
    await copyFile(from, next);
    const copy = await openSqlite(next);
    await finished(copy, next, damaged).finally(() => copy.close());
    await synced(next);
    const keptIn = existsSync(file) ? folderFor(file, 'replaced', wallNow) : null;
    if (keptIn !== null) await setAside(file, keptIn);
    await finishTakeOver(file);
    return keptIn;
  } finally {
    await held.release();
  }
}
