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
    ['a +', /^column 4: /],
    ['a * c', /^column 5: Unknown variable: c/],
    ['a + true', /no such overload: double \+ bool/],
    ['a > 1.0', 'is a bool, not a number'],
    ['7 / 2 * a', /write 7\.0 \/ 2/],
    ['constructor', /Unknown variable/],
  ])('%s is refused', (expression, fault) => {
    expect(compile(expression, ['a'])).toEqual({ fault: expect.stringMatching(fault) });
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
});
