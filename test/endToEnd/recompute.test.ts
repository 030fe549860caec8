import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ended, Pertonne, temporaryFolder } from '../support/process.ts';
import { type Line, readUntil } from '../support/reading.ts';
import { madeUpRecord } from '../support/steel.ts';

/** What an agent made of its samples, and what the same samples come to once more. */

const folder = temporaryFolder();
afterAll(() => folder.remove());

const PLANT = join(import.meta.dirname, '../../config/examples/replay.yaml');
const [samples, data] = [join(folder.path, 'samples.jsonl'), join(folder.path, 'data')];
const again = (...more: string[]) => ended('replay', samples, '-c', PLANT, ...more);

beforeAll(async () => {
  const csv = join(folder.path, 'record.csv');
  writeFileSync(csv, madeUpRecord(1));
  const lockStep = ['--replay', csv, '--speed', 'max', '--once'];
  expect(await ended('demo', ...lockStep, '--port', '0', '--data', data, '--record', samples)).toMatchObject({
    code: 0,
  });
});

describe('samples recorded from an agent', () => {
  test('come to the same figures as in the agent’s own log, and twice to the same text', async () => {
    const first = await again();
    expect(first).toMatchObject({ code: 0, err: '' });
    const days = first.out.split('\n').filter((line) => line.includes('"kind":"day"'));
    expect(days).not.toHaveLength(0);
    expect((await again()).out).toBe(first.out);
    expect(await again('--diff', join(data, 'pertonne.db'))).toEqual({ code: 0, out: '', err: '' });
    const ofDays = await again('--window', 'day', '--diff', join(data, 'pertonne.db'));
    expect(ofDays).toEqual({ code: 0, out: '', err: '' });
  });

  test('one count more is found, window by window', async () => {
    const lines = readFileSync(samples, 'utf8').trim().split('\n');
    const noon = Date.parse('2018-03-01T12:00:00+09:00');
    const place = lines.findIndex(
      (line) => line.includes('steel.energy') && line.includes(`"sourceTimestamp":${noon}`),
    );
    const { value, ...rest } = JSON.parse(lines[place]!) as { value: number };
    const changed = join(folder.path, 'changed.jsonl');
    writeFileSync(changed, `${lines.with(place, JSON.stringify({ ...rest, value: value + 0.01 })).join('\n')}\n`);
    const { code, out } = await ended('replay', changed, '-c', PLANT, '--diff', join(data, 'pertonne.db'));
    expect(code).toBe(1);
    expect(out).toMatch(/^opcua\.energy quarterHour@/m);
    expect(out).not.toMatch(/modbus\.energy/);
  });

  test('faulty lines are told by their number, the others count', async () => {
    const faulty = join(folder.path, 'faulty.jsonl');
    const [first] = readFileSync(samples, 'utf8').split('\n');
    writeFileSync(faulty, `${first}\n{"tag":"steel.enrgy","value":1,"sourceTimestamp":1514732400000}\nnonsense\n`);
    const { code, err } = await ended('replay', faulty, '-c', PLANT);
    expect(code).toBe(2);
    expect(err).toBe(
      `${faulty}:2 no tag named "steel.enrgy"; did you mean "steel.energy"?\n${faulty}:3 is no JSON object\n`,
    );
  });
});

test('an agent that ran in its own time, with a meter swapped and a unit dead, comes to the same figures once more', async () => {
  const [recorded, own] = [join(folder.path, 'live.jsonl'), join(folder.path, 'live')];
  const faults = ['--fault', 'swap:rectifier-1@5min', '--fault', 'dead:mill-meters/2'];
  const demo = new Pertonne('demo', '--speed', '240', '--port', '0', '--data', own, '--record', recorded, ...faults);
  await readUntil(await demo.url(), {}, (lines) => lines.length > 150);
  expect(await demo.kill('SIGTERM')).toBe(0);
  const example = join(import.meta.dirname, '../../config/examples/demo.yaml');
  const once = await ended('replay', recorded, '-c', example, '--diff', join(own, 'pertonne.db'));
  expect(once).toEqual({ code: 0, out: '', err: '' });
});

test('a recording over a kill and a restart, with what operators did, comes to the same figures and alarms', async () => {
  const [recorded, own] = [join(folder.path, 'restarted.jsonl'), join(folder.path, 'restarted')];
  const config = join(folder.path, 'plant.yaml');
  const command = (...args: string[]): Pertonne => {
    const one = new Pertonne(...args);
    onTestFinished(() => void one.kill('SIGKILL'));
    return one;
  };
  const plant = command('plant', '--speed', '240', '--config', config, '--data', join(folder.path, 'plant'));
  await plant.line({ config });
  const started = async (): Promise<[agent: Pertonne, url: string]> => {
    const agent = command('run', '-c', config, '--port', '0', '--data', own, '--record', recorded);
    return [agent, await agent.url()];
  };
  const quarters = (count: number) => (lines: readonly Line[]) =>
    new Set(lines.flatMap(({ body: { window } }) => (window?.kind === 'quarterHour' ? window.start : []))).size >=
    count;

  const [first, url] = await started();
  const read = await readUntil(url, {}, quarters(2));
  const shelve = `${url}/v1/alarms/potline-1.ac_power/quarterHour/shelve`;
  const until = new Date(Date.now() + 30 * 86_400_000).toISOString();
  const post = async (to: string, body: object): Promise<[number, string]> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(to, { method: 'POST', headers, body: JSON.stringify(body) });
    return [answer.status, await answer.text()];
  };
  const told = await post(shelve, { who: 'Li', reason: 'a rectifier is tested', until });
  expect(told).toEqual([200, expect.stringContaining('"shelved"')]);
  const ladle = { type: 'piece', meter: 'potline-1.ladles', piece: 'by-hand', amount: 1.5, at: read.at(-1)!.at };
  expect((await post(`${url}/v1/entries`, { ...ladle, key: 'ladle-1', by: 'Wang' }))[0]).toBe(200);
  await first.kill('SIGKILL');
  appendFileSync(recorded, '{"takenAt":17');
  const [second, again] = await started();
  await readUntil(again, {}, quarters(4));
  expect(await second.kill('SIGTERM')).toBe(0);
  const [third, later] = await started();
  await readUntil(later, {}, quarters(6));
  expect(await third.kill('SIGTERM')).toBe(0);

  const same = await ended('replay', recorded, '-c', config, '--diff', join(own, 'pertonne.db'));
  expect(same).toMatchObject({ code: 0, out: '' });
  const records = (await ended('replay', recorded, '-c', config)).out.split('\n').map((line) => JSON.parse(line));
  expect(records.filter(({ kind }) => kind === 'entry')).toMatchObject([
    { body: { key: 'ladle-1', by: 'Wang', refused: null } },
  ]);
  expect(records.filter(({ kind, body: { action } }) => kind === 'alarm' && action !== null)).toMatchObject([
    { body: { metric: 'potline-1.ac_power', to: 'shelved', action: 'shelve', who: 'Li' } },
  ]);
});
