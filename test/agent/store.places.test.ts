import { expect, test } from 'vitest';
import { trailBreak } from '../../agent/store/audit.ts';
import type { NewRecord } from '../../agent/store/contract.ts';
import { openSqlite } from '../../agent/store/sqlite.ts';
import { note, START, StoreKit } from '../support/storeKit.ts';

/** Readers' places, operators' entries, the audit trail. */

const kit = new StoreKit();

const entry = (key: string, amount: number): NewRecord => ({
  ...{ kind: 'entry', at: START, key: null },
  body: { key, type: 'piece', meter: 'metal', by: 'Li', refused: null, entered: { amount } },
});

async function change(sql: string): Promise<void> {
  const database = await openSqlite(kit.file);
  await database.exec(sql);
  await database.close();
}

test('the place of a reader is kept with the next commit, and when the store closes', async () => {
  const store = await kit.opened();
  const { epoch } = store;
  expect(await store.cursor('mes')).toBeUndefined();
  store.saveCursor('mes', { epoch, seq: 3 }, START);
  expect(await store.cursor('mes')).toEqual({ epoch, seq: 3 });
  await store.write((tx) => tx.append([note(1)]));
  store.saveCursor('cloud', { epoch, seq: 1 }, START);
  await store.close();

  const again = await kit.opened();
  expect([await again.cursor('mes'), await again.cursor('cloud')]).toEqual([
    { epoch, seq: 3 },
    { epoch, seq: 1 },
  ]);
});

test('a place never goes back within an epoch, committed or not', async () => {
  const store = await kit.opened();
  const { epoch } = store;
  store.saveCursor('mes', { epoch, seq: 9 }, START);
  store.saveCursor('mes', { epoch, seq: 4 }, START);
  expect(await store.cursor('mes')).toEqual({ epoch, seq: 9 });
  await store.write(async () => {});
  store.saveCursor('mes', { epoch, seq: 7 }, START);
  expect(await store.cursor('mes')).toEqual({ epoch, seq: 9 });
  await store.write(async () => {});
  expect(await store.cursor('mes')).toEqual({ epoch, seq: 9 });
  store.saveCursor('mes', { epoch: 'of another log', seq: 2 }, START);
  await store.write(async () => {});
  expect(await store.cursor('mes')).toEqual({ epoch: 'of another log', seq: 2 });
});

test('a place whose transaction failed is saved by the next', async () => {
  const store = await kit.opened();
  store.saveCursor('mes', { epoch: store.epoch, seq: 5 }, START);
  const failing = store.write(() => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  await store.write(async () => {});
  await store.close();
  expect((await (await kit.opened()).cursor('mes'))?.seq).toBe(5);
});

test('of more than ten thousand readers those go that were saved longest ago', async () => {
  const store = await kit.opened();
  const { epoch } = store;
  for (let n = 0; n < 10_002; n++) store.saveCursor(`reader-${n}`, { epoch, seq: 1 }, START + n);
  await store.write(async () => {});
  expect((await store.prune(START)).places).toBe(2);
  expect([await store.cursor('reader-1'), await store.cursor('reader-2')]).toEqual([undefined, { epoch, seq: 1 }]);
});

test('an entry is found by its key; of two with one key the first', async () => {
  const store = await kit.opened();
  await store.write((tx) => tx.append([note(1), entry('ladle-17', 7.2), entry('ladle-18', 7.4)]));
  await store.write((tx) => tx.append([entry('ladle-17', 9.9)]));
  const found = await store.entryByKey('ladle-17');
  expect(found).toMatchObject({ key: 'ladle-17', at: START, who: 'Li', epoch: store.epoch, seq: 2 });
  expect(JSON.parse(found!.body)).toMatchObject({ entered: { amount: 7.2 } });
  expect(await store.entryByKey('ladle-19')).toBeUndefined();
  const keys = async (meter: string, from: number, to: number) =>
    (await store.entered([meter], from, to, 10)).map(({ key }) => key);
  expect(await keys('metal', START, START)).toEqual(['ladle-17', 'ladle-18']);
  expect([await keys('coils', START, START), await keys('metal', START + 1, START + 2)]).toEqual([[], []]);
});

test('the audit trail only grows, and shows where somebody changed it', async () => {
  const store = await kit.opened();
  const did = (action: string) => ({ at: START, who: 'Li', from: null, action, detail: { n: 1 } });
  await store.write((tx) => tx.audit([did('one'), did('two')]));
  await store.write((tx) => tx.audit([did('three')]));
  const trail = await store.auditTrail(0, 10);
  expect(trail.map(({ text }) => JSON.parse(text).action)).toEqual(['one', 'two', 'three']);
  expect(trailBreak(trail, '')).toBeNull();
  expect(trailBreak(await store.auditTrail(1, 10), trail[0]!.hash)).toBeNull();
  expect(trailBreak([trail[0]!, trail[2]!], '')).toBe(3);
  await store.close();

  await expect(change(`UPDATE audit SET text = '{}' WHERE id = 2`)).rejects.toThrow(/append-only/);
  await expect(change('DELETE FROM audit WHERE id = 3')).rejects.toThrow(/append-only/);
  await change(`DROP TRIGGER audit_is_final; UPDATE audit SET text = replace(text, 'Li', 'Wu') WHERE id = 2`);
  expect(trailBreak(await (await kit.opened()).auditTrail(0, 10), '')).toBe(2);
});
