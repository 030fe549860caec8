import { rm } from 'node:fs/promises';
import { backUp } from '../../agent/store/backup.ts';
import { openStore } from '../../agent/store/open.ts';
import { recordOf, totalUpTo } from '../support/crashRecords.ts';
import { unexpected } from '../support/unexpected.ts';

/**
 * Keeps the log in argv[2] as busy as can be until killed: transactions of all sizes with a checkpoint that sums them up,
 * retention with tiny bounds, backups, a durable reader's place. Prints what a reader from argv[3] on is given:
 * `sent FROM TO`, `gap FROM TO`, and what was committed: `told SEQ`. With `opens` in place of a number it only opens the log.
 */
const [file, from] = [process.argv[2]!, process.argv[3]!];
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const store = await openStore({
  file,
  wireTime: String,
  maxBytes: 300_000,
  missing: (gap) => say(`missing ${gap.reason}`),
});
say('open');

async function write(): Promise<never> {
  for (let size = 1; ; size = (size * 7 + 3) % 61) {
    const last = store.lastSeq();
    const records = Array.from({ length: size }, (_, n) => recordOf(last + 1 + n));
    await store.write(async (tx) => {
      await tx.append(records);
      await tx.saveMinutes([{ tag: 'power', minute: last * 60_000, min: 1, max: 3, mean: 2, last: 2, goodShare: 1 }]);
      await tx.saveCheckpoint(JSON.stringify({ seq: last + size, total: totalUpTo(last + size) }));
    });
    say(`told ${last + size}`);
  }
}

async function read(): Promise<never> {
  for (let after = Number(from); ; ) {
    const page = await store.read(after, 100);
    const [first, last] = [page[0], page.at(-1)];
    if (!first || !last) {
      await store.write(async () => {});
      continue;
    }
    if (first.seq > after + 1) say(`gap ${after + 1} ${first.seq - 1}`);
    for (const { seq, body } of page) if (body !== JSON.stringify(recordOf(seq).body)) say(`false ${seq}`);
    say(`sent ${first.seq} ${last.seq}`);
    after = last.seq;
    store.saveCursor('reader', { epoch: store.epoch, seq: after }, after);
  }
}

async function keep(): Promise<never> {
  for (;;) {
    await store.prune(0);
    await store.write(async () => {});
  }
}

async function copy(): Promise<never> {
  for (;;) {
    await rm(`${file}.copy`, { force: true });
    await backUp(file, `${file}.copy`, unexpected);
  }
}

if (from !== 'opens') await Promise.all([write(), read(), keep(), copy()]);
