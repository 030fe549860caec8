import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { BY_HAND } from '../agent/agentKit.ts';
import { ended, Pertonne, temporaryFolder } from '../support/process.ts';

/** `pertonne start`, as a container does it: the plant where its file is there, else the demo; never both on one folder. */

const folder = temporaryFolder();
afterAll(() => folder.remove());
const config = join(folder.path, 'plant.yaml');

/** Starts it on a folder until it listens; tells what it listens for. */
async function listening(data: string): Promise<Record<string, unknown>> {
  const agent = new Pertonne('start', '-c', config, '--data', join(folder.path, data), '--port', '0');
  const said = await agent.line({ event: 'listening' });
  expect(await agent.kill('SIGTERM')).toBe(0);
  return said;
}
const refused = (data: string): Promise<unknown> => ended('start', '-c', config, '--data', join(folder.path, data));

test('without a file the demo, with one the plant; neither writes into the log of the other', async () => {
  expect(await listening('demo')).toMatchObject({ simulated: true });
  writeFileSync(config, BY_HAND);
  expect(await refused('demo')).toMatchObject({ code: 3, err: expect.stringContaining('holds the log of a demo') });
  expect(await listening('plant')).toMatchObject({ simulated: false, agent: 'by-hand' });
  renameSync(config, `${config}.away`);
  expect(await refused('plant')).toMatchObject({ code: 3, err: expect.stringContaining('mount the plant') });
  expect(await listening('demo')).toMatchObject({ simulated: true });
});
