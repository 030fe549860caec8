import { readFile } from 'node:fs/promises';
import type { Ms } from '../../rules/sample.ts';

/** A recorded plant: the energy of every quarter-hour, exact, in hundredths of a kWh. */
export interface Replay {
  readonly from: Ms;
  readonly to: Ms;
  /** kWh of the whole record. */
  readonly total: number;
  /** Hundredths of a kWh since `from`: whole at the quarter-hours, a straight line between, constant outside. */
  hundredths(at: Ms): number;
  /** kW of the quarter-hour that `at` lies in, which begins at its start; 0 outside the record. */
  power(at: Ms): number;
}

/** The record cannot be read as it stands; every fault is named with its line. */
export class ReplayFault extends Error {
  override name = 'ReplayFault';
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    const more = faults.length > SHOWN ? `\n… and ${faults.length - SHOWN} more` : '';
    super(`the record has ${faults.length} faults:\n${faults.slice(0, SHOWN).join('\n')}${more}`);
    this.faults = faults;
  }
}

const SHOWN = 20;
const QUARTER: Ms = 900_000;
/** Asia/Seoul: UTC+9, without summer time since 1988. */
const ZONE: Ms = 9 * 3_600_000;
const DATE = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2})$/;
const KWH = /^(\d{1,9})(?:\.(\d{1,2}))?$/;

export const readReplay = async (file: string): Promise<Replay> => parseReplay(await readFile(file, 'utf8'));

/**
 * Reads the rows of the UCI "Steel Industry Energy Consumption" record; throws ReplayFault. Its date is the END of the
 * quarter-hour in Asia/Seoul, and `0:00` belongs to the day that it ends.
 */
export function parseReplay(csv: string): Replay {
  const [header = '', ...rows] = csv.replace(/\r?\n$/, '').split(/\r?\n/);
  const columns = header.split(',');
  if (columns[0] !== 'date' || columns[1] !== 'Usage_kWh')
    throw new ReplayFault([`line 1: the columns begin with date,Usage_kWh, not ${columns.slice(0, 2)}`]);
  const faults: string[] = [];
  const quarters: Quarter[] = [];
  for (const [index, row] of rows.entries()) {
    const read = parseRow(row, columns.length);
    const faulty = typeof read === 'string' ? read : misplaced(quarters.at(-1), read);
    if (faulty !== undefined) faults.push(`line ${index + 2}: ${faulty}`);
    if (typeof read !== 'string') quarters.push(read);
  }
  if (quarters.length === 0) faults.push('line 2: the record is empty');
  if (faults.length > 0) throw new ReplayFault(faults);
  return replayOf(quarters);
}

interface Quarter {
  readonly end: Ms;
  readonly hundredths: number;
}

/** A row's quarter-hour, or what is wrong with it. */
function parseRow(row: string, columns: number): Quarter | string {
  const cells = row.split(',');
  if (cells.length !== columns) return `${cells.length} columns instead of ${columns}`;
  const end = parseEnd(cells[0]!);
  const usage = KWH.exec(cells[1]!);
  if (end === null) return `${JSON.stringify(cells[0])} is not the end of a quarter-hour (day/month/year hour:minute)`;
  if (!usage) return `${JSON.stringify(cells[1])} is not an energy in kWh with at most two decimals`;
  return { end, hundredths: Number(usage[1]) * 100 + Number((usage[2] ?? '').padEnd(2, '0')) };
}

function parseEnd(text: string): Ms | null {
  const [, day, month, year, hour, minute] = (DATE.exec(text) ?? []).map(Number);
  if (day === undefined || month === undefined || year === undefined) return null;
  if (hour === undefined || minute === undefined || hour > 23 || minute > 59 || minute % 15 !== 0) return null;
  const midnight = Date.UTC(year, month - 1, day);
  if (new Date(midnight).getUTCDate() !== day || month < 1 || month > 12) return null;
  const minutes = hour * 60 + minute;
  return midnight + (minutes === 0 ? 1_440 : minutes) * 60_000 - ZONE;
}

function misplaced(last: Quarter | undefined, { end }: Quarter): string | undefined {
  if (!last || end === last.end + QUARTER) return undefined;
  if (end <= last.end) return `the quarter-hour that ends ${local(end)} is repeated or out of order`;
  return `the quarter-hours after ${local(last.end)} and before the one that ends ${local(end)} are missing`;
}

const local = (at: Ms): string => `${new Date(at + ZONE).toISOString().slice(0, 16)}+09:00`;

function replayOf(quarters: readonly Quarter[]): Replay {
  const from = quarters[0]!.end - QUARTER;
  const to = quarters.at(-1)!.end;
  const sums = [0];
  for (const { hundredths } of quarters) sums.push(sums.at(-1)! + hundredths);
  const total = sums.at(-1)!;
  const hundredths = (at: Ms): number => {
    if (at <= from) return 0;
    if (at >= to) return total;
    const index = Math.floor((at - from) / QUARTER);
    return sums[index]! + (quarters[index]!.hundredths * (at - from - index * QUARTER)) / QUARTER;
  };
  const power = (at: Ms): number =>
    at < from || at >= to ? 0 : quarters[Math.floor((at - from) / QUARTER)]!.hundredths / 25;
  return { from, to, total: total / 100, hundredths, power };
}
