import { describe, expect, test } from 'vitest';
import { definitionsOf, redefinedIn } from '../../config/definition.ts';
import { configOf, PLANT, plantWith } from './plant.ts';

/** The meters and derived tags whose readings mean something else after the text was changed. */
async function redefined(changes: Record<string, string>): Promise<string[]> {
  const [before, after] = [await configOf(plantWith(DERIVED)), await configOf(plantWith({ ...DERIVED, ...changes }))];
  const { meters, derived } = redefinedIn(definitionsOf(before), definitionsOf(after));
  return [...meters, ...derived];
}

/** With a mean of two tags, a meter of it, and a meter that rests on others. */
const DERIVED = {
  'meters:': `derived:
  - { id: mean, unit: m3, expression: "(x + y) / 2", inputs: { x: mill.water, y: mill.water } }
meters:
  - { id: mean.water, kind: gauge, line: mill-1, tag: mean, scale: 60, quantity: new water, unit: m3 }
  - { id: in-line, kind: product, product: coil, pieces: steel, longest: 10min, quantity: time, unit: h }
  - { id: idle, kind: idle, of: energy, outside: in-line, quantity: electricity, unit: kWh }`,
};

describe('what readings mean to a meter', () => {
  test('is the same in another place, and when other meters are added', async () => {
    expect(await redefined({})).toEqual([]);
    const more = `metrics:\n  - { id: more, unit: kWh/m3, numerator: [energy], denominator: [water] }`;
    expect(await redefined({ 'metrics:': more })).toEqual([]);
  });

  test.each([
    ['its name', { 'id: energy,': 'id: energy, name: { en: E, zh: 电 },' }],
    ['its largest rate', { 'maxRate: 20000': 'maxRate: 30000' }],
    ['how often it is read', { 'period: 20s': 'period: 10s' }],
    ['where the device is reached', { 'host: 127.0.0.1': 'host: 10.0.0.1' }],
    ['the range of its tag', { 'range: [0, 30000]': 'range: [0, 40000]' }],
    ['what it is held against', { 'bound: 600': 'bound: 500' }],
  ])('is the same with another %s', async (_, changes) => {
    expect(await redefined(changes)).toEqual([]);
  });

  test.each([
    ['scale', { 'scale: 0.001': 'scale: 0.002' }, ['in-line', 'idle', 'steel']],
    ['point of its device', { activeEnergyImport: 'activeEnergyExport' }, ['energy', 'idle']],
    ['register', { 'register: 100': 'register: 102' }, ['mean.water', 'water', 'mean']],
    ['formula', { '/ 2': '/ 3' }, ['mean.water', 'mean']],
  ])('is another with another %s, and so it is to what rests on it', async (_, changes, ids) => {
    expect((await redefined(changes)).toSorted()).toEqual(ids.toSorted());
  });

  test('is told for every meter in as many letters', async () => {
    const { meters, derived } = definitionsOf(await configOf(PLANT));
    expect([...meters.keys()]).toEqual(['energy', 'water', 'steel']);
    expect(new Set([...meters.values()].map(({ length }) => length)).size).toBe(1);
    expect(derived.size).toBe(0);
  });
});
