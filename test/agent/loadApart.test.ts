import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadApart } from '../../agent/loadApart.ts';
import { loadConfig } from '../../config/load.ts';
import type { PlantConfig } from '../../config/plant.ts';
import { growthSince, handles } from '../support/handles.ts';
import { temporaryFolder } from '../support/process.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const PLANT = `version: 1
agent: line
plant: { path: acme/works }
endpoints:
  - { id: bus, protocol: modbus, host: 127.0.0.1 }
tags:
  - { id: a, endpoint: bus, address: { profile: abb-b23, point: activePower } }
  - { id: b, endpoint: bus, unit: kW, address: { register: 2, type: float32 } }
derived:
  - { id: both, unit: kW, expression: "x - 3.0 * y", inputs: { y: b, x: a } }
meters:
  - { id: energy, kind: counter, tag: b, scale: 1, quantity: electricity, unit: kWh, maxRate: 40000, modulus: "18446744073709551616" }
  - { id: power, kind: gauge, tag: both, quantity: electricity, unit: kWh }
`;

/** Functions are compared by what they do. */
const plain = ({ tags, ...config }: PlantConfig) => ({
  ...config,
  tags: tags.map(({ derivation, ...tag }) => ({
    ...tag,
    derived: derivation && { ...derivation, evaluate: derivation.evaluate([7, 500]) },
  })),
});

test('a plant file that is read in a thread of its own comes to the same, functions and all, and leaves no thread', async () => {
  const file = join(folder.path, 'plant.yaml');
  writeFileSync(file, PLANT);
  const before = handles();
  const [here, apart] = [await loadConfig(file), await loadApart(file)];
  if ('faults' in here || 'faults' in apart) throw new Error(JSON.stringify([here, apart]));
  expect(plain(apart.config)).toEqual(plain(here.config));
  expect(apart.config.tags[2]!.derivation!.evaluate([7, 500])).toBe(500 * 0.01 - 3 * 7);
  expect([apart.files, apart.places]).toEqual([here.files, here.places]);
  writeFileSync(file, `${PLANT}nonsense: 1\n`);
  expect(await loadApart(file)).toEqual(await loadConfig(file));
  expect(await growthSince(before, 1)).toEqual({});
});
