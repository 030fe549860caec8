import { spawnSync } from 'node:child_process';

/** `npm run crash [-- N]`: kills logs under load, and whole agents, N times each (200); the tests say what must be true. */

const count = Number(process.argv[2] ?? 200);
if (!Number.isInteger(count) || count < 1) throw new RangeError('npm run crash -- N: how many times');
const tests = ['test/agent/store.crash.test.ts', 'test/endToEnd/killed.test.ts'];
const { status } = spawnSync('npx', ['vitest', 'run', ...tests, '--maxWorkers=1'], {
  stdio: 'inherit',
  env: { ...process.env, CRASHES: String(count) },
});
process.exitCode = status ?? 1;
