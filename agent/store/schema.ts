import { DamagedError, isMachineFault, NewerSchemaError } from './errors.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';

/** Says that a file is ours: the letters PERT. */
const APPLICATION_ID = 0x50455254;

/** Forward only: the step at index n leads from user_version n to n + 1. Never edit one that was released. */
const MIGRATIONS = [
  `CREATE TABLE log (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, at INTEGER NOT NULL, key TEXT, body TEXT NOT NULL) STRICT;
   CREATE INDEX log_key ON log (key) WHERE key IS NOT NULL;
   CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL, bytes INTEGER NOT NULL) STRICT;
   INSERT INTO meta VALUES (1, lower(hex(randomblob(16))), 0);
   CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL) STRICT;
   CREATE TABLE history (tag TEXT, minute INTEGER, min REAL, max REAL, mean REAL, last REAL, good_share REAL NOT NULL,
     PRIMARY KEY (tag, minute)) STRICT, WITHOUT ROWID;`,
  `CREATE INDEX log_happened ON log (at) WHERE kind = 'meter';`,
  `ALTER TABLE log ADD COLUMN crc INTEGER;
   ALTER TABLE history ADD COLUMN crc INTEGER;
   ALTER TABLE checkpoint ADD COLUMN crc INTEGER;
   CREATE TABLE cursors (name TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL, updated_at INTEGER NOT NULL)
     STRICT, WITHOUT ROWID;
   CREATE TABLE entries (key TEXT PRIMARY KEY, at INTEGER NOT NULL, who TEXT, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
     body TEXT NOT NULL) STRICT;
   CREATE INDEX entries_at ON entries (at);
   INSERT OR IGNORE INTO entries SELECT body ->> '$.key', at, body ->> '$.by', epoch, seq, body FROM log, meta
     WHERE kind = 'entry' ORDER BY seq;
   CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, text TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
   CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
   CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;`,
  `ALTER TABLE meta ADD COLUMN copied INTEGER;`,
  `ALTER TABLE cursors ADD COLUMN crc INTEGER;
   ALTER TABLE entries ADD COLUMN crc INTEGER;
   ALTER TABLE meta ADD COLUMN minutes INTEGER NOT NULL DEFAULT 0;
   UPDATE meta SET minutes = (SELECT count(*) FROM history);`,
];

/** The schema that this agent writes. */
export const SCHEMA = MIGRATIONS.length;

/** No agent will ever write so many: such a number is not what somebody wrote. */
const ABSURD = SCHEMA + 1_000;

/**
 * Brings the file to the newest schema, each step in a transaction of its own. Rejects with NewerSchemaError, or with
 * DamagedError where it is none of ours or not what its version says.
 */
export async function migrate(database: Sqlite, file: string): Promise<void> {
  const version = await ownVersion(database, file);
  if (version === 0) await database.exec('PRAGMA auto_vacuum = INCREMENTAL');
  // In memory: where the root is read only there is no place for what a large statement spills, and every one would fail.
  await database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY');
  for (const [step, sql] of MIGRATIONS.entries()) {
    if (step < version) continue;
    await database
      .exec(
        `BEGIN IMMEDIATE; ${sql} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${step + 1}; COMMIT`,
      )
      .catch((cause: unknown) => {
        if (isMachineFault(cause)) throw cause;
        throw new DamagedError(`${file} is not of schema ${version}, as it says`, { cause });
      });
  }
}

interface Pragmas {
  readonly application_id: number;
  readonly user_version: number;
  readonly tables: number;
}

/** The schema that the file says it has; 0 for one that was just made. */
export async function ownVersion(database: Sqlite, file: string): Promise<number> {
  const { application_id, user_version, tables } = (await database.get<Pragmas>(
    `SELECT (SELECT count(*) FROM sqlite_schema) AS tables, application_id, user_version
     FROM pragma_application_id, pragma_user_version`,
  ))!;
  const isNew = application_id === 0 && user_version === 0 && tables === 0;
  if (!isNew && application_id !== APPLICATION_ID) throw new DamagedError(`${file} is a database of something else`);
  if (user_version < 0 || user_version > ABSURD) throw new DamagedError(`${file} has no schema ${user_version}`);
  if (user_version > SCHEMA)
    throw new NewerSchemaError(`${file} has schema ${user_version}; this agent knows up to ${SCHEMA}`);
  return user_version;
}

/** Rejects with DamagedError where tables or indexes are not those of the newest schema. */
export async function matchSchema(database: Sqlite): Promise<void> {
  const model = await openSqlite(':memory:');
  try {
    await model.exec(MIGRATIONS.join(''));
    const [there, wanted] = [await objectsOf(database), await objectsOf(model)];
    const missing = wanted.find((object) => !there.includes(object));
    if (missing !== undefined) throw new DamagedError(`the schema lacks: ${missing}`);
  } finally {
    await model.close();
  }
}

async function objectsOf(database: Sqlite): Promise<string[]> {
  const rows = await database.all<{ sql: string }>('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL');
  return rows.map(({ sql }) => sql.replaceAll(/\s+/g, ' '));
}
