import { expect, test } from 'vitest';
import { doubtOf } from '../../agent/store/version.ts';
import { note, StoreKit } from '../support/storeKit.ts';

const kit = new StoreKit();

test.each([
  ['3.7.17', /use 3.51.3 or later/],
  ['3.51.2', /use 3.51.3 or later/],
  ['3.52.0', /withdrawn/],
])('of SQLite %s something is to be said', (version, said) => {
  expect(doubtOf(version)).toMatch(said);
});

test.each(['3.51.3', '3.52.1', '3.53.4', '4.0.0'])('SQLite %s is sound', (version) => {
  expect(doubtOf(version)).toBeNull();
});

test('the version that holds the log is known, and none in which the file can be spoiled', async () => {
  const store = await kit.opened();
  await store.write((tx) => tx.append([note(1)]));
  expect(store.sqliteVersion).toMatch(/^\d+\.\d+\.\d+$/);
  expect(doubtOf(store.sqliteVersion) ?? '').not.toMatch(/spoil/);
});
