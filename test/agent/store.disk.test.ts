import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LogStore } from '../../agent/store/open.ts';
import { faultInWords } from '../../agent/store/words.ts';
import { smallDisk } from '../support/disk.ts';
import { note, StoreKit } from '../support/storeKit.ts';

const kit = new StoreKit();
const notes = (count: number) => Array.from({ length: count }, (_, n) => note(n));
const big = Array.from({ length: 200 }, () => ({ ...note(1), body: { text: 'x'.repeat(10_000) } }));

async function onDisk(bytes: number, work: (disk: NonNullable<ReturnType<typeof smallDisk>>) => Promise<void>) {
  const folder = join(kit.folder, 'disk');
  await mkdir(folder);
  const disk = smallDisk(folder, bytes);
  if (!disk) return 'no file system can be mounted here';
  try {
    await work(disk);
  } finally {
    for (const store of open.splice(0)) await store.close();
    disk.remove();
  }
  return null;
}

const open: LogStore[] = [];
async function opened(): Promise<LogStore> {
  const store = await kit.opened({ file: join(kit.folder, 'disk', 'log.db') });
  open.push(store);
  return store;
}

const fault = (work: Promise<unknown>): Promise<string> => work.then(() => 'none', faultInWords);

describe('a disk that is full', () => {
  test('takes nothing and loses nothing, can be read, and is written to again when there is room', async ({ skip }) => {
    const why = await onDisk(3_000_000, async (disk) => {
      const store = await opened();
      await store.write((tx) => tx.append(notes(10)));
      disk.fill();
      expect(await fault(store.write((tx) => tx.append(big)))).toMatch(/^the disk is full; make room/);
      expect([(await store.read(0, 100)).length, store.lastSeq()]).toEqual([10, 10]);
      expect(await fault(store.write((tx) => tx.append(big)))).toMatch(/^the disk is full/);
      disk.free();
      await store.write((tx) => tx.append(notes(5)));
      expect((await store.read(0, 100)).map(({ seq }) => seq)).toEqual(Array.from({ length: 15 }, (_, n) => n + 1));
    });
    skip(why !== null, String(why));
  });

  test.for(['stopped', 'killed'])('does not keep an agent that was %s from starting', async (how, { skip }) => {
    const why = await onDisk(3_000_000, async (disk) => {
      const first = await opened();
      await first.write(async (tx) => {
        await tx.append(notes(10));
        await tx.saveCheckpoint('{"a":1}');
      });
      const { epoch } = first;
      if (how === 'stopped') await first.close();
      else await asKilled(first);
      disk.fill();
      const store = await opened();
      expect([store.epoch, store.lastSeq(), await store.checkpoint()]).toEqual([epoch, 10, '{"a":1}']);
      expect(await fault(store.write((tx) => tx.append(big)))).toMatch(/^the d(isk|ata folder)/);
      disk.free();
      await store.write((tx) => tx.append(notes(1)));
      expect([store.epoch, (await store.read(9, 9)).map(({ seq }) => seq)]).toEqual([epoch, [10, 11]]);
    });
    skip(why !== null, String(why));
  });
});

test('a disk that is read only can be read, and is written to again when it can', async ({ skip }) => {
  const why = await onDisk(3_000_000, async (disk) => {
    const first = await opened();
    await first.write((tx) => tx.append(notes(10)));
    await first.close();
    expect(disk.readOnly(true)).toBe(true);
    const store = await opened();
    expect([store.epoch, store.lastSeq(), (await store.read(0, 99)).length]).toEqual([first.epoch, 10, 10]);
    expect(await fault(store.write((tx) => tx.append(notes(1))))).toMatch(/^the data folder cannot be written/);
    expect(disk.readOnly(false)).toBe(true);
    await store.write((tx) => tx.append(notes(1)));
    expect((await store.read(9, 9)).map(({ seq }) => seq)).toEqual([10, 11]);
  });
  skip(why !== null, String(why));
});

test('without a log and without a way to make one, it says so', async ({ skip }) => {
  const why = await onDisk(3_000_000, async (disk) => {
    expect(disk.readOnly(true)).toBe(true);
    expect(await fault(opened())).toMatch(/^the data folder cannot be written/);
  });
  skip(why !== null, String(why));
});

/** What a killed process leaves behind: the files as they stand, and no lock. */
async function asKilled(store: LogStore): Promise<void> {
  const [from, to] = [join(kit.folder, 'disk'), join(kit.folder, 'left')];
  await cp(from, to, { recursive: true });
  await store.close();
  for (const name of await readdir(to)) await cp(join(to, name), join(from, name));
}
