import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Keyring } from '../../agent/access/keyring.ts';
import {
  changeTokens,
  digestOf,
  MOST_TOKENS,
  newToken,
  type Token,
  tokenFileIn,
} from '../../agent/access/tokenFile.ts';
import { recordedLog } from '../support/logs.ts';
import { temporaryFolder } from '../support/process.ts';

/** Tokens in a file, and who is let in by them. */

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
let now: number;
let logged: { event?: string; reason?: string }[];
const clock = { wall: () => now, delay: async () => {} };
const log = (): Logger => recordedLog((line) => logged.push(JSON.parse(line)));

beforeEach(() => {
  folder = temporaryFolder();
  file = tokenFileIn(folder.path);
  now = Date.UTC(2026, 0, 1);
  logged = [];
});
afterEach(() => folder.remove());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const entry = (secret: string, change: Partial<Token> = {}): Token => ({
  ...{ name: 'Wang Wei', scope: 'enter', sha256: digestOf(secret).toString('hex') },
  ...{ created: '2026-01-01T00:00:00.000Z', expires: null, ...change },
});
/** A token file with one token of this kind. */
async function kept(change: Partial<Token> = {}): Promise<string> {
  const secret = newToken();
  await changeTokens(file, (tokens) => [...tokens, entry(secret, change)]);
  return secret;
}
const opened = (): Promise<Keyring> => Keyring.open(file, clock, log());

describe('the file', () => {
  test('is for its owner only, and holds no token', async () => {
    const secret = await kept();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain(secret.slice(-20));
    expect(Buffer.from(secret.replace('pertonne_', ''), 'base64url')).toHaveLength(32);
  });

  test('is changed by one at a time, and by nobody halfway', async () => {
    await kept();
    const before = readFileSync(file, 'utf8');
    await expect(changeTokens(file, () => [entry('x', { name: '../../etc' })])).rejects.toThrow();
    writeFileSync(`${file}.new`, '');
    await expect(changeTokens(file, (tokens) => tokens)).rejects.toThrow('another command changes the tokens');
    rmSync(`${file}.new`);
    expect(readFileSync(file, 'utf8')).toBe(before);
    const many = Array.from({ length: MOST_TOKENS + 1 }, () => entry('x'));
    await expect(changeTokens(file, () => many)).rejects.toThrow();
    expect(existsSync(`${file}.new`)).toBe(false);
  });
});

describe('whoever comes', () => {
  test('may do everything where there are no tokens', async () => {
    const keyring = await opened();
    expect(keyring.isOpen).toBe(true);
    expect(keyring.identify({})).toEqual({ name: null, scope: 'admin' });
    expect(logged).toMatchObject([{ event: 'no-tokens' }]);
  });

  test('is known by his token, and by nothing like it', async () => {
    const secret = await kept();
    const keyring = await opened();
    expect(keyring.identify(bearer(secret))).toMatchObject({ name: 'Wang Wei', scope: 'enter' });
    const others = [
      ...['', 'Bearer', 'Bearer ', `Basic ${secret}`, secret, `Bearer ${secret}x`, `Bearer ${secret.slice(0, -1)}`],
      ...[`Bearer ${newToken()}`, `Bearer ${secret} ${secret}`, `Bearer ${digestOf(secret).toString('hex')}`],
    ];
    for (const authorization of others)
      expect([authorization, keyring.identify({ authorization })]).toEqual([authorization, null]);
    expect(keyring.identify({})).toBeNull();
  });

  test('is not let in any more from the instant on at which his token expires', async () => {
    const secret = await kept({ expires: new Date(now + 1_000).toISOString() });
    const keyring = await opened();
    const identity = keyring.identify(bearer(secret))!;
    now += 999;
    expect(keyring.holds(identity)).toBe(true);
    now += 1;
    expect([keyring.identify(bearer(secret)), keyring.holds(identity)]).toEqual([null, false]);
  });
});

describe('a running agent takes up', () => {
  test('a token that is added: from then on nobody gets in without one', async () => {
    const keyring = await opened();
    const anybody = keyring.identify({})!;
    const secret = await kept();
    await keyring.look();
    expect([keyring.isOpen, keyring.identify({}), keyring.holds(anybody)]).toEqual([false, null, false]);
    expect(keyring.identify(bearer(secret))).toMatchObject({ scope: 'enter' });
  });

  test('a token that is removed, while the others stay in', async () => {
    const [gone, stays] = [await kept({ name: 'gone' }), await kept({ name: 'stays' })];
    const keyring = await opened();
    const [one, other] = [keyring.identify(bearer(gone))!, keyring.identify(bearer(stays))!];
    await changeTokens(file, (tokens) => tokens.filter(({ name }) => name === 'stays'));
    await keyring.look();
    expect([keyring.holds(one), keyring.holds(other)]).toEqual([false, true]);
    expect(keyring.identify(bearer(gone))).toBeNull();
  });

  test('a scope that is changed: who came in with the other one must come anew', async () => {
    const secret = await kept({ scope: 'admin' });
    const keyring = await opened();
    const identity = keyring.identify(bearer(secret))!;
    await changeTokens(file, ([one]) => [{ ...one!, scope: 'read' }]);
    await keyring.look();
    expect(keyring.holds(identity)).toBe(false);
    expect(keyring.identify(bearer(secret))).toMatchObject({ scope: 'read' });
  });
});

describe('nobody is let in', () => {
  const damages: [string, () => void][] = [
    ['it is no JSON', () => writeFileSync(file, 'pertonne_secret')],
    ['it is empty', () => writeFileSync(file, '')],
    ['it has an unknown scope', () => writeFileSync(file, readFileSync(file, 'utf8').replace('enter', 'root'))],
    ['it is gone', () => rmSync(file)],
    [
      'it cannot be read',
      () => {
        rmSync(file);
        mkdirSync(file);
        chmodSync(file, 0);
      },
    ],
  ];
  test.each(damages)('while the token file is not as it must be: %s', async (_, damage) => {
    const secret = await kept();
    const whole = readFileSync(file, 'utf8');
    const keyring = await opened();
    const identity = keyring.identify(bearer(secret))!;
    damage();
    for (let times = 0; times < 3; times++) await keyring.look();
    expect([keyring.isOpen, keyring.identify(bearer(secret)), keyring.identify({}), keyring.holds(identity)]).toEqual([
      ...[false, null, null, false],
    ]);
    expect(keyring.reasons()).toEqual([expect.stringContaining('nobody is let in')]);
    expect(logged.filter(({ event }) => event === 'tokens-unreadable')).toHaveLength(1);
    expect(JSON.stringify(logged)).not.toContain('pertonne_secret');
    rmSync(file, { recursive: true, force: true });
    writeFileSync(file, whole);
    await keyring.look();
    expect([keyring.identify(bearer(secret)), keyring.reasons()]).toEqual([expect.anything(), []]);
  });

  test('by an agent that starts with such a file', async () => {
    mkdirSync(join(folder.path, 'tokens.json'));
    const keyring = await opened();
    expect([keyring.isOpen, keyring.identify({})]).toEqual([false, null]);
  });
});
