import { pathToFileURL } from 'node:url';
import sqlite3 from 'sqlite3';
import { Statements } from './statements.ts';

/** All that we use of SQLite, so that the library can be changed in one place. */
export interface Sqlite {
  /** Runs statements without parameters. */
  exec(sql: string): Promise<void>;
  /** Runs one statement; resolves to the number of rows it changed. */
  run(sql: string, values?: readonly SqlValue[]): Promise<number>;
  /** The columns of a row are the caller's claim about its own statement. */
  all<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  get<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row | undefined>;
  /** Ends what runs, with SQLITE_INTERRUPT. */
  interrupt(): void;
  close(): Promise<void>;
}

/** Only primitives are ever bound: an object as parameter has been a hole (CVE-2022-43441). */
export type SqlValue = string | number | null;

/** SQLite's own name of what went wrong, such as `SQLITE_FULL`; undefined where it was something else. */
export const sqliteCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** How long a statement waits for another connection's lock, in ms. */
const BUSY_MS = 5_000;

export interface OpenOptions {
  readonly readOnly?: boolean;
  /** Read only, and nobody writes meanwhile: needs no files beside it. */
  readonly immutable?: boolean;
  /** How long to wait for somebody else's lock. */
  readonly busyMs?: number;
}

/** Opens `file`, made when missing unless it is only read. */
export function openSqlite(file: string, options: OpenOptions = {}): Promise<Sqlite> {
  const { immutable = false, readOnly = immutable, busyMs = BUSY_MS } = options;
  const mode = readOnly ? sqlite3.OPEN_READONLY | sqlite3.OPEN_URI : sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE;
  const name = immutable ? `${pathToFileURL(file)}?immutable=1` : file;
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(name, mode, (error) => {
      if (error) return reject(error);
      database.configure('busyTimeout', busyMs);
      resolve(promised(database));
    });
  });
}

function promised(database: sqlite3.Database): Sqlite {
  const settle = <T>(work: (done: (error: Error | null, result?: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      work((error, result) => (error ? reject(error) : resolve(result as T)));
    });
  const statements = new Statements(database);
  const all = <Row>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> =>
    statements.of(sql).then((statement) => settle((done) => statement.all<Row>(values, done)));
  return {
    all,
    get: async <Row>(sql: string, values?: readonly SqlValue[]) => (await all<Row>(sql, values))[0],
    run: (sql, values = []) =>
      statements.of(sql).then((statement) =>
        settle((done) =>
          statement.run(values, function (error) {
            done(error, this.changes);
          }),
        ),
      ),
    exec: (sql) => settle((done) => database.exec(sql, done)),
    interrupt: () => database.interrupt(),
    close: () => statements.close().then(() => settle((done) => database.close(done))),
  };
}
