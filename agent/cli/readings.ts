import type { Sample } from '../../rules/sample.ts';

/** What was read of a device, for people. */

export interface Row {
  /** What it is called, as many names as the table has columns before the value. */
  readonly names: readonly string[];
  readonly value: number | string | null;
  readonly unit: string;
  readonly statusCode: string;
  readonly reason: string | null;
}

/** Counts that no double holds stay exact where there is nothing to multiply; others lose the noise of the last digits. */
export function scaled(value: Sample['value'], scale: number): Row['value'] {
  if (value === null || typeof value === 'string') return value;
  if (scale === 1)
    return typeof value === 'bigint' && !Number.isSafeInteger(Number(value)) ? `${value}` : Number(value);
  return Number((Number(value) * scale).toPrecision(15));
}

/** Columns under their names, the values at the right. */
export function readingTable(names: readonly string[], rows: readonly Row[]): string {
  const cells = rows.map(({ names: own, value, unit, statusCode, reason }) => [
    ...own,
    value === null ? '-' : String(value),
    unit,
    reason === null ? statusCode : `${statusCode}: ${reason}`,
  ]);
  const all = [[...names, 'value', 'unit', 'status'], ...cells];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === names.length ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ');
  return all.map((row) => `${line(row).trimEnd()}\n`).join('');
}
