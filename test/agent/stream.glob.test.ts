import fc from 'fast-check';
import { expect, test } from 'vitest';
import { globs } from '../../agent/stream/glob.ts';

const matches = (glob: string, text: string): boolean => globs([glob])!(text);

test.each([
  ['mill.energy', 'mill.energy', true],
  ['mill.energy', 'mill.energy2', false],
  ['mill.*', 'mill.energy', true],
  ['mill.*', 'mill.', true],
  ['mill.*', 'mill.a/b', false],
  ['*', '', true],
  ['m?ll.*', 'mill.x', true],
  ['m?ll.*', 'mll.x', false],
  ['*.e*y', 'mill.energy', true],
  ['*.e*y', 'mill.energyx', false],
  ['{mill,potline}.{e*,a*}', 'potline.ac_power', true],
  ['{mill,potline}.{e*,a*}', 'smelter.ac_power', false],
  ['acme/**', 'acme/baise/mill', true],
  ['acme/**', 'acme', true],
  ['acme/**', 'acmes', false],
  ['**', 'acme/baise', true],
  ['**/mill', 'mill', true],
  ['acme/**/mill', 'acme/mill', true],
  ['acme/**/mill', 'acme/a/b/mill', true],
  ['acme/**/mill', 'acme/a/b/kiln', false],
  ['acme/*/mill', 'acme/a/b/mill', false],
])('%s on %s: %s', (glob, text, expected) => {
  expect(matches(glob, text)).toBe(expected);
});

test('one of a list is enough; an empty list matches nothing', () => {
  expect(globs(['a', 'b*'])!('bc')).toBe(true);
  expect(globs(['a', 'b*'])!('ac')).toBe(false);
  expect(globs([])!('')).toBe(false);
});

test.each(['[ab]', '!a', '(a)', 'a b', 'é', '{a', 'a}', '{a{b}}', '{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}'])(
  '%s says more than a glob may',
  (glob) => {
    expect(globs([glob])).toBeNull();
  },
);
test('long lists of wildcards are refused, long lists of names are not', () => {
  expect(globs(Array.from({ length: 100 }, (_, n) => `${'a'.repeat(40)}*${n}`))).toBeNull();
  expect(globs(Array.from({ length: 100 }, (_, n) => `${'a'.repeat(200)}${n}`))!(`${'a'.repeat(200)}99`)).toBe(true);
});

/** What the words of the definition say, without regard to time. */
function slow(pattern: string[], text: string[], any: string, one: (p: string, t: string) => boolean): boolean {
  const [sign, ...rest] = pattern;
  if (sign === undefined) return text.length === 0;
  if (sign === any) return text.some((_, n) => slow(rest, text.slice(n), any, one)) || slow(rest, [], any, one);
  return text.length > 0 && one(sign, text[0]!) && slow(rest, text.slice(1), any, one);
}
const slowLevel = (p: string, t: string): boolean => slow([...p], [...t], '*', (a, b) => a === '?' || a === b);

test('any glob over any text, as the definition has it', () => {
  const level = (letters: string[], most: number) =>
    fc.array(fc.constantFrom(...letters), { maxLength: most }).map((all) => all.join(''));
  const glob = fc.array(fc.oneof(level(['a', 'b', '*', '?'], 4), fc.constant('**')), { minLength: 1, maxLength: 4 });
  const text = fc.array(level(['a', 'b'], 4), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(glob, text, (levels, parts) => {
      expect(matches(levels.join('/'), parts.join('/'))).toBe(slow(levels, parts, '**', slowLevel));
    }),
    { numRuns: 2_000 },
  );
});

test('a hostile glob costs no more than its length', () => {
  const text = 'a'.repeat(200);
  expect(matches(`${'*a'.repeat(99)}*b`, text)).toBe(false);
  expect(matches(`${'**/'.repeat(60)}b`, 'a/'.repeat(100))).toBe(false);
});
