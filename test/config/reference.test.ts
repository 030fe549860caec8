import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { editorSchemas } from '../../config/editorSchemas.ts';
import { modelsPage } from '../../config/modelReference.ts';
import { referencePage } from '../../config/reference.ts';

const committed = (file: string): Promise<string> => readFile(join(import.meta.dirname, '../../config', file), 'utf8');
const advice = 'stale: run `node config/reference.ts`';

test.each(Object.entries(editorSchemas()))('the committed %s is that of the code', async (file, schema) => {
  expect(JSON.parse(await committed(file)), advice).toEqual(JSON.parse(JSON.stringify(schema)));
});

test('the committed reference page is that of the code', async () => {
  expect(await committed('REFERENCE.md'), advice).toBe(referencePage());
});

test('the committed page of the models is that of their files', async () => {
  expect(await committed('MODELS.md'), advice).toBe(await modelsPage());
});

test('the page tells of every protocol, meter kind and address', () => {
  const headings = referencePage().match(/^## .*/gm);
  for (const of of [
    'endpoints: opcua',
    'endpoints: modbus',
    'tags.address: modbus',
    'tags.address: opcua',
    'meters: faraday',
  ])
    expect(headings).toContain(`## ${of}`);
});
