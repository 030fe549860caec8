import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../config/load.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'config/examples');
const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.yaml'));

describe('every example', () => {
  test('there are the demo’s, the replay’s and the smallest', () => {
    expect(files).toEqual(expect.arrayContaining(['demo.yaml', 'minimal.yaml', 'replay.yaml']));
  });

  test.each(files)('%s has no faults, and makes a figure for each of its lines', async (file) => {
    const loaded = await loadConfig(join(folder, file));
    expect(loaded).not.toHaveProperty('faults');
    if ('faults' in loaded) return;
    const { lines, metrics } = loaded.config;
    expect(lines).not.toHaveLength(0);
    expect(metrics.map(({ id }) => id)).toEqual(expect.arrayContaining(lines.map(({ main }) => main)));
  });
});
