import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Pertonne, temporaryFolder } from '../support/process.ts';
import { readUntil } from '../support/reading.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const demo = (): Pertonne => new Pertonne('demo', '--port', '0', '--data', folder.path, '--speed', '600');

test('an agent whose log was damaged while it was stopped goes on in a new one, says so, and keeps the old', async () => {
  const first = demo();
  await readUntil(await first.url(), {}, (lines) => lines.length > 50);
  expect(await first.kill('SIGTERM')).toBe(0);
  const file = join(folder.path, 'pertonne.db');
  const { size } = await stat(file);
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(size - 4_096, 0x41), 0, size - 4_096, 4_096);
  await handle.close();

  const second = demo();
  const url = await second.url();
  const told = await second.line({ event: 'log-gap' });
  expect(told).toMatchObject({ reason: 'damaged-log' });
  expect(await readdir(String(told.keptIn))).toContain('pertonne.db');
  const lines = await readUntil(url, {}, (read) => read.length > 50);
  expect(lines[0]).toMatchObject({ seq: 1, kind: 'gap', body: { reason: 'damaged-log' } });
  const health = (await (await fetch(`${url}/readyz`)).json()) as { reasons: string[] };
  expect(health.reasons.join()).toContain('the log was damaged: it was set aside, and a new one begun');
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('pertonne_log_gaps 1\n');
  expect(await second.kill('SIGTERM')).toBe(0);
});
