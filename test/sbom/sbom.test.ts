import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Bom, builtIn, type Component, production, ROOT, STATED, sbom } from './sbom.ts';

/** What a release is made of is known part by part, and may be passed on. */

/** Licences that ask for no more than to be named. */
const PERMISSIVE = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'Unlicense'];

const bom: Bom = sbom();
const has = (name: string): boolean => bom.components.some((one) => one.name === name);

test('every package that the lock file installs for production is in the bill of materials', () => {
  expect(production().length).toBeGreaterThan(200);
  const listed = new Set(bom.components.map(({ name, version }) => `${name}@${version}`));
  expect(production().filter((one) => !listed.has(one))).toEqual([]);
  expect([bom.bomFormat, has('fastify'), has('ajv'), has('vitest')]).toEqual(['CycloneDX', true, true, false]);
});

test('what depends on what names parts that it has', () => {
  const known = new Set([bom.metadata.component, ...bom.components].map((one) => one['bom-ref']));
  const named = bom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]);
  expect(named.length).toBeGreaterThan(known.size);
  expect(named.filter((ref) => !known.has(ref))).toEqual([]);
});

test('so is what the page is built of', () => {
  expect(builtIn()).toEqual(expect.arrayContaining(['preact', 'uplot']));
  expect(builtIn().filter((name) => !has(name))).toEqual([]);
});

/** One of several that may be chosen is enough; of several that all hold, every one must be. */
function isPermissive({ licenses = [] }: Component): boolean {
  const terms = licenses.map(({ license, expression }) => license?.id ?? license?.name ?? expression ?? '');
  const bare = (term: string): string => term.replace(/[()]/g, '').trim();
  return (
    terms.length > 0 &&
    terms.every((term) =>
      term.split(' OR ').some((one) => one.split(' AND ').every((each) => PERMISSIVE.includes(bare(each)))),
    )
  );
}

test('every licence is permissive', () => {
  expect(bom.components.filter((one) => !isPermissive(one)).map(({ name, version }) => `${name}@${version}`)).toEqual(
    [],
  );
  const of = (expression: string): Component => ({
    name: 'x',
    version: '1',
    purl: '',
    'bom-ref': 'x',
    licenses: [{ expression }],
  });
  expect(['(MIT OR GPL-3.0)', 'GPL-3.0-only', '', 'MIT AND GPL-3.0'].map((one) => isPermissive(of(one)))).toEqual([
    ...[true, false, false, false],
  ]);
});

test('where a package states its licence in a file only, that says what we say', () => {
  for (const [part, [, file, words]] of Object.entries(STATED)) {
    const [name] = part.split('@');
    expect(readFileSync(join(ROOT, 'node_modules', name!, file), 'utf8'), part).toContain(words);
    expect(bom.components.map((one) => `${one.name}@${one.version}`)).toContain(part);
  }
});
