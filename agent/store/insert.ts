import type { Sqlite, SqlValue } from './sqlite.ts';

/** Rows per INSERT: a statement has at most 32 766 parameters, and single-row inserts are ten times slower. */
const ROWS = 1_000;

/** Runs `into`, an INSERT up to its VALUES, for all rows; resolves to how many it wrote. */
export async function insert(database: Sqlite, into: string, rows: readonly (readonly SqlValue[])[]): Promise<number> {
  let written = 0;
  for (let first = 0; first < rows.length; first += ROWS) {
    const chunk = rows.slice(first, first + ROWS);
    const tuples = chunk.map((row) => `(${row.map(() => '?').join()})`).join();
    written += await database.run(`${into} VALUES ${tuples}`, chunk.flat());
  }
  return written;
}
