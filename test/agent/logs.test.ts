import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newToken } from '../../agent/access/tokenFile.ts';
import { leaksIn, secretsIn } from '../support/logs.ts';
import { temporaryFolder } from '../support/process.ts';

/** What the judge of all logs of a run takes for a secret. */

test.each([
  ['a token', `{"event":"x","url":"/v1/plant?token=${newToken()}"}`],
  ['an authorization', '{"headers":{"authorization":"Bearer abcdefgh12345"}}'],
  ['an authorization', '{"headers":{"proxy-authorization":"Basic YWdlbnQ6cw=="}}'],
  ['a cookie', `{"cookie":"a=b; pertonne-8080=${'x'.repeat(43)}"}`],
  ['a private key', '{"pem":"-----BEGIN PRIVATE KEY-----\\nMII"}'],
  ['a password of a test', '{"proxy":"http://agent:s@cret:1@proxy"}'],
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
