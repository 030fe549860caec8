import { DamagedError } from './errors.ts';
import { type Sqlite, sqliteCode } from './sqlite.ts';

/** What stands in the log. */
export interface Extent {
  readonly epoch: string;
  /** Of SQLite. */
  readonly version: string;
  readonly first: number;
  /** The last committed seq. */
  readonly last: number;
}

const EXTENT = `SELECT epoch, sqlite_version() AS version, ifnull((SELECT min(seq) FROM log), 1) AS first,
  ifnull((SELECT max(seq) FROM log), 0) AS last FROM meta`;

/** Rejects with DamagedError where the file does not say it. */
export async function extentOf(database: Sqlite): Promise<Extent> {
  const extent = await database.get<Extent>(EXTENT).catch((cause: unknown) => {
    throw sqliteCode(cause) === 'SQLITE_ERROR' ? new DamagedError('the log has not its tables', { cause }) : cause;
  });
  if (!extent) throw new DamagedError('the log does not say which it is');
  return extent;
}
