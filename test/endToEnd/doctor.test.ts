import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { extract, list } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../agent/doctor/finding.ts';
import { BY_HAND } from '../agent/agentKit.ts';
import { PASSWORD } from '../support/logs.ts';
import { ended, Pertonne, temporaryFolder } from '../support/process.ts';

/** An agent with one meter that never answers: looked at while it runs, and when it does not; and packed for support. */

const SECRET = PASSWORD;
const folder = temporaryFolder();
const [plant, data, log, password] = ['plant.yaml', 'data', 'agent.log', 'password.txt'].map((name) =>
  join(folder.path, name),
) as [string, string, string, string];
let agent: Pertonne;
let tokenFile: string;

beforeAll(async () => {
  mkdirSync(data);
  writeFileSync(password, `${SECRET}\n`);
  const plc = `  - { id: plc, protocol: opcua, url: "opc.tcp://127.0.0.1:9", user: pertonne, passwordFile: ${password} }\ntags:\n  - { id: plc.weight, endpoint: plc, unit: kg, address: { node: "ns=1;s=W" } }\n`;
  writeFileSync(plant, `# password: ${SECRET}\n${BY_HAND.replace('tags:\n', plc)}`);
  const { out } = await ended('token', 'add', 'support', '--scope', 'read', '--data', data);
  tokenFile = join(folder.path, 'token.txt');
  writeFileSync(tokenFile, /pertonne_[\w-]+/.exec(out)![0]);
  agent = new Pertonne('run', '-c', plant, '--port', '0', '--data', data);
  await agent.line({ event: 'endpoint-down', endpoint: 'feeder' });
});
afterAll(async () => {
  await agent.kill('SIGTERM');
  folder.remove();
});

const told = async (...args: string[]): Promise<{ code: number | null; findings: Finding[] }> => {
  const { code, out } = await ended('doctor', '--data', data, '--json', ...args);
  return { code, findings: JSON.parse(out) as Finding[] };
};

describe('a running agent', () => {
  test('is asked what is amiss, and its devices are left alone', async () => {
    const { code, findings } = await told('-c', plant, '--token-file', tokenFile);
    expect(findings).toContainEqual(
      expect.objectContaining({
        about: 'agent',
        state: 'ok',
        says: expect.stringMatching(/^runs, and answers at http:\/\/127/),
      }),
    );
    expect(findings).toContainEqual(
      expect.objectContaining({
        about: 'agent',
        state: 'fault',
        says: expect.stringContaining('endpoint feeder is down'),
      }),
    );
    expect(findings.map(({ about }) => about)).not.toContain('endpoint');
    expect(findings.map(({ about }) => about)).not.toContain('port');
    expect(code).toBe(1);
  });

  test('tells little to whom it does not know', async () => {
    const { findings } = await told();
    expect(findings).toContainEqual(
      expect.objectContaining({ about: 'agent', state: 'warn', todo: expect.stringContaining('--token-file') }),
    );
  });

  test('is packed for support: no secret, no figure, and what cannot be had says why', async () => {
    writeFileSync(log, `${agent.lines.join('\n')}\n{"event":"x","password":"${SECRET}"}\n`);
    const out = join(folder.path, 'bundle.tar.gz');
    const packed = await ended(
      'bundle',
      '--out',
      out,
      '-c',
      plant,
      '--data',
      data,
      '--token-file',
      tokenFile,
      '--log',
      log,
    );
    expect(packed).toMatchObject({ code: 0, err: '' });
    const names: string[] = [];
    await list({ file: out, onReadEntry: ({ path }) => names.push(path) });
    const place = join(folder.path, 'unpacked');
    mkdirSync(place);
    await extract({ file: out, cwd: place });
    const files = readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name).sort()).toEqual([
      '0-plant.yaml',
      'about.json',
      'doctor.txt',
      'log-end.jsonl',
      'metrics.txt',
      'readyz.json',
      'store.json',
      'system.json',
    ]);
    const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));
    const secrets = [SECRET, readFileSync(tokenFile, 'utf8').slice('pertonne_'.length), ...privateKeys()];
    for (const text of texts) for (const secret of secrets) expect(text).not.toContain(secret);
    const of = (name: string): string => texts[files.findIndex((file) => file.name === name)]!;
    expect(of('0-plant.yaml')).toContain(`passwordFile: ${password}`);
    expect(of('metrics.txt')).toContain('pertonne_endpoint_up{endpoint="feeder"} 0');
    expect(of('log-end.jsonl')).toContain('"event":"listening"');
    expect(JSON.parse(of('store.json'))).toMatchObject({
      user_version: expect.any(Number),
      rows: { log: expect.any(Number) },
    });
    expect(of('doctor.txt')).toContain('endpoint feeder is down');

    const again = await ended('bundle', '--out', out, '--data', data);
    expect(again).toMatchObject({ code: 3, err: `${out} is there already; name another with --out\n` });
  });
});

/** The lines of the keys that the agent made for itself. */
function privateKeys(): string[] {
  const keys = join(data, 'pki/own/private');
  return readdirSync(keys).flatMap((name) =>
    readFileSync(join(keys, name), 'utf8')
      .split('\n')
      .filter((line) => line.length > 40),
  );
}

describe('an agent that does not run', () => {
  beforeAll(() => agent.kill('SIGTERM'));

  test('has its devices tried, and its port', async () => {
    const { code, findings } = await told('-c', plant);
    expect(findings).toContainEqual({ about: 'agent', state: 'ok', says: 'none runs on this folder' });
    expect(findings.filter(({ about }) => about === 'endpoint')).toMatchObject([
      { state: 'fault', says: expect.stringContaining('feeder: ') },
      { state: 'fault', says: expect.stringContaining('plc: ') },
    ]);
    expect(findings.map(({ about }) => about)).toContain('port');
    expect(code).toBe(1);
  });

  test('without a plant file only its folder and its machine are looked at; people are told in lines', async () => {
    const { code, out } = await ended('doctor', '--data', data);
    expect(out).toMatch(/^ok {5}log +schema \d+, read from end to end, sound$/m);
    expect(out).toMatch(/^0 faults, \d+ warnings$/m);
    expect(code).toBe(0);
  });

  test('whose plant file has faults is packed with them', async () => {
    const faulty = join(folder.path, 'faulty.yaml');
    writeFileSync(faulty, `version: 1\nagent: x\npassword: |\n  ${SECRET}\n`);
    const out = join(folder.path, 'faulty.tar.gz');
    expect(await ended('bundle', '--out', out, '-c', faulty, '--data', data)).toMatchObject({ code: 0 });
    const place = join(folder.path, 'faulty');
    mkdirSync(place);
    await extract({ file: out, cwd: place });
    expect(readFileSync(join(place, 'pertonne-bundle/plant-faults.txt'), 'utf8')).toContain('faulty.yaml:');
    expect(readFileSync(join(place, 'pertonne-bundle/plant/0-faulty.yaml'), 'utf8')).not.toContain(SECRET);
  });
});
