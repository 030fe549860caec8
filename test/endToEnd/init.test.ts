import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../agent/client/index.ts';
import { recordOutput } from '../support/logs.ts';
import { ended, Pertonne, temporaryFolder } from '../support/process.ts';

const folder = temporaryFolder();
const data = join(folder.path, 'data');
const PLANT = 'nsu=urn:pertonne:simulated-plant;s=Plant';
let plant: Pertonne;
let url: string;
let meter: string;
let access: string[];
beforeAll(async () => {
  const config = join(folder.path, 'whole.yaml');
  plant = new Pertonne('plant', '--config', config, '--data', join(folder.path, 'plant'));
  const { endpoints } = (await plant.line({ config })) as { endpoints: Record<string, Record<string, string>> };
  url = endpoints.plc!.url!;
  meter = `modbus://127.0.0.1:${endpoints['mill-meters']!.port}/1`;
  access = ['--server-certificate', endpoints.plc!.serverCertificate!, '--node', PLANT, '--data', data];
});
afterAll(async () => {
  await plant.kill('SIGTERM');
  folder.remove();
});

const out = (name: string): string => join(folder.path, name);
const init = (name: string, ...args: string[]) => ended('init', '-o', out(name), ...args);
const textOf = (name: string): string => readFileSync(out(name), 'utf8');

