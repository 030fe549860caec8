import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeFaults, loadConfig } from '../../config/load.ts';
import { faultsOf, plantWith } from './plant.ts';

/** Plant files as earlier Pertonnes had them, never changed: who has such a file need not touch it. */
const folder = join(import.meta.dirname, 'older');
const files = await readdir(folder);

describe('a file of an earlier Pertonne still works', () => {
  test.each(files)('%s', async (file) => {
    const loaded = await loadConfig(join(folder, file));
    if ('faults' in loaded) throw new Error(describeFaults(loaded.faults));
    const written = parse(await readFile(join(folder, file), 'utf8')) as Record<string, { id: string }[] | undefined>;
    for (const list of ['lines', 'endpoints', 'tags', 'meters', 'metrics'] as const) {
      const own = (written[list] ?? []).map(({ id }) => id);
      expect(loaded.config[list].map(({ id }) => id)).toEqual(expect.arrayContaining(own));
    }
  });

  test('there are some, of the first form and of line models', () => expect(files.length).toBeGreaterThan(3));
});

test('a file of a later Pertonne is told from a mistake', async () => {
  expect(await faultsOf(plantWith({ 'version: 1': 'version: 2' }))).toEqual([
    'plant.yaml:1:10 version: 2 is of a later Pertonne; this one reads version 1',
  ]);
  expect(await faultsOf(plantWith({ 'version: 1': 'version: one' }))).toEqual([
    'plant.yaml:1:10 version: "one" is not 1',
  ]);
  expect(await faultsOf(plantWith({ 'version: 1\n': '' }))).toEqual(['plant.yaml:1:1 version: missing: 1']);
});
