import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingFrom, type Step, stepsOf } from '../support/documents.ts';
import { freePort } from '../support/freePort.ts';
import { Pertonne, temporaryFolder } from '../support/process.ts';
import { Shell } from '../support/shell.ts';

/** Every command of the guides is run as it stands there, with the addresses of the simulated plant for those of a real one. */
const GUIDES = [
  'docs/install.md',
  'docs/first-meter.md',
  'docs/first-opcua.md',
  'docs/firewall.md',
  'docs/sizing.md',
  'docs/hardening.md',
  'docs/troubleshooting.md',
];

const folder = temporaryFolder();
const bin = join(folder.path, 'bin');
let plant: Pertonne;
/** What stands in the guides, and what it is here. */
let here: [there: string, here: string][];
beforeAll(async () => {
  mkdirSync(bin);
  const main = join(import.meta.dirname, '../../agent/main.ts');
  // As in a checkout: npx finds the package's own command.
  const command = (name: string, text: string): void =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${text} "$@"\n`, { mode: 0o755 });
  command('npx', `shift\nexec '${process.execPath}' '${main}'`);
  command('npm', `PATH=$\{PATH#*:} exec npm --prefix '${join(import.meta.dirname, '../..')}'`);
  const config = join(folder.path, 'simulated.yaml');
  plant = new Pertonne('plant', '--config', config, '--data', join(folder.path, 'plant'));
  const { endpoints } = (await plant.line({ config })) as { endpoints: Record<string, Record<string, string>> };
  const certificate = new X509Certificate(readFileSync(endpoints.plc!.serverCertificate!));
  const port = await freePort();
  here = [
    ['modbus://192.0.2.10/1', `modbus://127.0.0.1:${endpoints['mill-meters']!.port}/1`],
    ['opc.tcp://192.0.2.20:4840', endpoints.plc!.url!],
    ['9D3FA14E27C05B6688E1D20B7A4C93F05512EE07', certificate.fingerprint.replaceAll(':', '')],
    ['localhost:8080', `localhost:${port}`],
    ['pertonne run', `pertonne run --port ${port}`],
    ['pertonne demo', `pertonne demo --port ${port}`],
    ['bench:sizing', 'bench:sizing -- --minutes 0.05 100'],
  ];
});
afterAll(async () => {
  await plant.kill('SIGTERM');
  folder.remove();
});

const translated = (command: string): string =>
  here.reduce((text, [there, own]) => text.replaceAll(there, own), command);

describe.each(GUIDES)('%s', (guide) => {
  const steps = stepsOf(guide);

  test('does as it says, command by command', { timeout: 300_000 }, async () => {
    const work = join(folder.path, guide.replaceAll('/', '-'));
    mkdirSync(work);
    const shell = new Shell(work, bin);
    try {
      for (const step of steps) await take(step, shell, `${guide}:${step.line}`);
    } finally {
      await shell.stop();
    }
  });
});

async function take({ command, unrun, code, stopped, shows }: Step, shell: Shell, where: string): Promise<void> {
  if (stopped) expect(await shell.stop(), where).toBe(0);
  if (unrun !== null) return;
  if (/^npx pertonne (run|demo)\b/.test(command)) return shell.start(translated(command));
  const { status, output } = await shell.run(translated(command));
  expect(status, `${where}\n${output}`).toBe(code);
  expect(missingFrom(output, translated(shows ?? '')), `${where}\n${output}`).toEqual([]);
}

test.each(['install', 'first-meter', 'first-opcua'])(
  'the Chinese %s gives the same commands, and what they end with',
  (guide) => {
    const said = (file: string) => stepsOf(file).map(({ line: _, ...step }) => step);
    expect(said(`docs/${guide}.zh-CN.md`)).toEqual(said(`docs/${guide}.md`));
  },
);

test('a guide that is wrong would be found', () => {
  expect(missingFrom('unit 1   12 kWh  good\nno more', 'unit 2  7.5 kWh  good\nno …')).toEqual([]);
  expect(missingFrom('unit 1   12 kWh  bad', 'unit 2  7.5 kWh  good')).toEqual(['unit 2  7.5 kWh  good']);
});

test('what is not run here is little, and says why, and what does it instead', () => {
  const all = GUIDES.flatMap(stepsOf);
  const unrun = all.filter((step) => step.unrun !== null);
  expect(unrun.length).toBeLessThan(all.length / 2);
  const reasons = /^(?:a container engine|systemd as root|it is what made this checkout); (?<instead>[\w./-]+) /;
  for (const { unrun: reason } of unrun) {
    expect(reason).toMatch(reasons);
    expect(existsSync(join(import.meta.dirname, '../..', reasons.exec(reason!)!.groups!.instead!)), reason!).toBe(true);
  }
});
