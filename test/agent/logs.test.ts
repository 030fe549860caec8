import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newToken } from '../../agent/access/tokenFile.ts';
import { leaksIn, PASSWORD, secretsIn } from '../support/logs.ts';
import { temporaryFolder } from '../support/process.ts';
import { runOf } from '../support/runOf.ts';

/** What the judge of all logs of a run takes for a secret. */

test.each([
  ['a token', `{"event":"x","url":"/v1/plant?token=${newToken()}"}`],
  ['an authorization', '{"headers":{"authorization":"Bearer abcdefgh12345"}}'],
  ['an authorization', '{"headers":{"proxy-authorization":"Basic YWdlbnQ6cw=="}}'],
  ['a cookie', `{"cookie":"a=b; pertonne-8080=${'x'.repeat(43)}"}`],
  ['a private key', '{"pem":"-----BEGIN PRIVATE KEY-----\\nMII"}'],
  ['a password of a test', `{"proxy":"http://agent:${PASSWORD}@proxy"}`],
])('%s is found', (what, line) => {
  expect(secretsIn(line)).toEqual([what]);
});

test('lines that only speak of them are none', () => {
  const words = '{"event":"tokens-read","tokens":2,"message":"a valid token is needed: Authorization: Bearer …"}';
  expect(secretsIn(words)).toEqual([]);
});

test('all files of the folder are looked through', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder.path, '1.log'), 'fine\nfine\n');
  writeFileSync(join(folder.path, '2.log'), `fine\n${newToken()}\n`);
  expect(leaksIn(folder.path)).toEqual({ lines: 6, leaks: [expect.stringMatching(/^a token: pertonne_/)] });
  folder.remove();
});

test.each([
  ['logsSecret', 'an agent in the process of its test'],
  ['saysSecret', 'a command'],
])('a run of tests fails when %s: %s tells one, though all its tests pass', async (fixture) => {
  const { code, output } = await runOf(`agent/fixtures/${fixture}`);
  expect(output).toMatch(/Tests .*1 passed/);
  expect(output).toMatch(/a secret was logged:\s+a password of a test: .*planted-secret/);
  expect(code).not.toBe(0);
});

test('nothing that a run of tests starts can log past that', () => {
  const root = join(import.meta.dirname, '..');
  const sources = globSync('**/*.ts', { cwd: root, exclude: (name) => name === 'bench' || name === 'soak' });
  const withText = (pattern: RegExp): string[] =>
    sources.filter((file) => pattern.test(readFileSync(join(root, file), 'utf8'))).sort();
  expect(withText(/^import (?!type).*'pino'/m)).toEqual(['support/logs.ts']);
  const [named, starting] = [withText(/agent\/main\.ts['"`]/), withText(/\bspawn\(/)];
  const starters = named.filter((file) => starting.includes(file));
  expect(starters.length).toBeGreaterThan(2);
  const recording = withText(/recordOutput\(/);
  expect(starters.filter((file) => !recording.includes(file))).toEqual([]);
});