describe('pertonne init writes a file', () => {
  test('of both devices and a line, which check takes and an agent reads tags by', async () => {
    mkdirSync(out('sub'));
    const feeder = 'feeder={ tag: meter.activeEnergyImport, maxRate: 120000 }';
    const coils = 'coils={ tag: Mill.Scale.Sequence, amountTag: Mill.Scale.Weight }';
    const line = ['--line', 'mill-1', '--model', 'rolling-mill', '--meter', feeder, '--meter', coils];
    const meters = ['--modbus', meter, '--profile', 'abb-b23'];
    const water = ['--meter', 'water=Mill.NewWaterFlow'];
    const written = await init('sub/mill.yaml', '--opcua', url, ...access, ...meters, ...line, ...water);
    expect(written).toMatchObject({ code: 0, err: '', out: expect.stringContaining('check') });
    const text = textOf('sub/mill.yaml');
    expect(text).toMatch(/^# yaml-language-server: \$schema=(\.\.\/)+.*config\/plant\.schema\.json\n/);
    expect(text).toMatch(/\{ id: meter\.activeEnergyImport, .*point: activeEnergyImport \} \} # [\d.]+ kWh\n/);
    expect(text).toContain('  # left out: voltageL1N: Modbus exception 02');
    expect(text).toMatch(/\n {6}water: \{ kind: gauge, tag: Mill\.NewWaterFlow \} # new water/);
    expect(text).toMatch(/\n {6}# steam: # .*\(t\); perhaps .*Mill\.Scale\.Weight/);
    const online = await ended('check', out('sub/mill.yaml'), '--online', '--data', data);
    expect(online).toMatchObject({ code: 0, out: expect.stringMatching(/, 0 have none$/) });

    const agent = new Pertonne('run', '-c', out('sub/mill.yaml'), '--data', data, '--port', '0');
    onTestFinished(() => void agent.kill('SIGKILL'));
    const first = Promise.withResolvers<unknown>();
    const stream = connect((await agent.url()).replace('http', 'ws'), {
      subscribe: { tags: ['meter.activeEnergyImport'], live: { everyMs: 500 } },
      live: (values) => {
        const energy = values.find(({ id }) => id === 'meter.activeEnergyImport');
        if (energy && energy.value !== null) first.resolve(energy.value);
      },
    });
    const ending = agent.exited.then((code) => `ended with ${code}: ${agent.stderr}`);
    expect(await Promise.race([first.promise, ending])).toBeGreaterThan(1_000_000);
    stream.close();
    expect(await agent.kill('SIGTERM')).toBe(0);
  });

  test('whose line stands as comments where no meter of it is named', async () => {
    const line = ['--line', 'potline-1', '--model', 'potline'];
    expect(await init('bare.yaml', '--opcua', url, ...access, ...line)).toMatchObject({ code: 0 });
    expect(textOf('bare.yaml')).toMatch(
      /\n# lines: .*\n# {3}- id: potline-1\n# {5}model: potline\n# {5}route: … # one of thermal/,
    );
    expect(textOf('bare.yaml')).toMatch(/\n# {7}dc: # DC power.*perhaps .*Potline\.DcPower/);
  });
});

describe('pertonne init refuses', () => {
  test('to write over a file, but for --force', async () => {
    writeFileSync(out('there.yaml'), 'mine');
    const meters = ['--modbus', meter, '--profile', 'abb-b23'];
    expect(await init('there.yaml', ...meters)).toMatchObject({ code: 3, err: expect.stringContaining('--force') });
    expect(textOf('there.yaml')).toBe('mine');
    expect(await init('there.yaml', ...meters, '--force')).toMatchObject({ code: 0 });
    expect(textOf('there.yaml')).toContain('meter.activeEnergyImport');
  });

  test('what check would, and writes nothing', async () => {
    const line = ['--line', 'mill-1', '--model', 'rolling-mill', '--meter', 'feeder=meter.activeEnergyImport'];
    const told = await init('none.yaml', '--modbus', meter, '--profile', 'abb-b23', ...line);
    expect(told.code).toBe(2);
    expect(told.err).toContain('lines[0].meters.feeder.maxRate: missing');
    expect(existsSync(out('none.yaml'))).toBe(false);
  });

  test.each([
    [[], 2, '--modbus modbus://HOST:PORT/UNIT'],
    [['--modbus', 'modbus://127.0.0.1:1/1'], 2, '--profile'],
    [['--modbus', 'modbus://127.0.0.1:1/1', '--profile', 'abb-b23'], 3, 'ECONNREFUSED'],
    [['--opcua', 'opc.tcp://127.0.0.1:1', '--line', 'mill-1'], 2, '--model'],
    [['--opcua', 'opc.tcp://127.0.0.1:1', '--meter', 'a=b'], 2, '--meter'],
  ])('%j with %i: %s', async (args, code, words) => {
    const told = await init('none.yaml', ...args, '--data', data);
    expect(told).toMatchObject({ code, err: expect.stringContaining(words) });
    expect(existsSync(out('none.yaml'))).toBe(false);
  });
});

/** Somebody at a terminal, who answers each question as it is put. */
async function typed(
  args: readonly string[],
  answers: readonly [question: string, answer: string][],
): Promise<number | null> {
  const main = join(import.meta.dirname, '../../agent/main.ts');
  const command = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ');
  const child: ChildProcess = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const rest = [...answers];
  let unread = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    unread += chunk;
    recordOutput(String(chunk));
    while (rest.length > 0 && unread.includes(rest[0]![0])) {
      const [question, answer] = rest.shift()!;
      unread = unread.slice(unread.indexOf(question) + question.length);
      child.stdin!.write(`${answer}\r`);
    }
  });
  const code = await new Promise<number | null>((done) => child.once('exit', done));
  expect(rest, unread).toEqual([]);
  return code;
}

describe.skipIf(!existsSync('/usr/bin/script'))('at a terminal (skipped without script, of util-linux)', () => {
  test('it asks, again where a device does not answer, and writes the same file', async () => {
    const code = await typed(
      ['init', '-o', out('asked.yaml'), ...access],
      [
        ['Name of this agent [plant]', 'mill'],
        ['Enterprise and site', ''],
        ['Time zone [Asia/Shanghai]', ''],
        ['Modbus meter', 'modbus://127.0.0.1:1/1'],
        ['Its profile', 'abb-b23'],
        ['Modbus meter', meter],
        ['Its profile', ''],
        ['OPC UA server', url],
        ['Name of the line', 'mill-1'],
        ['Its model', 'rolling-mill'],
        ['number or name', 'meter.activeEnergyImport'],
        ['in an hour, in kWh', '120000'],
        ...Array<[string, string]>(4).fill(['number or name', '-']),
        ['weight, its number or name', 'Mill.Scale.Weight'],
        ['new piece, its number or name', 'Mill.Scale.Sequence'],
      ],
    );
    expect(code).toBe(0);
    expect(textOf('asked.yaml')).toContain('\nagent: mill #');
    expect(textOf('asked.yaml')).toContain('feeder: { tag: meter.activeEnergyImport, maxRate: 120000 }');
    expect(textOf('asked.yaml')).toContain('coils: { tag: Mill.Scale.Sequence, amountTag: Mill.Scale.Weight }');
    expect(await ended('check', out('asked.yaml'))).toMatchObject({ code: 0 });
  });

  test('the end of the input is the end, and nothing is written', async () => {
    expect(await typed(['init', '-o', out('left.yaml')], [['Name of this agent', '\u0004']])).toBe(3);
    expect(existsSync(out('left.yaml'))).toBe(false);
  });
});
