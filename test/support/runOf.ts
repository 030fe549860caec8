import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const TEST = join(import.meta.dirname, '..');

/** Runs the tests of a fixture, such as `drivers/fixtures/reads`, as a run of its own, with a judge of its own. */
export async function runOf(fixture: string): Promise<{ code: number; output: string }> {
  const vitest = join(TEST, '../node_modules/vitest/vitest.mjs');
  const { PERTONNE_WIRE: _, PERTONNE_LOGS: __, NODE_OPTIONS: ___, ...env } = process.env;
  const args = [
    vitest,
    'run',
    '--config',
    join(TEST, 'drivers/fixtures/vitest.config.ts'),
    `test/${fixture}.fixture.ts`,
  ];
  const ended = promisify(execFile)(process.execPath, args, { env: { ...env, VITEST: undefined } });
  return ended.then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, output: stdout + stderr }),
  );
}
