import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The recorded plant data lies beside the checkout; it is no part of the project. */
export const RECORDED = join(import.meta.dirname, '../../../shared/data/steel-2018/steel-2018-jan-aug.csv');
export const hasRecorded = existsSync(RECORDED);
export const WHY_SKIPPED = `skipped where the recorded data is not beside the checkout (${RECORDED.split('/').slice(-4).join('/')})`;

/** The first rows of the record, header included. */
export const recordedRows = (quarters: number): string =>
  `${readFileSync(RECORDED, 'utf8')
    .split('\n')
    .slice(0, quarters + 1)
    .join('\n')}\n`;

/** A made-up record of whole days from 1 March 2018: quarter-hours of light and heavy load, the same at every run. */
export function madeUpRecord(days: number): string {
  const rows = ['date,Usage_kWh,NSM'];
  for (let quarter = 1; quarter <= days * 96; quarter++) {
    const minute = (quarter * 15) % 1440;
    const day = Math.ceil(quarter / 96);
    const time = `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`;
    const load = (quarter * 7919) % 10_007;
    rows.push(
      `${day}/3/2018 ${time},${((minute > 480 && minute < 1200 ? load : load / 20) / 100).toFixed(2)},${minute * 60}`,
    );
  }
  return `${rows.join('\n')}\n`;
}

/** Exact sums of a record in hundredths of a kWh, by the day as the file names it: an arithmetic of its own. */
export function dailyHundredths(csv: string): Map<string, number> {
  const days = new Map<string, number>();
  for (const row of csv.trim().split('\n').slice(1)) {
    const [stamp = '', usage = ''] = row.split(',');
    const [whole = '0', part = ''] = usage.split('.');
    const [day = '', month = '', year = ''] = stamp.split(' ')[0]!.split('/');
    const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
    days.set(date, (days.get(date) ?? 0) + Number(whole) * 100 + Number(part.padEnd(2, '0')));
  }
  return days;
}
