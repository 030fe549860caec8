import { stat } from 'node:fs/promises';
import { DamagedError } from './errors.ts';
import { matchSchema } from './schema.ts';
import type { Sqlite } from './sqlite.ts';

/**
 * Bytes up to which a file is checked from end to end before it is used: a start must not take more than two seconds.
 * Of a larger one the small tables are checked at once, and the whole while the agent works.
 */
export const CHECKED_AT_ONCE = 64 * 2 ** 20;

/** What the agent rests on at its start; the log is only added to, and each of its records is verified when it is read. */
const SMALL = ['meta', 'checkpoint', 'cursors', 'entries', 'audit'];

export const isSmall = async (file: string): Promise<boolean> => (await stat(file)).size <= CHECKED_AT_ONCE;

/** Rejects with DamagedError. */
export async function examine(database: Sqlite, tables: 'all' | 'small'): Promise<void> {
  await matchSchema(database);
  if (tables === 'all') return check(database, 'PRAGMA quick_check(1)');
  for (const table of SMALL) await check(database, `PRAGMA quick_check('${table}')`);
}

async function check(database: Sqlite, pragma: string): Promise<void> {
  const [row] = await database.all<{ quick_check: string }>(pragma);
  if (row?.quick_check !== 'ok') throw new DamagedError(String(row?.quick_check));
}
