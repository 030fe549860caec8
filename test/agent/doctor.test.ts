import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { diskFindings, secretsFindings } from '../../agent/doctor/disk.ts';
import { expiry } from '../../agent/doctor/finding.ts';
import { logFindings } from '../../agent/doctor/log.ts';
import { clockFinding, filesFinding } from '../../agent/doctor/machine.ts';
import { portFinding } from '../../agent/doctor/stopped.ts';
import { openStore } from '../../agent/store/open.ts';
import { openSqlite } from '../../agent/store/sqlite.ts';
import { smallDisk } from '../support/disk.ts';
import { temporaryFolder } from '../support/process.ts';
import { wireTime } from '../support/storeKit.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const openLog = (data: string) => openStore({ file: join(data, 'pertonne.db'), wireTime });
const NOW = Date.UTC(2026, 10, 28);
const DAY = 86_400_000;

describe('the clock', () => {
  test.each([
    ['was never set', Date.UTC(1970, 0, 1), true, 'fault'],
    ['is of another century', Date.UTC(2140, 0, 1), true, 'fault'],
    ['is kept right', NOW, true, 'ok'],
    ['is left to itself', NOW, false, 'warn'],
    ['cannot be seen to be kept right', NOW, null, 'warn'],
  ])('%s', (_, now, synchronised, state) => expect(clockFinding(now, synchronised)).toMatchObject({ state }));
});

test('a certificate is told of thirty days before it expires', () => {
  const states = [-1, 0, 29, 31].map((days) => expiry('certificate', 'x', NOW + days * DAY, NOW, 'renew').state);
  expect(states).toEqual(['fault', 'fault', 'warn', 'ok']);
});

test('the limit of open files is held against the readers that are allowed', () => {
  const limits =
    'Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 4096                 files\n';
  expect(filesFinding(limits, 1_024, 4)).toMatchObject({ state: 'warn', todo: expect.stringContaining('LimitNOFILE') });
  expect(filesFinding(limits, 500, 4)).toMatchObject({ state: 'ok' });
  expect(filesFinding('', 10_000, 4)).toMatchObject({ state: 'ok' });
});

test('a port that is taken, and one that is free', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  expect(await portFinding('127.0.0.1', port)).toMatchObject({
    state: 'fault',
    says: expect.stringContaining('EADDRINUSE'),
  });
  other.close();
  await once(other, 'close');
  expect(await portFinding('127.0.0.1', port)).toMatchObject({ state: 'ok' });
  expect(await portFinding('192.0.2.1', port)).toMatchObject({
    state: 'fault',
    says: expect.stringContaining('EADDRNOTAVAIL'),
  });
});

describe('the data folder', () => {
  test('that is not there, and that is a plain folder', async () => {
    expect(await diskFindings(join(folder.path, 'none'))).toMatchObject([{ state: 'warn' }]);
    expect(await diskFindings(folder.path)).not.toContainEqual(expect.objectContaining({ state: 'fault' }));
  });

  test('with little room, or read only (skipped where nothing may be mounted)', async ({ skip }) => {
    const place = join(folder.path, 'small');
    mkdirSync(place);
    const disk = smallDisk(place, 2 ** 20);
    if (!disk) return skip();
    try {
      const found = await diskFindings(place);
      expect(found.map(({ state }) => state)).toEqual(['ok', 'warn', 'fault']);
      expect(found.map(({ says }) => says).join()).toMatch(/tmpfs.*0\.0 GiB are left/);
      disk.readOnly(true);
      expect((await diskFindings(place))[0]).toMatchObject({ state: 'fault', says: expect.stringContaining('EROFS') });
    } finally {
      disk.remove();
    }
  });

  test('with tokens and keys that others can read', async () => {
    const data = join(folder.path, 'secrets');
    const keys = join(data, 'pki/own/private');
    mkdirSync(keys, { recursive: true, mode: 0o700 });
    const [tokens, key] = [join(data, 'tokens.json'), join(keys, 'private_key.pem')];
    writeFileSync(tokens, '{}', { mode: 0o600 });
    writeFileSync(key, '', { mode: 0o644 });
    expect(await secretsFindings(data)).toMatchObject([{ state: 'ok' }]);
    chmodSync(tokens, 0o640);
    chmodSync(keys, 0o755);
    const found = await secretsFindings(data);
    expect(found.map(({ state, todo }) => [state, todo?.split(';')[0]])).toEqual([
      ['fault', `chmod 600 ${tokens}`],
      ['fault', `chmod 600 ${key}`],
    ]);
  });
});

describe('the log', () => {
  test('that is not there yet, that is sound, and beside whom an agent writes', async () => {
    const data = join(folder.path, 'log');
    mkdirSync(data);
    expect(await logFindings(data)).toMatchObject([{ state: 'ok', says: 'there is none yet' }]);
    const store = await openLog(data);
    expect((await logFindings(data))[0]).toMatchObject({ state: 'ok', says: expect.stringContaining('sound') });
    await store.close();
  });

  test('of a newer version, which is left as it is', async () => {
    const data = join(folder.path, 'newer');
    mkdirSync(data);
    await (await openLog(data)).close();
    const database = await openSqlite(join(data, 'pertonne.db'));
    await database.exec('PRAGMA user_version = 99');
    await database.close();
    expect(await logFindings(data)).toMatchObject([
      { state: 'fault', says: expect.stringContaining('schema 99'), todo: expect.stringContaining('newer version') },
    ]);
  });

  test('that is no database', async () => {
    const data = join(folder.path, 'spoilt');
    mkdirSync(data);
    writeFileSync(join(data, 'pertonne.db'), 'this is not a database, however long it is looked at'.repeat(100));
    expect(await logFindings(data)).toMatchObject([{ state: 'fault', todo: expect.stringContaining('restore') }]);
  });
});
