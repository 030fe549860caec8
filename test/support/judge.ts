import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { leaksIn } from './logs.ts';
import { reads } from './wire.ts';

/**
 * Around a whole run of tests: has every process note what drivers send, and agents what they log; fails the run if any
 * of the one writes, or a secret stands in the other.
 */
export default function record(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'pertonne-wire-'));
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  process.env.PERTONNE_LOGS = logs;
  const preload = `--import=${pathToFileURL(join(import.meta.dirname, 'recorder.ts'))}`;
  process.env.PERTONNE_WIRE = folder;
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} ${preload}`.trim();
  return () => {
    const notes = readdirSync(folder).filter((file) => file.endsWith('.txt'));
    const said = new Set(notes.flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n')));
    said.delete('');
    const { lines, leaks } = leaksIn(logs);
    // A process that is just ending may still write into it.
    rmSync(folder, { recursive: true, maxRetries: 5 });
    if (leaks.length > 0) throw new Error(`a secret was logged:\n${leaks.join('\n')}`);
    process.stdout.write(`\n No secret in ${lines} lines that agents logged\n`);
    judge([...said].sort());
  };
}

/** Throws when anything that was said is not known to only read. */
export function judge(said: readonly string[]): void {
  const refused = said.filter((one) => !reads(one));
  if (refused.length > 0) throw new Error(`a driver has sent what does not only read: ${refused.join(', ')}`);
  if (said.length > 0) process.stdout.write(`\n Read only: all that drivers sent was ${said.join(', ')}\n`);
}
