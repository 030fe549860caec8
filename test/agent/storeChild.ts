import { openStore } from '../../agent/store/open.ts';

/** Writes to the store in argv[2] until killed: each transaction three records and a checkpoint that counts them. */
const store = await openStore({ file: process.argv[2]!, wireTime: String });
let count = Number((await store.checkpoint()) ?? 0);
for (;;) {
  const records = [1, 2, 3].map((n) => ({ kind: 'meter' as const, at: 0, key: null, body: { n: count + n } }));
  await store.write(async (tx) => {
    await tx.append(records);
    await tx.saveCheckpoint(String(count + 3));
  });
  count += 3;
  process.stdout.write(`${count}\n`);
}
