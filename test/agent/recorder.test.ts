import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { recordTo } from '../../agent/offline/recorder.ts';
import { temporaryFolder } from '../support/process.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const MANY = Array.from({ length: 2_000 }, (_, i) => ({
  ...{ tag: `tag.${i}`, value: i, statusCode: 'good' as const, sourceTimestamp: 0, receivedAt: 0 },
}));

test('whoever waits for room gets it, also when others have filled it meanwhile', async () => {
  const recorder = recordTo(join(folder.path, 'samples.jsonl'), (cause) => expect.unreachable(String(cause)));
  const waiting: Promise<void>[] = [];
  for (let now = 0; now < 20; now++) {
    recorder.take({ now, samples: MANY, entries: [] });
    waiting.push(recorder.room());
  }
  await Promise.all(waiting);
  await recorder.close();
});
