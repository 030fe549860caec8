import { appendFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { csvLines } from '../../agent/offline/csv.ts';
import { readInstant } from '../../agent/offline/instant.ts';
import { jsonLines } from '../../agent/offline/jsonLines.ts';
import type { Known, Line } from '../../agent/offline/lines.ts';
import { recordTo } from '../../agent/offline/recorder.ts';
import { runScenario } from '../../agent/offline/scenario.ts';
import { at } from '../support/engineKit.ts';

/** How files of samples and of expectations are read. */

const known: Known = { timeZone: 'Asia/Shanghai', tags: new Set(['kwh', 'coil']), derived: new Set(['sum']) };

async function inFile(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pertonne-offline-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, name), text);
  return join(folder, name);
}
const csv = async (text: string): Promise<Line[]> => Array.fromAsync(csvLines(await inFile('s.csv', text), known));
const json = async (text: string): Promise<Line[]> => Array.fromAsync(jsonLines(await inFile('s.jsonl', text), known));

const TEN = at('2026-11-23T10:00:00+08:00');

describe('instants', () => {
  test.each([
    ['2026-11-23T10:00:00+08:00', TEN],
    ['2026-11-23T02:00Z', TEN],
    ['2026-11-23 10:00', TEN],
    ['2026/11/23 10:00:00.5', TEN + 500],
    ['2026-11-23T10:00:00.500999999+08:00', TEN + 500],
    ['2026-11-23', TEN - 10 * 3_600_000],
    [String(TEN), TEN],
    ['10:00', TEN],
  ])('%s', (text, expected) => {
    expect(readInstant(text, 'Asia/Shanghai', TEN + 60_000)).toEqual({ at: expected });
  });

  test.each([
    ['', 'UTC', /is no time/],
    ['2026-13-01', 'UTC', /2026-13-01/],
    ['10:00', 'UTC', /has no date/],
    ['2026-03-29T02:30', 'Europe/Berlin', /clocks of Europe\/Berlin were changed/],
    ['2026-10-25T02:30', 'Europe/Berlin', /give the offset too/],
  ])('%j in %s is refused', (text, zone, why) => {
    expect(readInstant(text, zone)).toEqual({ fault: expect.stringMatching(why) });
  });
});

describe('tables', () => {
  test('wide: a column a tag, empty cells are no readings, statuses and comments', async () => {
    const lines = await csv(`# a comment
time, kwh, coil, sum
2026-11-23T10:00+08:00, 18446744073709551615, A-7, 5
10:01, 12.5?, bad: no answer, # doubtful
10:02, , ,`);
    const sample = (tag: string, t: number, more: object) => ({ tag, sourceTimestamp: t, receivedAt: t, ...more });
    expect(lines).toEqual([
      {
        line: 3,
        at: TEN,
        samples: [
          sample('kwh', TEN, { value: 18446744073709551615n, statusCode: 'good' }),
          sample('coil', TEN, { value: 'A-7', statusCode: 'good' }),
        ],
      },
      {
        line: 4,
        at: TEN + 60_000,
        samples: [
          sample('kwh', TEN + 60_000, { value: 12.5, statusCode: 'uncertain' }),
          sample('coil', TEN + 60_000, { value: null, statusCode: 'bad', reason: 'no answer' }),
        ],
      },
      { line: 5, at: TEN + 120_000, samples: [] },
    ]);
  });

  test('a tag’s history, as an agent gives it for spreadsheets', async () => {
    const lines = await csv(
      '\uFEFFtag,minute,min,max,mean,last,goodShare\r\n' +
        'kwh,2026-11-23T10:00:00.000+08:00,1,3,2,3,0.5\r\n' +
        'kwh,2026-11-23T10:01:00.000+08:00,,,,,0\r\n' +
        'kwhh,2026-11-23T10:01:00.000+08:00,,,,,0\r\n',
    );
    expect(lines).toMatchObject([
      { at: TEN + 60_000, samples: [{ tag: 'kwh', value: 3, statusCode: 'uncertain', sourceTimestamp: TEN + 60_000 }] },
      { at: TEN + 120_000, samples: [{ value: null, statusCode: 'bad' }] },
      { line: 4, fault: 'no tag named "kwhh"; did you mean "kwh"?' },
    ]);
  });

  test('long: a reading a row, received later than it was made', async () => {
    const [line] = await csv(
      'time,received,tag,value,status,reason\n2026-11-23T10:00+08:00,10:00:09,kwh,7,uncertain,old\n',
    );
    const reading = { tag: 'kwh', value: 7, statusCode: 'uncertain', reason: 'old' };
    expect(line).toEqual({
      line: 2,
      at: TEN + 9_000,
      samples: [{ ...reading, sourceTimestamp: TEN, receivedAt: TEN + 9_000 }],
    });
  });

  test.each([
    ['when,kwh\n', 1, /one of them is time/],
    ['time,kwhh\n', 1, /no tag named "kwhh"; did you mean "kwh"\?/],
    ['time,kwh\nyesterday,1\n', 2, /is no time/],
    ['time,kwh\n2026-11-23T10:00Z,1,2\n', 2, /3 cells in 2 columns/],
    ['time,tag,value,status\n2026-11-23T10:00Z,kwh,1,fine\n', 2, /none of good, uncertain, bad/],
    ['time,kwh\n2026-11-23T10:00Z,"1\n', 2, /Quote/],
  ])('%j is refused', async (text, line, why) => {
    expect(await csv(text)).toEqual([{ line, fault: expect.stringMatching(why) }]);
  });
});

