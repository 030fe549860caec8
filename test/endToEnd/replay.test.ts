import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/process.ts';
import { finals, type Line, replayed } from '../support/reading.ts';
import { dailyHundredths, hasRecorded, madeUpRecord, recordedRows, WHY_SKIPPED } from '../support/steel.ts';

/** A record in lock-step through real Modbus and OPC UA sockets, read back from the stream. */

const METERS = ['modbus.energy', 'opcua.energy', 'opcua.power'];
const folder = temporaryFolder();
afterAll(() => folder.remove());

async function recordsOf(csv: string, name: string): Promise<Line[]> {
  const file = join(folder.path, `${name}.csv`);
  writeFileSync(file, csv);
  const { lines, code } = await replayed(file, join(folder.path, name));
  expect(code).toBe(0);
  return lines;
}

function expectDays(lines: readonly Line[], csv: string): void {
  const days = dailyHundredths(csv);
  for (const meter of METERS) {
    const figures = finals(lines, meter, 'day');
    expect(figures.size).toBe(days.size);
    for (const [date, hundredths] of days) {
      const figure = figures.get(`${date}T00:00:00.000+09:00`);
      expect(figure).toMatchObject({ statusCode: 'good', unit: 'kWh', coverage: { known: 1, measured: 1 } });
      expect(Math.abs(figure!.value! - hundredths / 100)).toBeLessThanOrEqual(1e-9 * (hundredths / 100));
    }
  }
}

describe('replay in lock-step', () => {
  test('every day equals the record’s own sum on both protocols, and two runs are the same', async () => {
    const csv = madeUpRecord(2);
    const [first, second] = await Promise.all([recordsOf(csv, 'first'), recordsOf(csv, 'second')]);
    expectDays(first, csv);
    const figures = (lines: readonly Line[]): string[] =>
      lines
        .filter(({ kind }) => kind === 'evaluation')
        .map(({ at, body }) => JSON.stringify({ at, ...body, config: 'differs by the ports taken' }))
        .sort();
    const [one, other] = [figures(first), figures(second)];
    expect(other.length).toBe(one.length);
    expect(other.find((figure, index) => figure !== one[index])).toBeUndefined();
  });

  test.skipIf(!hasRecorded)(`a week of the recorded steel plant [${WHY_SKIPPED}]`, async () => {
    const csv = recordedRows(7 * 96);
    const lines = await recordsOf(csv, 'week');
    expectDays(lines, csv);
    const rollovers = [...finals(lines, 'modbus.energy', 'day').values()].filter(({ amounts }) =>
      amounts[0]!.flags.includes('rollover'),
    );
    expect(rollovers).toHaveLength(1);
  });
});
