import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/freePort.ts';
import { temporaryFolder } from '../support/process.ts';
import { Program } from '../support/program.ts';
import { dialling } from './dialoutKit.ts';
import { figures, kits, range } from './streamKit.ts';

/** The programs of docs/subscribe.md, run as its readers run them. */

const ROOT = join(import.meta.dirname, '../..');
const guide = readFileSync(join(ROOT, 'docs/subscribe.md'), 'utf8');
const [connecting, accepting] = blocks('ts') as [string, string];
const [python] = blocks('python') as [string];
const PYTHON = '/usr/bin/python3';
const hasWebsockets = spawnSync(PYTHON, ['-c', 'import websockets']).status === 0;

function blocks(language: string): string[] {
  return [...guide.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, of, text]) =>
    of === language ? [text!] : [],
  );
}

const { agent, close } = kits();
const folder = temporaryFolder();
const running: Program[] = [];
const run = (command: string, ...args: string[]): Program => {
  const program = new Program(command, args, folder.path);
  running.push(program);
  return program;
};
afterEach(async () => {
  for (const program of running.splice(0)) await program.kill('SIGKILL');
  await close();
});
afterAll(() => folder.remove());

test('20 lines are 20 lines', () => {
  for (const block of [connecting, accepting, python])
    expect(block.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(20);
});

/** An empty folder with the package in it, laid out as npm does, but without what the client does not need. */
describe('with pertonne/client out of the package', () => {
  beforeAll(() => {
    const pack = ['pack', '--ignore-scripts', '--pack-destination', folder.path];
    execFileSync('npm', pack, { cwd: ROOT, stdio: 'pipe' });
    const archive = readdirSync(folder.path).find((file) => file.endsWith('.tgz'))!;
    const modules = join(folder.path, 'node_modules');
    mkdirSync(join(modules, 'pertonne'), { recursive: true });
    execFileSync('tar', ['-xzf', join(folder.path, archive), '-C', join(modules, 'pertonne'), '--strip-components=1']);
    writeFileSync(join(folder.path, 'package.json'), '{ "type": "module" }\n');
    writeFileSync(join(folder.path, 'connecting.ts'), connecting);
    writeFileSync(join(folder.path, 'accepting.ts'), accepting);
  });
  /** What a program asks for besides. */
  const add = (name: string): void => {
    mkdirSync(join(folder.path, 'node_modules/@types'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(folder.path, 'node_modules', name));
  };

  test('it needs no other package to run', () => {
    const code = readFileSync(join(folder.path, 'node_modules/pertonne/agent/client/dist/index.js'), 'utf8');
    expect(code).toMatch(/export \{/);
    expect(code).not.toMatch(/^import |\bimport\(|\brequire\(/m);
  });

  test('prints each record, over a restart of the agent, and goes on after one of its own', async () => {
    const first = await agent();
    await first.append(figures(3));
    const program = run(process.execPath, 'connecting.ts', new URL(first.url).origin);
    await expect.poll(() => program.seqs(), { message: program.stderr }).toEqual([1, 2, 3]);
    await expect.poll(() => first.store.cursor('guide')).toMatchObject({ seq: 3 });
    await first.stop();
    const second = await agent({ port: first.port, folder: first.folder });
    await second.append(figures(2));
    await expect.poll(() => program.seqs()).toEqual(range(1, 5));
    await expect.poll(() => second.store.cursor('guide')).toMatchObject({ seq: 5 });
    expect(await program.kill('SIGTERM')).toBe(0);
    expect(program.stderr).toMatch(/again in \d+ ms/);
    await second.append(figures(1));
    const again = run(process.execPath, 'connecting.ts', second.url);
    await expect.poll(() => again.seqs()).toEqual([6]);
  });

  test('takes an agent that dials out, and leaves the place to it', async () => {
    add('ws');
    const it = await agent();
    await it.append(figures(3));
    const port = await freePort();
    const { stop } = dialling(it, [{ id: 'head-office', url: `ws://127.0.0.1:${port}` }]);
    const program = run(process.execPath, 'accepting.ts', String(port));
    await expect.poll(() => program.seqs(), { message: program.stderr }).toEqual([1, 2, 3]);
    expect(JSON.parse(program.lines[0]!)).toMatchObject({ agent: 'test', kind: 'evaluation' });
    await expect.poll(() => it.store.cursor('head-office/guide')).toMatchObject({ seq: 3 });
    await program.kill('SIGKILL');
    await it.append(figures(2));
    const again = run(process.execPath, 'accepting.ts', String(port));
    await expect.poll(() => again.seqs()).toEqual([4, 5]);
    await stop();
  });

  test('the types are those of the protocol', () => {
    for (const name of ['zod', '@types/node', '@types/ws', 'undici-types']) add(name);
    const wrong =
      "import { connect } from 'pertonne/client';\nconnect('ws://x', { subscribe: { kinds: ['weather'] } });\n";
    writeFileSync(join(folder.path, 'wrong.ts'), wrong);
    const check = (...files: string[]): string => {
      const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext', '--types', 'node'];
      const tsc = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), [...options, ...files], { cwd: folder.path });
      return String(tsc.stdout) + String(tsc.stderr);
    };
    expect(check('connecting.ts', 'accepting.ts')).toBe('');
    expect(check('wrong.ts')).toMatch(/wrong\.ts\(2,.*"weather"/);
  });
});

describe.skipIf(!hasWebsockets)("with Python's websockets (skipped without Debian's python3-websockets)", () => {
  test('prints each record once, over a restart of the agent', async () => {
    writeFileSync(join(folder.path, 'guide.py'), python);
    const first = await agent();
    await first.append(figures(3));
    const program = run(PYTHON, 'guide.py', first.url);
    await expect.poll(() => program.seqs(), { message: program.stderr }).toEqual([1, 2, 3]);
    await first.stop();
    const second = await agent({ port: first.port, folder: first.folder });
    await second.append(figures(200, 300));
    await expect.poll(() => program.seqs(), { timeout: 50_000 }).toEqual(range(1, 203));
    await expect.poll(() => second.stream.states()).toMatchObject([{ lag: 0, unackedBytes: 0 }]);
  });
});
