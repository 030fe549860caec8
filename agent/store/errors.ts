import { sqliteCode } from './sqlite.ts';

/** Another process works on this data folder. */
export class LockedError extends Error {
  override name = 'LockedError';
}

/** The file was written by a newer version: it is left as it is. */
export class NewerSchemaError extends Error {
  override name = 'NewerSchemaError';
}

/** Something in the file is not as it was written, or the file is none of ours. */
export class DamagedError extends Error {
  override name = 'DamagedError';
}

/** A record is nothing that can stand in the log; `cause` says why. None of those beside it was written. */
export class UnwritableError extends Error {
  override name = 'UnwritableError';
}

/** The store was asked for something after `close()`. */
export class StoreClosedError extends Error {
  override name = 'StoreClosedError';
}

const DAMAGE: readonly (string | undefined)[] = ['SQLITE_CORRUPT', 'SQLITE_NOTADB'];

/** Whether the file cannot be trusted any more. */
export const isDamage = (error: unknown): boolean =>
  error instanceof DamagedError || DAMAGE.includes(sqliteCode(error));

/** What the machine may mend: no space, no permission, a failing disk. */
const MACHINE: readonly (string | undefined)[] = [
  'SQLITE_FULL',
  'SQLITE_READONLY',
  'SQLITE_IOERR',
  'SQLITE_CANTOPEN',
  'SQLITE_PERM',
  'SQLITE_PROTOCOL',
  'SQLITE_NOMEM',
];

/** Whether a new connection may work where this one did not, now or later. */
export const isMachineFault = (error: unknown): boolean => MACHINE.includes(sqliteCode(error));