describe('JSON lines', () => {
  test('readings, exact counts, and minutes of the history', async () => {
    const lines = await json(`{"tag":"kwh","value":{"$bigint":"9007199254740993"},"sourceTimestamp":${TEN}}

{"tag":"kwh","minute":"2026-11-23T10:00:00.000+08:00","min":1,"max":3,"mean":2,"last":3,"goodShare":0.5}`);
    expect(lines).toMatchObject([
      { line: 1, at: TEN, samples: [{ value: 9007199254740993n, statusCode: 'good', receivedAt: TEN }] },
      { line: 3, at: TEN + 60_000, samples: [{ value: 3, statusCode: 'uncertain', sourceTimestamp: TEN + 60_000 }] },
    ]);
  });

  test('counts above 2^53, however they are written', async () => {
    const lines = await json(`{"tag":"kwh","value":9007199254740993,"sourceTimestamp":${TEN}}
{"tag":"kwh","value":-18446744073709551615,"sourceTimestamp":${TEN}}
{"tag":"kwh","value":0.1234567890123456789,"sourceTimestamp":${TEN}}`);
    expect(lines.flatMap((line) => ('samples' in line ? line.samples[0]!.value : line))).toEqual([
      9007199254740993n,
      -18446744073709551615n,
      0.12345678901234568,
    ]);
  });

  test('what operators did', async () => {
    const lines =
      await json(`{"enteredAt":"2026-11-23 10:00","action":"acknowledge","metric":"mill.x","window":"hour","who":"Li"}
{"enteredAt":"2026-11-23T10:01+08:00","type":"correction","key":"c-1","meter":"coils","piece":5,"amount":20.6}
{"enteredAt":"2026-11-23 10:02","action":"dismiss","metric":"mill.x","window":"hour","who":"Li"}`);
    expect(lines).toMatchObject([
      { at: TEN, samples: [], action: { action: 'acknowledge', who: 'Li' } },
      { at: TEN + 60_000, samples: [], entry: { type: 'correction', amount: 20.6 } },
      { line: 3, fault: expect.stringMatching(/action: "dismiss" is none of/) },
    ]);
  });

  test('what a killed agent took after its last checkpoint is lost, and half a line of it is no line', async () => {
    const file = await inFile('recorded.jsonl', '');
    const run = async (start: number, from: number | null, ...steps: readonly (number | 'kept')[]): Promise<void> => {
      const recorder = recordTo(file, (cause) => expect.fail(cause.message));
      recorder.started(TEN + start * 1_000, from && TEN + from * 1_000);
      for (const step of steps)
        if (step === 'kept') recorder.kept();
        else recorder.take({ now: TEN + step * 1_000, samples: [] });
      await recorder.close();
    };
    await run(0, null, 1, 'kept', 2, 'kept', 2, 3, 'kept');
    appendFileSync(file, `{"takenAt":${TEN + 5_000}`);
    await run(60, 2, 61, 'kept');
    await run(90, 61, 91);
    const lines = await Array.fromAsync(jsonLines(file, known));
    expect(lines.map((line) => ('at' in line ? (line.at - TEN) / 1_000 : line))).toEqual([
      ...[0, 1, 2],
      { line: 6, isLost: true },
      { line: 7, isLost: true },
      { line: 8, isLost: true },
      ...[60, 61, 90, 91],
    ]);
    expect(lines.flatMap((line) => ('start' in line ? line.start : []))).toEqual([
      { from: null },
      { from: TEN + 2_000 },
      { from: TEN + 61_000 },
    ]);
  });

  test.each([
    ['7', /no JSON object/],
    ['{"tag":"kwh","value":1}', /sourceTimestamp/],
    ['{"tag":"kwh","value":1,"sourceTimestamp":"soon"}', /"soon" is no time/],
    ['{"tag":"kwhh","value":1,"sourceTimestamp":1514732400000}', /did you mean "kwh"/],
    [
      '{"tag":"kwh","value":1,"sourceTimestamp":1514732400000,"statuscode":"bad"}',
      /unknown key; did you mean "statusCode"/,
    ],
  ])('%s is refused', async (text, why) => {
    expect(await json(text)).toEqual([{ line: 1, fault: expect.stringMatching(why) }]);
  });
});

