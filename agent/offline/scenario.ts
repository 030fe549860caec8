import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeFaults, loadConfig } from '../../config/load.ts';
import { wireTimeOf } from '../wire.ts';
import { compare, Outcome } from './compare.ts';
import { readExpected } from './expected.ts';
import { readOperators } from './hand.ts';
import { recompute } from './recompute.ts';

/** A story told in a folder: a plant, what its devices said, and what must come of it. */

/** What is wrong with the folder's files, and where what came of it differs from what was expected. */
export interface Told {
  readonly faults: readonly string[];
  readonly differences: readonly string[];
}

const SAMPLES = ['samples.csv', 'samples.jsonl'];

/** The folder itself if it tells a story, or else every folder below it that does, in the order of their names. */
export async function scenariosIn(folder: string): Promise<string[]> {
  if (existsSync(join(folder, 'expected.yaml'))) return [folder];
  const inside = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const found = await Promise.all(inside.map(({ name }) => scenariosIn(join(folder, name))));
  return found.flat().sort();
}

export async function runScenario(folder: string): Promise<Told> {
  const [loaded, samples] = [await loadConfig(join(folder, 'config.yaml'), { devices: false }), samplesIn(folder)];
  if ('faults' in loaded) return { faults: [describeFaults(loaded.faults)], differences: [] };
  const { config } = loaded;
  const { calendar } = config.plant;
  const read = await readExpected(join(folder, 'expected.yaml'), calendar);
  if ('faults' in read) return { faults: [describeFaults(read.faults)], differences: [] };
  if (!samples) return { faults: [`${folder}: has neither ${SAMPLES.join(' nor ')}`], differences: [] };
  const hands = await readOperators(join(folder, 'operators.yaml'), calendar.timeZone);
  if ('faults' in hands) return { faults: [describeFaults(hands.faults)], differences: [] };
  const outcome = new Outcome();
  const { faulty } = await recompute(config, samples, (made) => outcome.take(made), { operators: hands.lines });
  const faults = faulty.map(({ line, fault }) => `${samples}:${line} ${fault}`);
  return {
    faults,
    differences: faults.length > 0 ? [] : compare(read.expected, outcome, wireTimeOf(calendar)),
  };
}

const samplesIn = (folder: string): string | undefined =>
  SAMPLES.map((name) => join(folder, name)).find((file) => existsSync(file));
