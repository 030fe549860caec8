import { describe, expect, test } from 'vitest';
import { compile } from '../../config/expression.ts';
import { load, PLANT } from './plant.ts';

describe('an expression', () => {
  const value = (expression: string, inputs: Record<string, number>): number => {
    const compiled = compile(expression, Object.keys(inputs));
    if ('fault' in compiled) throw new Error(compiled.fault);
    return compiled.evaluate(Object.values(inputs));
  };

  test.each([
    ['conc * flow / 1e6', { conc: 50, flow: 2e5 }, 10],
    ['a * 2 + 1', { a: 3.5 }, 8],
    ['(7.0 / 2) * a', { a: 2 }, 7],
    ['1000 * u * i * sqrt(3.0)', { u: 10, i: 2 }, 20_000 * Math.sqrt(3)],
    ['a > b ? a : b', { a: 1, b: 4 }, 4],
    ['max(a, b) - min(a, b)', { a: 1, b: 4 }, 3],
  ])('%s', (expression, inputs, result) => expect(value(expression, inputs)).toBeCloseTo(result, 9));

  test.each([
    ['a +', 3, /^Unexpected token/],
    ['a * c', 4, /^Unknown variable: c/],
    ['a + true', 0, /^no such overload: double \+ bool/],
    ['a > 1.0', 0, /^is a bool, not a number/],
    ['a * (7 / 2)', 5, /write 7\.0 \/ 2/],
    ['constructor', 0, /^Unknown variable/],
    ['a + __proto__', 4, /^Reserved identifier/],
    ['a.constructor', 0, /^only arithmetic/],
    ["a['constructor']", 0, /^only arithmetic/],
    ['a + eval(a)', 4, /^only arithmetic/],
    ['1.0 / int(a)', 6, /^only arithmetic/],
    ['[a, a].map(x, x)[0]', 0, /^only arithmetic/],
    ['timestamp("2026-01-01T00:00:00Z") > timestamp("2026-01-02T00:00:00Z") ? a : 1.0', 0, /^only arithmetic/],
    [`a * ${'a * '.repeat(300)}a`, 0, /maxAstNodes/],
    [`${'('.repeat(100)}a${')'.repeat(100)}`, 20, /maxDepth/],
  ])('%s is refused', (expression, offset, fault) => {
    expect(compile(expression, ['a'])).toEqual({ fault: expect.stringMatching(fault), offset });
  });

  test('with a pattern that never ends is refused before it is tried', () => {
    const pattern = `"${'a'.repeat(40)}".matches("(a+)+b") ? a : 1.0`;
    expect(compile(pattern, ['a'])).toEqual({ fault: expect.stringMatching(/^only arithmetic/), offset: 0 });
  });

  test('that has no value gives none, and breaks nothing', () => {
    expect(value('a / b', { a: 1, b: 0 })).toBe(Number.POSITIVE_INFINITY);
    expect(value('sqrt(a)', { a: -1 })).toBeNaN();
    expect(value('9223372036854775807 + 1 > 0 ? a : 1.0', { a: 1 })).toBeNaN();
  });
});

const withDerived = (entry: string): string => `${PLANT}\nderived:\n  - ${entry}\n`;

describe('a derived tag', () => {
  test('comes with its inputs, the slowest period and its expression', async () => {
    const loaded = await load(withDerived('{ id: doubled, unit: kWh, inputs: { a: mill.kwh }, expression: "a * 2" }'));
    if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults));
    const tag = loaded.config.tags.find(({ id }) => id === 'doubled')!;
    expect(tag).toMatchObject({ unit: 'kWh', scale: 1, expression: 'a * 2', derivation: { inputs: ['mill.kwh'] } });
    const [input] = loaded.config.tags.filter(({ id }) => id === 'mill.kwh');
    expect(tag.derivation!.evaluate([100])).toBeCloseTo(200 * input!.scale, 9);
  });

  test('with faults is told with all of them', async () => {
    const loaded = await load(withDerived('{ id: mill.kwh, unit: kWh, inputs: { a: mill.kw }, expression: "a * b" }'));
    const faults = 'faults' in loaded ? loaded.faults.map(({ path, message }) => `${path}: ${message}`) : [];
    expect(faults).toEqual([
      'derived[0].id: "mill.kwh" is already the id of tags[0]',
      expect.stringMatching(/^derived\[0\]\.inputs\.a: no tag named "mill\.kw" is read; did you mean "mill\.kwh"\?/),
      expect.stringMatching(/^derived\[0\]\.expression: column 5: Unknown variable: b/),
    ]);
  });

  test.each([
    ['expression: "a * b"', 'column 5', '"a * '],
    ["expression: 'a * b'", 'column 5', "'a * "],
    ['expression: a * b', 'column 5', 'expression: a * '],
    ['expression: |\n      a *\n        b', 'line 2, column 3', '|\n      a *\n        '],
  ])('whose fault is in %j is told at its line and column in the file', async (expression, column, before) => {
    const text = withDerived(`id: d\n    unit: kWh\n    inputs: { a: mill.kwh }\n    ${expression}`);
    const loaded = await load(text);
    const faults = 'faults' in loaded ? loaded.faults : [];
    expect(faults.map(({ message }) => message)).toEqual([`${column}: Unknown variable: b`]);
    const lines = text.slice(0, text.indexOf(before, text.indexOf('derived:')) + before.length).split('\n');
    expect(faults[0]).toMatchObject({ line: lines.length, column: lines.at(-1)!.length + 1 });
  });
});
