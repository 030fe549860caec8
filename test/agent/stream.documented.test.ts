import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeLabel } from '../../agent/stream/counts.ts';
import { ERROR_CODES, Subscribe } from '../../agent/stream/frames.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/stream.md'), 'utf8');
/** First cells of the table under the head that begins so. */
const cells = (head: string): string[] => {
  const table = page.slice(page.indexOf(`| ${head}`)).split('\n\n')[0]!;
  return table
    .split('\n')
    .slice(2)
    .map((row) => row.split('|')[1]!.replaceAll('`', '').trim());
};

test('every error code there is stands in the protocol page, and no other', () => {
  expect(cells('`error.code`').sort()).toEqual([...ERROR_CODES].sort());
});

test('every close code of the protocol page is counted by itself', () => {
  const codes = cells('close code');
  expect(codes).toHaveLength(11);
  expect(codes.map((code) => codeLabel(Number(code)))).toEqual(codes);
});

test('every field of subscribe is explained', () => {
  const explained = cells('field').flatMap((cell) => cell.split(', ').map((field) => field.split('.')[0]));
  expect(
    Object.keys(Subscribe.shape)
      .filter((field) => !['type', 'id'].includes(field))
      .sort(),
  ).toEqual(explained.sort());
});
