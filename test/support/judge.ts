import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reads } from './wire.ts';

/** Around a whole run of tests: has every process note what drivers send, and fails the run if any of it writes. */
export default function record(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'pertonne-wire-'));
  const preload = `--import=${pathToFileURL(join(import.meta.dirname, 'recorder.ts'))}`;
  process.env.PERTONNE_WIRE = folder;
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} ${preload}`.trim();
  return () => {
    const said = new Set(readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n')));
    said.delete('');
    rmSync(folder, { recursive: true });
    judge([...said].sort());
  };
}

/** Throws when anything that was said is not known to only read. */
export function judge(said: readonly string[]): void {
  const refused = said.filter((one) => !reads(one));
  if (refused.length > 0) throw new Error(`a driver has sent what does not only read: ${refused.join(', ')}`);
  if (said.length > 0) process.stdout.write(`\n Read only: all that drivers sent was ${said.join(', ')}\n`);
}
