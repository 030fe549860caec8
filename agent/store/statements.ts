import type sqlite3 from 'sqlite3';

/** Characters of the statements that are kept ready; SQLite keeps the values that each was last given, too. */
const MOST = 64 * 1024;

/** A connection's statements, each made once: to make one costs more than most of them do. Those used longest ago go first. */
export class Statements {
  readonly #database: sqlite3.Database;
  readonly #kept = new Map<string, Promise<sqlite3.Statement>>();
  #size = 0;

  constructor(database: sqlite3.Database) {
    this.#database = database;
  }

  /** To be used as soon as it is there: it may be gone later. Rejects with what SQLite says. */
  of(sql: string): Promise<sqlite3.Statement> {
    const known = this.#kept.get(sql);
    if (known) this.#kept.delete(sql);
    else this.#size += sql.length;
    const statement = known ?? this.#prepared(sql);
    this.#kept.set(sql, statement);
    for (const oldest of this.#kept.keys()) {
      if (this.#size <= MOST || oldest === sql) break;
      void this.#forget(oldest);
    }
    return statement;
  }

  /** A connection with statements cannot be closed. */
  async close(): Promise<void> {
    await Promise.all([...this.#kept.keys()].map((sql) => this.#forget(sql)));
  }

  #prepared(sql: string): Promise<sqlite3.Statement> {
    const prepared = new Promise<sqlite3.Statement>((resolve, reject) => {
      const statement = this.#database.prepare(sql, (error) => (error ? reject(error) : resolve(statement)));
    });
    prepared.catch(() => {
      if (this.#kept.get(sql) === prepared) void this.#forget(sql);
    });
    return prepared;
  }

  async #forget(sql: string): Promise<void> {
    const statement = this.#kept.get(sql);
    this.#kept.delete(sql);
    this.#size -= sql.length;
    // Who asked for it before has used it by then.
    await statement?.then((one) => new Promise<void>((resolve) => one.finalize(() => resolve()))).catch(() => {});
  }
}
