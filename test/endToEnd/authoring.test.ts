import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ended, Pertonne, temporaryFolder } from '../support/process.ts';

const folder = temporaryFolder();
const file = join(folder.path, 'plant.yaml');
const data = join(folder.path, 'data');
let plant: Pertonne;
beforeAll(async () => {
  const faults = ['dead:potline-meters', 'dead:mill-meters/2', 'bad:Mill.Scale.Weight'].flatMap((fault) => [
    '--fault',
    fault,
  ]);
  plant = new Pertonne('plant', '--config', file, '--data', join(folder.path, 'plant'), ...faults);
  await plant.line({ config: file });
});
afterAll(async () => {
  await plant.kill('SIGTERM');
  folder.remove();
});

/** The file with the first occurrence of each text replaced. */
function changed(name: string, changes: Record<string, string>): string {
  const text = Object.entries(changes).reduce(
    (whole, [before, after]) => {
      if (!whole.includes(before)) throw new Error(`the file has no ${before}`);
      return whole.replace(before, after);
    },
    readFileSync(file, 'utf8'),
  );
  writeFileSync(join(folder.path, name), text);
  return join(folder.path, name);
}

describe('pertonne check --online', () => {
  test('reads every tag once, and tells value, unit, status and why there is none', async () => {
    const { code, out, err } = await ended('check', file, '--online', '--data', data);
    expect([code, err]).toEqual([3, '']);
    const rows = out.split('\n').slice(1);
    expect(rows[0]).toMatch(/^endpoint +tag +value +unit +status$/);
    const rowOf = (tag: string): string => rows.find((row) => row.split(/ +/)[1] === tag) ?? 'no such row';
    expect(rowOf('mill.drive.count')).toMatch(/^mill-meters +\S+ +[\d.]+ +kWh +good$/);
    expect(rowOf('mill.auxiliaries.count')).toMatch(/ - +kWh +bad: .*the unit behind the gateway does not answer$/);
    expect(rowOf('mill.coil.weight')).toMatch(/^plc .* - +t +bad: BadDeviceFailure$/);
    expect(rows.filter((row) => /^potline-meters .* bad: .*ECONNREFUSED/.test(row)).length).toBeGreaterThan(3);
    expect(rows.at(-1)).toMatch(/^\d+ tags: \d+ have a value, \d+ have none$/);
  });

  test('judges by the range that the file gives', async () => {
    const narrow = changed('narrow.yaml', { '[ 0, 400 ]': '[ 0, 1 ]' });
    const { out } = await ended('check', narrow, '--online', '--data', data);
    expect(out).toMatch(/potline\.current +- +kA +bad: [\d.]+ is out of the range 0…1\n/);
  });

  test('a faulty file is told as ever, and opens no socket; --data needs --online', async () => {
    const faulty = changed('faulty.yaml', { 'protocol: modbus': 'protocol: mobdus' });
    expect(await ended('check', faulty, '--online')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('did you mean "modbus"'),
    });
    expect(await ended('check', file, '--data', data)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--online'),
    });
  });
});

describe('pertonne diff', () => {
  test('tells what is different in the words of the file, and what a running agent takes up', async () => {
    const other = changed('other.yaml', { 'agent: demo': 'agent: demo-2', 'maxRate: ': 'maxGap: 90s, maxRate: 1' });
    const { code, out } = await ended('diff', file, other);
    expect(code).toBe(1);
    expect(out).toMatch(/^meters:\n {2}~ mill-1\.drive\n {6}maxRate: 120000 -> 1120000\n {6}maxGap: 1min -> 90s\n/);
    expect(out).toContain('settings:\n  ~ agent: "demo" -> "demo-2"\n');
    expect(out).toContain('takes it up without a new start, but for agent. Figures are made in another way');
    const { out: json } = await ended('diff', file, other, '--json');
    expect(JSON.parse(json)).toMatchObject({ restart: ['agent'], sameFigures: false, anew: [] });
    const anew = changed('anew.yaml', { 'point: activeEnergyImport': 'point: activeEnergyExport' });
    const { out: counted } = await ended('diff', file, anew);
    expect(counted).toMatch(/takes all of it up without a new start\. .*\n.* they count anew: mill-1\.drive/);
    const moved = changed('moved.yaml', { 'dayStart: "00:00"': 'dayStart: "07:00"' });
    const { out: whole } = await ended('diff', file, moved);
    expect(whole).toContain('takes none of it up before a new start, because of plant.calendar.dayStart');
  });

  test('says when there is nothing, and refuses a faulty file', async () => {
    const same = changed('same.yaml', { 'agent: demo': '# the same\nagent: "demo"' });
    expect(await ended('diff', file, same)).toEqual({ code: 0, out: 'no difference', err: '' });
    const faulty = changed('faulty.yaml', { 'protocol: modbus': 'protocol: mobdus' });
    expect(await ended('diff', file, faulty)).toMatchObject({ code: 2, out: '' });
    expect(await ended('diff', file)).toMatchObject({
      code: 2,
      err: expect.stringContaining('diff takes one OLD and one NEW'),
    });
  });
});
