import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HELP } from '../agent/cli/usage.ts';
import { WireRecord } from '../agent/stream/protocol.ts';

/** What the documents quote is what there is. */

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const blocksIn = (text: string, language: string): string[] =>
  [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, of, block]) => (of === language ? [block!] : []));

describe.each(['README.md', 'README.zh-CN.md'])('%s', (file) => {
  const text = read(file);

  test('quotes the help, the smallest plant file and a story as they are', () => {
    expect(blocksIn(text, '')).toContain(HELP);
    const story = read('test/scenarios/mill-hour-of-four-coils/expected.yaml');
    expect(blocksIn(text, 'yaml')).toEqual([read('config/examples/minimal.yaml'), story]);
  });

  test('shows a record of the present protocol', () => {
    const records = blocksIn(text, 'json').map((block) => JSON.parse(block) as unknown);
    expect(records.map((record) => WireRecord.safeParse(record).error)).toEqual([undefined]);
  });

  test('names every package and why it is there', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, object>;
    const named = [...text.matchAll(/`([^`\n]+)`/g)].map(([, name]) => name);
    expect(named).toEqual(expect.arrayContaining(Object.keys({ ...dependencies, ...devDependencies })));
  });
});

const guides = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'));

test.each(['README.md', 'README.zh-CN.md', 'CONTRIBUTING.md', 'SECURITY.md', ...guides.map((file) => `docs/${file}`)])(
  'every file that %s links to exists',
  (file) => {
    const links = [...read(file).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link]) => link!);
    expect(links).not.toHaveLength(0);
    expect(links.filter((link) => !existsSync(join(root, dirname(file), link)))).toEqual([]);
  },
);
