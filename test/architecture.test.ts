import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { breachesOf } from './support/architecture.ts';

const root = join(import.meta.dirname, '..');

async function sources(): Promise<string[]> {
  const files = glob('{agent,config,drivers,rules,test}/**/*.{ts,tsx,css}', {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist)(\/|$)/.test(path),
  });
  return (await Array.fromAsync(files)).map((file) => file.replaceAll('\\', '/')).sort();
}

test('the house keeps its rules: floors, one clock, short files, nothing mocked', async () => {
  const files = await sources();
  for (const floor of ['agent/', 'config/', 'drivers/', 'rules/', 'test/'])
    expect(files.some((file) => file.startsWith(floor))).toBe(true);
  const breaches = await Promise.all(
    files.map(async (file) =>
      breachesOf(file, await readFile(join(root, file), 'utf8')).map((told) => `${file}: ${told}`),
    ),
  );
  expect(breaches.flat()).toEqual([]);
});

describe('the check itself finds', () => {
  test.each([
    ['an arrow up', 'rules/x.ts', "import { a } from '../drivers/a.ts';", 'imports drivers/a.ts, a floor above'],
    [
      'a type is an arrow too',
      'drivers/x.ts',
      "import type { A } from '../config/a.ts';",
      'imports config/a.ts, a floor above',
    ],
    ['an arrow in a re-export', 'config/x.ts', "export * from '../agent/a.ts';", 'imports agent/a.ts, a floor above'],
    ['an arrow in a late import', 'config/x.ts', "await import('../agent/a.ts');", 'imports agent/a.ts, a floor above'],
    [
      'an arrow in an inline type',
      'rules/x.ts',
      "type A = import('../config/a.ts').A;",
      'imports config/a.ts, a floor above',
    ],
    ['an arrow out of the house', 'agent/x.ts', "import '../test/a.ts';", 'imports test/a.ts, which is on no floor'],
    [
      'an arrow to another protocol',
      'drivers/modbus/x.ts',
      "import '../opcua/a.ts';",
      "imports drivers/opcua/a.ts, another protocol's",
    ],
    ['node: in rules', 'rules/x.ts', "import { join } from 'node:path';", 'rules imports node:path'],
    ['a package in rules', 'rules/meter/x.ts', "import pino from 'pino';", 'rules imports pino'],
    ['the time', 'agent/x.ts', 'const t = Date.now();', 'Date.now outside agent/clock.ts'],
    ['the time in brackets', 'agent/x.ts', "const t = Date['now']();", 'Date.now outside agent/clock.ts'],
    ['the time as a date', 'config/x.ts', 'const t = new Date();', 'new Date() outside agent/clock.ts'],
    ['the time as Temporal has it', 'rules/x.ts', 'Temporal.Now.instant();', 'Temporal.Now outside agent/clock.ts'],
    ['the monotonic time', 'drivers/x.ts', 'performance.now();', 'performance.now outside agent/clock.ts'],
    ['a timer', 'drivers/x.ts', 'setTimeout(() => {}, 5);', 'setTimeout outside agent/clock.ts'],
    [
      'a repeated timer',
      'agent/x.ts',
      'globalThis.setInterval(() => {}, 5);',
      'globalThis.setInterval outside agent/clock.ts',
    ],
    [
      'an imported timer',
      'agent/x.ts',
      "import { setTimeout as sleep } from 'node:timers/promises';",
      'node:timers/promises outside agent/clock.ts',
    ],
    ['a timer in a signal', 'agent/x.ts', 'AbortSignal.timeout(5);', 'AbortSignal.timeout outside agent/clock.ts'],
    ['a mock', 'test/x.test.ts', "vi.mock('./a.ts');", 'vi.mock instead of the real thing'],
    ['a long file', 'rules/x.ts', '\n'.repeat(301), '301 lines are more than 300'],
    ['a long style sheet', 'agent/page/x.css', '\n'.repeat(301), '301 lines are more than 300'],
  ])('%s', (_, file, source, breach) => {
    expect(breachesOf(file, source)).toEqual([breach]);
  });

  test.each([
    ['an arrow down', 'agent/http/x.ts', "import { a } from '../../config/a.ts'; import 'node:path'; import 'pino';"],
    ["a protocol's own folder and what all share", 'drivers/modbus/x.ts', "import './a.ts'; import '../driver.ts';"],
    ['the registry, which knows all protocols', 'drivers/index.ts', "import './modbus/a.ts'; import './opcua/a.ts';"],
    ['zod in rules', 'rules/x.ts', "import { z } from 'zod';"],
    ['the one clock', 'agent/clock.ts', 'Date.now(); setTimeout(() => {}, 5);'],
    ['the page in its browser', 'agent/page/x.tsx', 'const a = <p>{Date.now()}</p>;'],
    ['a given date', 'config/x.ts', 'const t = new Date(0); Date.parse("2018-01-01");'],
    ['words about a timer', 'rules/x.ts', "// setTimeout(Date.now())\nconst a = 'Date.now()';"],
    ['300 lines', 'rules/x.ts', '\n'.repeat(300)],
    ['a test that imports anything', 'test/x.test.ts', "import '../agent/a.ts'; import '../rules/a.ts';"],
  ])('nothing against %s', (_, file, source) => {
    expect(breachesOf(file, source)).toEqual([]);
  });
});
