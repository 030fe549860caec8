import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

const agent = join(import.meta.dirname, '../../agent');

const changedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Before a whole run of tests, and once for all of them: builds the page that agents serve where it is older than what it is made of. */
export default async function freshPage(): Promise<void> {
  const built = changedAt(join(agent, 'page/dist/index.html'));
  const sources = globSync('**/*.{ts,tsx,css,html,svg}', { cwd: agent, exclude: ['**/dist/**'] });
  if (sources.some((file) => changedAt(join(agent, file)) > built))
    await build({ root: join(agent, 'page'), logLevel: 'warn' });
}
