import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../support/process.ts';
import { finals, type Line, replayed } from '../support/reading.ts';
import { dailyHundredths, RECORDED } from '../support/steel.ts';

/** `npm run replay:full [-- FILE]`: the whole record in lock-step through real sockets; prints every difference. */

const METERS = ['modbus.energy', 'opcua.energy', 'opcua.power'];
const TOLERANCE = 1e-9;
const file = process.argv[2] ?? RECORDED;
const days = dailyHundredths(readFileSync(file, 'utf8'));
const folder = temporaryFolder();
const began = performance.now();

const { lines, code } = await replayed(file, join(folder.path, 'data'), { window: 'day' });
folder.remove();

const worst = Math.max(...METERS.map((meter) => report(meter, lines)));
print(
  `${((performance.now() - began) / 1000).toFixed(0)} s, exit code ${code}, worst relative difference of a day ${worst.toExponential(2)}`,
);
process.exitCode = code === 0 && worst <= TOLERANCE ? 0 : 1;

/** Prints the meter's total and the days that differ; returns the worst relative difference, infinite where a day is missing. */
function report(meter: string, records: readonly Line[]): number {
  const figures = finals(records, meter, 'day');
  let [total, worstDay] = [0, 0];
  for (const [date, hundredths] of days) {
    const value = figures.get(`${date}T00:00:00.000+09:00`)?.value ?? Number.NaN;
    const difference = Math.abs(value - hundredths / 100) / (hundredths / 100);
    const judged = Number.isNaN(difference) ? Infinity : difference;
    if (judged > TOLERANCE) print(`  ${meter} ${date}: ${value} kWh, the record says ${hundredths / 100}`);
    total += value;
    worstDay = Math.max(worstDay, judged);
  }
  const wanted = [...days.values()].reduce((all, day) => all + day, 0) / 100;
  print(
    `${meter}: ${total} kWh over ${figures.size} days (record: ${wanted} over ${days.size}), worst day ${worstDay.toExponential(2)}`,
  );
  return worstDay;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
