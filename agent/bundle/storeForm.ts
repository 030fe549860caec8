import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSqlite, type Sqlite } from '../store/sqlite.ts';

/** The form of the log, and how much is in it; no record of it. Null where there is none. */
export async function storeForm(dataFolder: string): Promise<object | null> {
  const file = join(dataFolder, 'pertonne.db');
  if (!existsSync(file)) return null;
  const database = await openSqlite(file, { readOnly: true });
  try {
    return await formOf(database);
  } finally {
    await database.close();
  }
}

const PRAGMAS = [
  'user_version',
  'application_id',
  'page_size',
  'page_count',
  'freelist_count',
  'journal_mode',
  'auto_vacuum',
];

async function formOf(database: Sqlite): Promise<object> {
  const pragmas = await Promise.all(PRAGMAS.map((name) => database.get<object>(`PRAGMA ${name}`)));
  const schema = await database.all<{ name: string; type: string; sql: string | null }>(
    'SELECT type, name, sql FROM sqlite_schema ORDER BY type DESC, name',
  );
  const tables = schema.filter(({ type, name }) => type === 'table' && !name.startsWith('sqlite_'));
  const counted = await Promise.all(
    tables.map(({ name }) => database.get<{ n: number }>(`SELECT count(*) AS n FROM "${name}"`)),
  );
  const rows = Object.fromEntries(tables.map(({ name }, index) => [name, counted[index]!.n]));
  return { ...Object.assign({}, ...pragmas), rows, schema: schema.flatMap(({ sql }) => sql ?? []) };
}
