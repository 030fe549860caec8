import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseReplay, ReplayFault, readReplay } from '../../drivers/simulator/replay.ts';

const HEADER = 'date,Usage_kWh,NSM';
const csv = (...rows: string[]): string => `${[HEADER, ...rows].join('\n')}\n`;
const seoul = (text: string): number => Date.parse(`${text}+09:00`);

function faultsOf(text: string): readonly string[] {
  try {
    parseReplay(text);
  } catch (cause) {
    if (cause instanceof ReplayFault) return cause.faults;
    throw cause;
  }
  return [];
}

describe('a record', () => {
  const replay = parseReplay(
    csv('31/1/2018 23:30,3.17,84600', '31/01/2018 23:45,4,85500', '31/1/2018 0:00,3.2,0', '1/2/2018 00:15,0,900'),
  );

  it('begins a quarter-hour before its first row, and 0:00 ends the day that is named', () => {
    expect(replay.from).toBe(seoul('2018-01-31T23:15'));
    expect(replay.to).toBe(seoul('2018-02-01T00:15'));
    expect(replay.total).toBe(10.37);
  });

  it('counts exact hundredths at the quarter-hours, evenly between them, and nothing outside', () => {
    expect(replay.hundredths(replay.from - 1)).toBe(0);
    expect(replay.hundredths(replay.from)).toBe(0);
    expect(replay.hundredths(seoul('2018-01-31T23:30'))).toBe(317);
    expect(replay.hundredths(seoul('2018-01-31T23:37:30'))).toBe(317 + 200);
    expect(replay.hundredths(seoul('2018-02-01T00:00'))).toBe(1037);
    expect(replay.hundredths(replay.to + 3_600_000)).toBe(1037);
  });

  it('has the power of the quarter-hour that begins', () => {
    expect(replay.power(replay.from - 1)).toBe(0);
    expect(replay.power(replay.from)).toBe(12.68);
    expect(replay.power(seoul('2018-01-31T23:30') - 1)).toBe(12.68);
    expect(replay.power(seoul('2018-01-31T23:30'))).toBe(16);
    expect(replay.power(replay.to)).toBe(0);
  });

  it('may have Windows line ends', () => {
    expect(parseReplay(`${HEADER}\r\n1/1/2018 0:15,1.5,900\r\n`).total).toBe(1.5);
  });
});

describe('a faulty record names every fault with its line', () => {
  it.each([
    ['a date that is none', '31/2/2018 0:15,1,900', /^line 2: "31\/2\/2018 0:15" is not the end of a quarter-hour/],
    ['a minute within a quarter', '1/1/2018 0:20,1,900', /^line 2: "1\/1\/2018 0:20" is not/],
    ['an hour 24', '1/1/2018 24:00,1,0', /^line 2: "1\/1\/2018 24:00" is not/],
    ['an ISO date', '2018-01-01 0:15,1,900', /^line 2: "2018-01-01 0:15" is not/],
    ['a negative energy', '1/1/2018 0:15,-1,900', /^line 2: "-1" is not an energy/],
    ['an empty energy', '1/1/2018 0:15,,900', /^line 2: "" is not an energy/],
    ['three decimals', '1/1/2018 0:15,1.234,900', /^line 2: "1.234" is not an energy/],
    ['a column too few', '1/1/2018 0:15,1', /^line 2: 2 columns instead of 3/],
    ['a column too many', '1/1/2018 0:15,1,900,x', /^line 2: 4 columns instead of 3/],
    ['an empty row', '', /^line 2: 1 columns instead of 3/],
  ])('%s', (_, row, expected) => {
    expect(faultsOf(csv(row, '1/1/2018 0:30,1,1800'))).toEqual([expect.stringMatching(expected)]);
  });

  it('a missing quarter-hour, and a repeated one', () => {
    const text = csv('1/1/2018 0:15,1,0', '1/1/2018 0:45,1,0', '1/1/2018 0:45,1,0', '1/1/2018 1:00,1,0');
    expect(faultsOf(text)).toEqual([
      'line 3: the quarter-hours after 2018-01-01T00:15+09:00 and before the one that ends 2018-01-01T00:45+09:00 are missing',
      'line 4: the quarter-hour that ends 2018-01-01T00:45+09:00 is repeated or out of order',
    ]);
  });

  it('all of them, of which the message shows the first 20', () => {
    const text = csv(...Array.from({ length: 30 }, () => 'x,1,0'));
    expect(faultsOf(text)).toHaveLength(31);
    expect(() => parseReplay(text)).toThrow(/has 31 faults:\nline 2: .*\n… and 11 more$/s);
  });

  it('another header, or nothing at all', () => {
    expect(faultsOf('time,kWh\n')).toEqual(['line 1: the columns begin with date,Usage_kWh, not time,kWh']);
    expect(faultsOf('')).toHaveLength(1);
    expect(faultsOf(csv())).toEqual(['line 2: the record is empty']);
  });
});

const RECORD = new URL('../../../shared/data/steel-2018/steel-2018-jan-aug.csv', import.meta.url);

describe.skipIf(!existsSync(RECORD))('the record of 2018 (skipped where ../shared/data is absent)', () => {
  it('is 243 days with 671 433.60 kWh', async () => {
    const replay = await readReplay(RECORD.pathname);
    expect(replay.from).toBe(seoul('2018-01-01T00:00'));
    expect(replay.to).toBe(seoul('2018-09-01T00:00'));
    expect(replay.total).toBe(671_433.6);
    expect(replay.hundredths(replay.to)).toBe(67_143_360);
  });

  it('has for every day the sum of its rows, and its power adds up to its energy', async () => {
    const replay = await readReplay(RECORD.pathname);
    const days = new Map<string, number>();
    for (const row of readFileSync(RECORD, 'utf8').trim().split('\n').slice(1)) {
      const [date = '', kWh = ''] = row.split(',');
      const day = date.split(' ')[0]!.replace(/^(\d+)\/0?(\d+)/, (_, d, m) => `${Number(d)}/${m}`);
      days.set(day, (days.get(day) ?? 0) + Math.round(Number(kWh) * 100));
    }
    expect(days.size).toBe(243);
    let start = replay.from;
    for (const [, hundredths] of days) {
      expect(replay.hundredths(start + 86_400_000) - replay.hundredths(start)).toBe(hundredths);
      let integral = 0;
      for (let at = start; at < start + 86_400_000; at += 300_000) integral += replay.power(at) / 12;
      expect(integral).toBeCloseTo(hundredths / 100, 6);
      start += 86_400_000;
    }
  });
});
