import { execFileSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';

const root = join(import.meta.dirname, '../..');
/** What is built, by the script that builds it. */
const BUILT = { page: 'agent/page/dist/index.html', client: 'agent/client/dist/index.js' };

const changedAt = (file: string): number => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/**
 * Before a whole run of tests, and once for all of them: builds the page and the client where they are older than their
 * sources, and unpacks the browser, which test files that do so at the same time take half unpacked from each other.
 */
export default async function beforehand(): Promise<void> {
  await chromium.executablePath();
  const sources = globSync('{agent,drivers,rules}/**/*.{ts,tsx,css,html,svg}', { cwd: root, exclude: ['**/dist/**'] });
  const newest = Math.max(...sources.map(changedAt));
  // As `npm ci` builds them: a run of tests is another environment, and Vite heeds that.
  const { NODE_ENV: _, ...env } = process.env;
  for (const [script, built] of Object.entries(BUILT))
    if (changedAt(built) < newest) execFileSync('npm', ['run', script], { cwd: root, env, stdio: 'pipe' });
}
