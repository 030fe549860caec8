import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { runs } from '../support/properties.ts';
import { MILL } from './mill.ts';
import { load, PLANT } from './plant.ts';

type Path = (string | number)[];

/** Every path of a tree. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]));
  return path.length > 0 ? [path, ...inner] : inner;
}

function mutated(plant: string, path: Path, value: unknown): string {
  const tree: unknown = parse(plant);
  const holder = path.slice(0, -1).reduce((node, step) => (node as Record<string, unknown>)[step], tree);
  (holder as Record<string, unknown>)[path.at(-1)!] = value;
  return stringify(tree);
}

test.each([
  ['written out', PLANT],
  ['of a model', MILL],
])(
  'whatever stands anywhere in a file %s leads to a configuration or to faults with a place and plain words',
  async (_, plant) => {
    const anywhere = fc.constantFrom(...pathsOf(parse(plant)));
    const anything = fc.oneof(fc.constantFrom(null, '', 'constructor', [], {}, [null], 1e300, -1), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(anywhere, anything, async (path, value) => {
        const loaded = await load(mutated(plant, path, value));
        if ('config' in loaded) return;
        expect(loaded.faults.length).toBeGreaterThan(0);
        for (const { line, column, message } of loaded.faults) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
          expect(message).not.toMatch(/undefined|\[object|Invalid input/);
        }
      }),
      { numRuns: runs(150) },
    );
  },
);
