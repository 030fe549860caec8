import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { SCHEMA } from '../../agent/store/schema.ts';
import { openSqlite } from '../../agent/store/sqlite.ts';
import { BY_HAND } from '../agent/agentKit.ts';
import { ended, Pertonne, temporaryFolder } from '../support/process.ts';

/** A newer version on an older one's folder, and the way back. */

const folder = temporaryFolder();
afterAll(() => folder.remove());
const plant = join(folder.path, 'plant.yaml');
writeFileSync(plant, BY_HAND);

const logIn = (data: string): string => join(data, 'pertonne.db');

async function withLog<T>(
  data: string,
  work: (database: Awaited<ReturnType<typeof openSqlite>>) => Promise<T>,
): Promise<T> {
  const database = await openSqlite(logIn(data));
  return work(database).finally(() => database.close());
}

/** Starts an agent on a folder and stops it once it works; resolves to what it found there. */
async function runOn(data: string): Promise<Record<string, unknown>> {
  const agent = new Pertonne('run', '-c', plant, '--port', '0', '--data', data);
  const opened = await agent.line({ event: 'store-opened' });
  await agent.line({ event: 'endpoint-down' });
  expect(await agent.kill('SIGTERM')).toBe(0);
  return opened;
}

test('an agent goes on where one of an earlier version was; back again, it leaves what the newer one changed alone until a backup is put back', async () => {
  const data = join(folder.path, 'data');
  mkdirSync(data);
  const older = readFileSync(join(import.meta.dirname, `../agent/oldSchemas/${SCHEMA - 1}.sql`), 'utf8');
  await withLog(data, (database) => database.exec(older));
  const before = await runOn(data);
  expect(before).toMatchObject({ epoch: '00112233445566778899aabbccddeeff', lastSeq: 10 });

  const backup = join(folder.path, 'backup.db');
  expect(await ended('backup', backup, '--data', data)).toMatchObject({ code: 0 });
  const after = await runOn(data);
  expect(after.epoch).toBe(before.epoch);

  // What a version of tomorrow would leave behind.
  await withLog(data, (database) => database.exec(`PRAGMA user_version = ${SCHEMA + 1}`));
  const hash = (): string =>
    createHash('sha256')
      .update(readFileSync(logIn(data)))
      .digest('hex');
  const left = hash();
  const refused = await ended('run', '-c', plant, '--port', '0', '--data', data);
  expect(refused).toMatchObject({ code: 3 });
  expect(refused.err).toContain(`has schema ${SCHEMA + 1}; this agent knows up to ${SCHEMA}`);
  expect(refused.err).toContain('pertonne restore');
  expect(hash()).toBe(left);

  expect(await ended('restore', backup, '--data', data)).toMatchObject({ code: 0 });
  const back = await runOn(data);
  expect(back.lastSeq).toBeGreaterThanOrEqual(10);
  expect(back.epoch).not.toBe(before.epoch);
  const kept = readdirSync(data).find((name) => name.startsWith('replaced-'))!;
  expect(
    createHash('sha256')
      .update(readFileSync(logIn(join(data, kept))))
      .digest('hex'),
  ).toBe(left);
});
