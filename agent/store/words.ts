import { sqliteCode } from './sqlite.ts';

const REMEDY: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'the disk is full; make room on the volume of the data folder',
  SQLITE_READONLY: 'the data folder cannot be written; look at its permissions and at how it is mounted',
  SQLITE_CANTOPEN: 'the data folder cannot be written; look at its permissions and at how it is mounted',
  SQLITE_PERM: 'the data folder cannot be written; look at its permissions and at how it is mounted',
  SQLITE_IOERR: 'the disk fails; look after it',
  SQLITE_BUSY: 'another program holds the log; end it',
  SQLITE_CORRUPT: 'the log is damaged; a new one is begun as soon as the disk allows it',
  SQLITE_NOTADB: 'the log is damaged; a new one is begun as soon as the disk allows it',
};

/** What to do about a log that a newer version has changed. */
export const NEWER_REMEDY = 'start the newer version again, or put back a backup of before it (pertonne restore)';

/** Why the log takes nothing, with what to do about it. */
export function faultInWords(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const todo = REMEDY[sqliteCode(cause) ?? ''];
  return todo === undefined ? message : `${todo} (${message})`;
}
