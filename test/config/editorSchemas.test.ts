import { glob, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { editorSchemas } from '../../config/editorSchemas.ts';

const root = join(import.meta.dirname, '../..');
const files = await Array.fromAsync(glob('config/**/*.yaml', { cwd: root }));
const DIRECTIVE = /^# yaml-language-server: \$schema=(\S+)\n/;

const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictTuples: false, strictRequired: false });
addFormats.default(ajv);
for (const [file, schema] of Object.entries(editorSchemas())) ajv.addSchema(schema as object, file);
const schemaOf = (file: string): ValidateFunction => ajv.getSchema(file)!;

/** What an editor would show of a value, the first of it. */
function faultIn(value: unknown, schema: string): string | null {
  const validate = schemaOf(schema);
  if (validate(value)) return null;
  const { instancePath, message } = validate.errors![0]!;
  return `${instancePath} ${message}`;
}

describe('an editor finds nothing to blame in', () => {
  test.each(files)('%s', async (file) => {
    const text = await readFile(join(root, file), 'utf8');
    const named = DIRECTIVE.exec(text)?.[1] ?? 'no schema';
    const schema = join(dirname(join(root, file)), named);
    expect(relative(join(root, 'config'), schema)).toBe(basename(schema));
    expect(faultIn(parse(text), basename(schema))).toBeNull();
  });

  test('the configurations of the stories', async () => {
    const stories = await Array.fromAsync(glob('test/scenarios/*/config.yaml', { cwd: root }));
    expect(stories.length).toBeGreaterThan(30);
    for (const story of stories) {
      const { endpoints = [], ...rest } = parse(await readFile(join(root, story), 'utf8'));
      expect(faultIn({ ...rest, endpoints }, 'plant.schema.json'), story).toBeNull();
    }
  });

  test('a file that leaves the rest to those it includes, and these', () => {
    expect(faultIn({ version: 1, include: ['all.yaml'] }, 'plant.schema.json')).toBeNull();
    expect(faultIn({ include: ['more.yaml'], agent: 'a', plant: { path: 'a/b' } }, 'part.schema.json')).toBeNull();
  });
});

test('capitals are as good in an editor as in the agent', () => {
  const tag = (node: string) => ({ tags: [{ id: 'a', unit: 'kW', endpoint: 'plc', address: { node } }] });
  expect(faultIn(tag('ns=2;g=72962B91-FA75-4AE6-8D28-B404DC7DAF63'), 'part.schema.json')).toBeNull();
  expect(faultIn(tag('NS=2;I=7'), 'part.schema.json')).toBeNull();
  expect(faultIn(tag('ns=2;g=72962B91'), 'part.schema.json')).not.toBeNull();
});

describe('and shows', () => {
  test.each([
    ['plant.schema.json', { version: 1, agent: 'a' }, 'plant'],
    ['plant.schema.json', { version: 1, include: ['a.yaml'], agnet: 'a' }, 'additional properties'],
    ['plant.schema.json', { agent: 'a', include: ['a.yaml'] }, 'version'],
    ['part.schema.json', { tags: [{ id: 'a', unti: 'kWh' }] }, '/tags/0'],
    ['part.schema.json', { tag: [] }, 'additional properties'],
  ])('in %s %j', (schema, value, words) => {
    expect(faultIn(value, schema)).toContain(words);
  });

  test.each(files.filter((file) => !file.includes('examples')))('a misspelt key anywhere in %s', async (file) => {
    const value = parse(await readFile(join(root, file), 'utf8'));
    const schema = join(root, file, '..', DIRECTIVE.exec(await readFile(join(root, file), 'utf8'))![1]!);
    expect(faultIn({ ...value, titel: 'x' }, basename(schema))).toContain('additional properties');
    const entries = ['points', 'meters', 'metrics', 'coefficients'].filter((key) => Object.hasOwn(value, key));
    for (const key of entries) {
      const [name, entry] = Object.entries(value[key] as Record<string, object>)[0]!;
      const misspelt = { ...value, [key]: { ...value[key], [name]: { ...entry, untis: 'kWh' } } };
      expect(faultIn(misspelt, basename(schema)), key).toContain('additional properties');
    }
  });
});