describe('a story that does not hold', () => {
  const told = async (expected: string) => {
    const folder = (await inFile('expected.yaml', expected)).slice(0, -'/expected.yaml'.length);
    await writeFile(
      join(folder, 'config.yaml'),
      `version: 1
agent: story
plant: { path: acme/works, windows: [minute] }
tags: [{ id: kwh, unit: kWh }]
meters: [{ id: energy, kind: counter, quantity: electricity, unit: kWh, tag: kwh, maxRate: 3600 }]
`,
    );
    await writeFile(join(folder, 'samples.csv'), 'time,kwh\n2026-11-23T10:00+08:00,1\n10:01,7\n10:02,8\n');
    const { faults, differences } = await runScenario(folder);
    return { faults: faults.map((fault) => fault.replaceAll(`${folder}/`, '')), differences };
  };

  test('what is expected and is not, what is and was not expected, and what differs', async () => {
    const { differences } = await told(`complete: [evaluations, notes]
evaluations:
  - { metric: energy, window: "minute@2026-11-23T10:00", value: 6.5, flags: [rollover], amounts: { energy: 6 } }
  - { metric: energy, window: "minute@2026-11-23T12:00" }
alarms: [{ metric: energy, to: excursion }]
notes: [{ meter: energy, event: reset }]
`);
    expect(differences).toEqual([
      'energy minute@2026-11-23T10:00+08:00',
      '  value: expected 6.5, is 6',
      '  flags: expected rollover, is none',
      'energy minute@2026-11-23T12:00+08:00: expected, but there is none',
      'energy minute@2026-11-23T10:01+08:00: not expected',
      'alarm energy … → excursion: expected, but there is none',
      'note energy reset: expected, but there is none',
    ]);
  });

  test('an expectation that says nothing to be understood is refused with its line', async () => {
    const { faults } = await told(`evaluations:
  - { metric: energy, window: minut@now, valu: 6 }
`);
    expect(faults).toEqual(['expected.yaml:2:42 evaluations[0].valu: unknown key; did you mean "value"?']);
    expect((await told('evaluations: [{ metric: energy, window: minut@now }]')).faults).toEqual([
      expect.stringMatching(
        /^expected.yaml:1:41 evaluations\[0\].window: "minut" is none of .*; did you mean "minute"\?/,
      ),
    ]);
  });
});
