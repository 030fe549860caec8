import { describe, expect, test } from 'vitest';
import { newToken } from '../../agent/access/tokenFile.ts';
import { REMOVED, redact, redactYaml } from '../../agent/bundle/redact.ts';

const SECRET = 'Xq7-hidden_9';

describe('of a text nothing is left that was a secret', () => {
  test.each([
    ['a setting', `password: ${SECRET}`],
    ['a setting in quotes', `userPassword: "${SECRET} with spaces"`],
    ['JSON', `{"level":30,"token":"${SECRET}","event":"x"}`],
    ['JSON with an escaped quote', `{"secret":"a\\"${SECRET}"}`],
    ['a header', `authorization: Bearer ${SECRET}`],
    ['a header in JSON', `{"headers":{"Authorization":"Bearer ${SECRET}"}}`],
    ['a cookie', `set-cookie: session=${SECRET}`],
    ['an environment', `PERTONNE_API_KEY=${SECRET}`],
    ['who logs in by an address', `opc.tcp://operator:${SECRET}@plc:4840`],
    ['a key', `-----BEGIN RSA PRIVATE KEY-----\n${SECRET}\n-----END RSA PRIVATE KEY-----`],
    ['a key that was cut off', `-----BEGIN PRIVATE KEY-----\n${SECRET}`],
  ])('%s', (_, text) => {
    const left = redact(text);
    expect(left).not.toContain(SECRET);
    expect(left).toContain(REMOVED);
  });

  test('a token of ours, wherever it stands', () => {
    const token = newToken();
    expect(redact(`somebody pasted ${token} here`)).toBe(`somebody pasted ${REMOVED} here`);
  });
});

test('where a secret is kept is told, and so is all else', () => {
  const text =
    'passwordFile: /run/secrets/plc\ntokenFile: token.txt\nuser: pertonne\nurl: "opc.tcp://plc:4840"\nat: 2026-11-28T00:00:00Z\n';
  expect(redact(text)).toBe(text);
  expect(redactYaml(text)).toBe(text);
});

test('of YAML also a secret of many lines is removed, and what is no YAML is taken as a text', () => {
  const yaml = redactYaml(
    `endpoints:\n  - id: plc\n    password: |\n      ${SECRET}\n      ${SECRET}\n    period: 1s # a comment\n`,
  );
  expect(yaml).toBe(`endpoints:\n  - id: plc\n    password: "${REMOVED}"\n    period: 1s # a comment\n`);
  expect(redactYaml(`a: [\npassword: ${SECRET}`)).not.toContain(SECRET);
});
