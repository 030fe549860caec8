import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { describeFaults, type Loaded, loadConfig } from '../../config/load.ts';
import { LISTS } from '../../config/schema.ts';
import { configOf, PLANT, plantWith } from './plant.ts';

type Files = Readonly<Record<string, string>>;

async function folderOf(files: Files): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pertonne-include-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await lay(folder, files);
  return folder;
}

async function lay(folder: string, files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const load = async (files: Files): Promise<Loaded & { folder: string }> => {
  const folder = await folderOf(files);
  return { ...(await loadConfig(join(folder, 'plant.yaml'))), folder };
};

async function faultsOf(files: Files): Promise<string[]> {
  const loaded = await load(files);
  return 'faults' in loaded ? describeFaults(loaded.faults).replaceAll(`${loaded.folder}/`, '').split('\n') : [];
}

const METERS = PLANT.slice(PLANT.indexOf('meters:'), PLANT.indexOf('metrics:'));
const HEAD = PLANT.replace(METERS, '').replace('agent: demo', 'agent: demo\ninclude: [meters/*.yaml]');

test('a plant in several files is the plant in one, and every file that it is made of is named', async () => {
  const loaded = await load({ 'plant.yaml': HEAD, 'meters/mill.yaml': METERS, 'meters/.draft.yaml': 'meters: [' });
  if ('faults' in loaded) throw new Error(describeFaults(loaded.faults));
  expect(loaded.config.fingerprint).toBe((await configOf(PLANT)).fingerprint);
  const [plant, meters, ...shelves] = loaded.files;
  expect([plant, meters]).toEqual([join(loaded.folder, 'plant.yaml'), join(loaded.folder, 'meters/mill.yaml')]);
  expect(shelves.map((file) => file.split('/').slice(-2).join('/'))).toEqual([
    'indicators/guangxi-2025.yaml',
    'profiles/abb-b23.yaml',
  ]);
  expect(loaded.places.map((place) => place.replace(`${loaded.folder}/`, ''))).toEqual([
    'meters/*.yaml',
    'indicators/guangxi-2025.yaml',
    'profiles/abb-b23.yaml',
  ]);
});

test('however its lists are cut, it is the same plant', async () => {
  const whole = parse(PLANT) as Record<string, unknown[]>;
  const lists = Object.keys(LISTS).filter((list) => Array.isArray(whole[list]));
  const folder = await folderOf({});
  const { fingerprint } = await configOf(PLANT);
  const cuts = fc.record(Object.fromEntries(lists.map((list) => [list, fc.nat({ max: whole[list]!.length })])));
  await fc.assert(
    fc.asyncProperty(cuts, async (cut) => {
      const part = (from: (list: string) => number, to: (list: string) => number | undefined) =>
        Object.fromEntries(lists.map((list) => [list, whole[list]!.slice(from(list), to(list))]));
      const first = {
        ...whole,
        include: ['rest.yaml'],
        ...part(
          () => 0,
          (list) => cut[list]!,
        ),
      };
      const rest = part(
        (list) => cut[list]!,
        () => undefined,
      );
      await lay(folder, { 'plant.yaml': stringify(first), 'rest.yaml': stringify(rest) });
      expect(await loadConfig(join(folder, 'plant.yaml'))).toMatchObject({ config: { fingerprint } });
    }),
    { numRuns: 20 },
  );
});

test('a fault is told in the file where it stands, and what stands twice with both places', async () => {
  const meters = METERS.replace('tag: mill.kwh', 'tag: mill.khw').replace('id: steel', 'id: energy');
  const more = 'tags:\n  - { id: mill.kwh, endpoint: plc, unit: t, address: { node: "ns=2;s=A" } }\n';
  const files = { 'plant.yaml': HEAD, 'meters/a.yaml': meters, 'meters/b.yaml': more };
  expect(await faultsOf(files)).toEqual([
    'plant.yaml:17:88 metrics[0].denominator[0]: no meter named "steel"',
    'plant.yaml:18:85 metrics[1].denominator[0]: no meter named "steel"',
    'meters/a.yaml:2:53 meters[0].tag: no tag named "mill.khw"; did you mean "mill.kwh"?',
    'meters/a.yaml:4:11 meters[2].id: "energy" is already the id of meters[0]',
    'meters/b.yaml:2:11 tags[0].id: "mill.kwh" is already the id of plant.yaml:12:5 tags[0]',
  ]);
});

test('a part may include others, below its own folder; what would go in circles is told', async () => {
  const loop = { 'mill/all.yaml': 'include: [more/*.yaml]\n', 'mill/more/meters.yaml': METERS };
  const head = HEAD.replace('meters/*.yaml', 'mill/all.yaml');
  expect(await faultsOf({ 'plant.yaml': head, ...loop })).toEqual([]);
  const itself = { 'plant.yaml': HEAD.replace('meters/*.yaml', '"*.yaml"'), 'meters.yaml': METERS };
  expect(await faultsOf(itself)).toEqual(['plant.yaml:3:11 include[0]: plant.yaml is read already']);
  const twice = HEAD.replace('meters/*.yaml', 'meters/*.yaml, meters/a.yaml');
  expect(await faultsOf({ 'plant.yaml': twice, 'meters/a.yaml': METERS })).toEqual([
    'plant.yaml:3:26 include[1]: meters/a.yaml is read already',
  ]);
});

test('a link back is a circle too', async () => {
  const folder = await folderOf({ 'plant.yaml': HEAD, 'meters/mill.yaml': METERS });
  await symlink('../plant.yaml', join(folder, 'meters/z.yaml'));
  const loaded = await loadConfig(join(folder, 'plant.yaml'));
  expect('faults' in loaded && loaded.faults.map(({ message }) => message)).toEqual([
    `${join(folder, 'meters/z.yaml')} is read already`,
  ]);
});

test('a device in the place of a file is refused, not read for ever', async () => {
  const folder = await folderOf({ 'plant.yaml': HEAD, 'meters/mill.yaml': METERS });
  await symlink('/dev/zero', join(folder, 'meters/z.yaml'));
  const loaded = await loadConfig(join(folder, 'plant.yaml'));
  expect('faults' in loaded && loaded.faults.map(({ message }) => message)).toEqual(['cannot be read: it is a device']);
});

test.each([
  ['/etc/meters.yaml', 'a file below the folder of this one, such as meters/*.yaml'],
  ['../meters.yaml', 'a file below the folder of this one, such as meters/*.yaml'],
  ['meters/../../x.yaml', 'a file below the folder of this one, such as meters/*.yaml'],
  ['"*/meters.yaml"', 'a file below the folder of this one, such as meters/*.yaml'],
  ['meters', 'a file below the folder of this one, such as meters/*.yaml'],
  ['metres/*.yaml', 'there is no file metres/*.yaml'],
])('%s is refused: %s', async (pattern, message) => {
  const told = await faultsOf({ 'plant.yaml': HEAD.replace('meters/*.yaml', pattern), 'meters/a.yaml': METERS });
  expect(told[0]).toBe(`plant.yaml:3:11 include[0]: ${message}`);
});

test('what is no list stands in one file, and an included file is a mapping', async () => {
  const own = { 'plant.yaml': HEAD, 'meters/a.yaml': METERS, 'meters/b.yaml': 'agent: other\nmeters: 5\n' };
  expect(await faultsOf(own)).toEqual([
    'meters/b.yaml:1:1 agent: stands in plant.yaml already',
    'meters/b.yaml:2:1 meters: stands in meters/a.yaml already',
  ]);
  expect(await faultsOf({ ...own, 'meters/b.yaml': '- id: x\n' })).toEqual([
    'meters/b.yaml:1:1 an included file is a mapping, such as tags: [...]',
  ]);
  expect(await faultsOf({ ...own, 'meters/b.yaml': 'metres: []\n' })).toEqual([
    'meters/b.yaml:1:1 metres: unknown key; did you mean "meters"?',
  ]);
});

test('a part that cannot be understood is told, and nothing that only follows from it', async () => {
  expect(await faultsOf({ 'plant.yaml': HEAD, 'meters/a.yaml': 'meters: [' })).toEqual([
    expect.stringMatching(/^meters\/a.yaml:\d:\d+ /),
  ]);
});

test('all files together are bounded as one is, in number and bytes', async () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`meters/${100 + at}.yaml`, '']));
  expect(await faultsOf({ 'plant.yaml': HEAD, ...many })).toContain('plant.yaml:3:11 include[0]: more than 100 files');
  const folder = await folderOf({ 'plant.yaml': plantWith({ 'agent: demo': 'agent: demo\ninclude: [a.yaml]' }) });
  await writeFile(join(folder, 'a.yaml'), '');
  await truncate(join(folder, 'a.yaml'), 16 * 2 ** 20 - 100);
  const loaded = await loadConfig(join(folder, 'plant.yaml'));
  expect('faults' in loaded && loaded.faults[0]!.message).toMatch(
    /^\d+ bytes beside \d+ of other files are more than 16777216$/,
  );
});
