import type { Sqlite, SqlValue } from './sqlite.ts';

/** Rows per INSERT: a statement has at most 32 766 parameters, and single-row inserts are ten times slower. */
const ROWS = 1_000;

/**
 * Runs `insert`, which ends with the table's name, for rows of these columns; `values` are theirs, row after row. Resolves
 * to how many rows it wrote.
 */
export async function insert(
  database: Sqlite,
  insert: string,
  columns: readonly string[],
  values: readonly SqlValue[],
): Promise<number> {
  const row = `(${columns.map(() => '?').join()})`;
  const most = ROWS * columns.length;
  let written = 0;
  for (let from = 0; from < values.length; from += most) {
    const chunk = values.length <= most ? values : values.slice(from, from + most);
    const rows = row + `,${row}`.repeat(chunk.length / columns.length - 1);
    written += await database.run(`${insert} (${columns.join()}) VALUES ${rows}`, chunk);
  }
  return written;
}
