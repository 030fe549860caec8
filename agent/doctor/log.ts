import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NewerSchemaError } from '../store/errors.ts';
import { examine, isSmall } from '../store/examine.ts';
import { ownVersion, SCHEMA } from '../store/schema.ts';
import { openSqlite, type Sqlite } from '../store/sqlite.ts';
import { doubtOf } from '../store/version.ts';
import { NEWER_REMEDY } from '../store/words.ts';
import { type Finding, fault, messageOf, ok, warn } from './finding.ts';

const ABOUT = 'log';

/** The log's file: whether this version knows it, and whether it is sound. Only reads, also beside a running agent. */
export async function logFindings(dataFolder: string): Promise<Finding[]> {
  const file = join(dataFolder, 'pertonne.db');
  if (!existsSync(file)) return [ok(ABOUT, 'there is none yet')];
  try {
    const database = await openSqlite(file, { readOnly: true });
    try {
      return [await soundness(database, file), await versionFinding(database)];
    } finally {
      await database.close();
    }
  } catch (cause) {
    return [unfit(file, cause)];
  }
}

async function soundness(database: Sqlite, file: string): Promise<Finding> {
  const version = await ownVersion(database, file);
  if (version < SCHEMA)
    return ok(ABOUT, `schema ${version}, of an earlier version: this one brings it to schema ${SCHEMA} at its start`);
  const whole = await isSmall(file);
  await examine(database, whole ? 'all' : 'small');
  return ok(ABOUT, `schema ${version}, ${whole ? 'read from end to end' : 'its small tables read'}, sound`);
}

async function versionFinding(database: Sqlite): Promise<Finding> {
  const { version } = (await database.get<{ version: string }>('SELECT sqlite_version() AS version'))!;
  const doubt = doubtOf(version);
  if (doubt === null) return ok('SQLite', version);
  return warn(
    'SQLite',
    doubt,
    'update Pertonne when there is a version with another; nothing has to be done until then',
  );
}

function unfit(file: string, cause: unknown): Finding {
  if (cause instanceof NewerSchemaError) return fault(ABOUT, cause.message, NEWER_REMEDY);
  return fault(
    ABOUT,
    `${file}: ${messageOf(cause)}`,
    'the agent sets a damaged log aside at its start and begins a new one; look after the disk, and "pertonne restore" a backup',
  );
}
