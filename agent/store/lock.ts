import { LockedError } from './errors.ts';
import { openSqlite, sqliteCode } from './sqlite.ts';

/**
 * Holds `file` for this process until released: an exclusive SQLite transaction, which the system ends with the
 * process, however it dies. Rejects with LockedError when another holds it.
 */
export async function lock(file: string): Promise<{ release(): Promise<void> }> {
  const database = await openSqlite(file, { busyMs: 0 });
  try {
    await database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    await database.close();
    if (sqliteCode(cause) !== 'SQLITE_BUSY') throw cause;
    throw new LockedError(`another agent works on this data folder (it holds ${file})`, { cause });
  }
  return { release: () => database.close() };
}
