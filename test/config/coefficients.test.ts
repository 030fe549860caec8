import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planOf } from '../../agent/describe.ts';
import { readShelf } from '../../config/library.ts';
import { emptyAccumulator } from '../../rules/accumulator.ts';
import { meterFigure, metricFigure } from '../../rules/metric.ts';
import { configOf, faultsOf, plantWith } from './plant.ts';

const folder = join(import.meta.dirname, '../../config/coefficients');
const names = (await readdir(folder)).map((file) => file.replace(/\.yaml$/, ''));
const { volumes, faults } = await readShelf('coefficients', names, '/nowhere/plant.yaml');
const rowOf = (table: string, row: string) => volumes.get(table)!.coefficients[row]!;

describe('the tables', () => {
  test('are without faults, and all their coal equivalents are kgce per something', () => {
    expect(faults).toEqual([]);
    for (const [name, table] of volumes) {
      const unit = table.coalEquivalent === undefined ? /^(kg|t)\// : /^kgce\//;
      for (const [row, coefficient] of Object.entries(table.coefficients))
        expect(coefficient.unit, `${name}/${row}`).toMatch(unit);
    }
  });

  test('have a kgce for every 29.3076 MJ of a measured heating value', () => {
    expect(rowOf('gb-t-2589-2020', 'measured-heating-value')).toMatchObject({ value: 1 / 29.3076, unit: 'kgce/MJ' });
  });

  test('have new water three times as dear in 2020 as in 2008', () => {
    expect(rowOf('gb-t-2589-2020', 'new-water').value).toBe(0.2571);
    expect(rowOf('gb-t-2589-2008', 'new-water').value).toBe(0.0857);
  });

  test('have for each carrier of the plan a row that says where its value was seen', () => {
    const carriers = ['electricity', 'raw-coal', 'coke', 'diesel', 'natural-gas', 'coke-oven-gas', 'blast-furnace-gas']
      .concat(['converter-gas', 'other-coal-gas', 'low-pressure-steam', 'heat', 'new-water', 'soft-water'])
      .concat(['deaerated-water', 'compressed-air', 'oxygen', 'nitrogen-by-product', 'nitrogen-main-product', 'argon']);
    for (const carrier of carriers) expect(rowOf('gb-t-2589-2020', carrier), carrier).toHaveProperty('source');
  });

  test.each([
    ['blast-furnace-gas', 3.3, 70.8],
    ['converter-gas', 8.4, 49.6],
    ['coke-oven-gas', 17.981, 13.58],
    ['natural-gas', 38.931, 15.3],
  ])('have the CO2 of %s from its carbon', (gas, megajoules, tonnesPerTerajoule) => {
    const kilograms = (megajoules * tonnesPerTerajoule * 0.99 * 44) / 12 / 1000;
    expect(rowOf('process-co2', gas).value).toBeCloseTo(kilograms, 4);
  });

  test('have a factor year for every grid', () => {
    for (const row of Object.values(volumes.get('grid-co2-china')!.coefficients))
      expect(row.year).toBeGreaterThan(2020);
  });
});

/** The small plant, its energy counted in kgce/t by the given term. */
const weighed = (term: string): string =>
  plantWith({
    'unit: kWh/t, numerator: [energy]': `unit: kgce/t, numerator: [{ meter: energy, ${term} }]`,
    'limit: { op: "<=", bound: 600 } }': 'limit: { op: "<=", bound: 90 } }',
  });
const termOf = async (term: string) => (await configOf(weighed(term))).metrics[0]!.numerator[0]!;
const toldOf = async (term: string) =>
  (await faultsOf(weighed(term))).map((fault) => fault.replace(/^plant.yaml:20:\d+ /, ''));

describe('a coefficient by name', () => {
  test('is a number with its table, edition and source in the configuration', async () => {
    expect(await termOf('coefficient: gb-t-2589-2020/electricity')).toEqual({
      ...{ meter: 'energy', coefficient: 0.1229, unit: 'kgce/kWh' },
      basis: {
        ...{ table: 'gb-t-2589-2020', name: 'electricity', edition: '2020', value: 0.1229, unit: 'kgce/kWh' },
        title: expect.stringMatching(/^GB\/T 2589-2020/),
        source: 'seen in public code that converts energy for Chinese plants',
      },
    });
  });

  test('goes with every figure that rests on it by table, name and edition', async () => {
    const plan = planOf(await configOf(weighed('coefficient: gb-t-2589-2020/electricity')));
    const window = { kind: 'hour' as const, start: 0, end: 3_600_000 };
    const amounts = (id: string) =>
      meterFigure(plan.meters[plan.meterIndex.get(id)!]!, window, emptyAccumulator(0, window.end), window.end);
    expect(metricFigure(plan.metrics[0]!, window, amounts).amounts.map(({ basis }) => basis)).toEqual([
      { table: 'gb-t-2589-2020', name: 'electricity', edition: '2020' },
      undefined,
    ]);
  });

  test('counts negative with a minus, and in the unit that is asked for', async () => {
    const text = weighed('coefficient: -gb-t-2589-2020/electricity, unit: tce/MWh').replace(
      'unit: kgce/t',
      'unit: tce/t',
    );
    const told = await faultsOf(text);
    expect(told).toEqual([
      expect.stringMatching(/numerator kWh·tce\/MWh over denominator t is not the metric's tce\/t/),
    ]);
    expect(await termOf('coefficient: -gb-t-2589-2020/electricity, unit: kgce/kWh')).toMatchObject({
      coefficient: -0.1229,
    });
  });

  test('is converted exactly', async () => {
    const text = plantWith({
      'unit: kWh/t, numerator: [energy]':
        'unit: t/t, numerator: [{ meter: energy, coefficient: grid-co2-china/guangxi-2022, unit: t/kWh }]',
    });
    const [term] = (await configOf(text)).metrics[0]!.numerator;
    expect(term).toMatchObject({ coefficient: 0.0004044, basis: { value: 0.4044, unit: 'kg/kWh', year: 2022 } });
    expect(term!.basis!.boundary).toBe('grid of Guangxi');
  });

  test('decides the fingerprint by its edition, even where the value is the same', async () => {
    const of = async (edition: string) =>
      (await configOf(weighed(`coefficient: gb-t-2589-${edition}/electricity`))).fingerprint;
    expect(await of('2008')).not.toBe(await of('2020'));
  });

  test('of a plain number has no basis', async () => {
    expect(await termOf('coefficient: 0.1229, unit: kgce/kWh')).toMatchObject({ coefficient: 0.1229, basis: null });
  });
});

describe('a measured calorific value', () => {
  const GAS = plantWith({
    'unit: m3, address': 'unit: Nm3, address',
    'quantity: new water, unit: m3': 'quantity: gas, unit: Nm3',
    'unit: m3/t, numerator: [water]':
      'unit: kgce/t, numerator: [{ meter: water, coefficient: { table: gb-t-2589-2020/blast-furnace-gas, lowerHeatingValue: 3.5, unit: MJ/Nm3 } }]',
    ', limit: { indicator: steel.water }': '',
  });

  test('takes the place of the value in the table', async () => {
    const [term] = (await configOf(GAS)).metrics[1]!.numerator;
    expect(term!.coefficient).toBe(3.5 / 29.3076);
    expect(term).toMatchObject({
      unit: 'kgce/Nm3',
      basis: { lowerHeatingValue: '3.5 MJ/Nm3', edition: '2020', source: 'measured by the plant' },
    });
  });

  test('may be in any unit of energy', async () => {
    const [term] = (await configOf(GAS.replace('3.5, unit: MJ', '3500, unit: kJ'))).metrics[1]!.numerator;
    expect(term!.coefficient).toBeCloseTo(3.5 / 29.3076, 15);
  });

  test.each([
    [
      '3.5, unit: MJ/Nm3',
      '3500, unit: MJ/Nm3',
      "comes to 119.4 kgce/Nm3, 9.3e+2 times the table's 0.1286: check its unit",
    ],
    ['3.5, unit: MJ/Nm3', '3.5, unit: MJ', 'MJ is not an energy per amount, such as MJ/Nm3'],
    ['3.5, unit: MJ/Nm3', '3.5, unit: MJ/kg', "MJ/kg, but the table's row is in kgce/Nm3"],
    [
      'gb-t-2589-2020/blast-furnace-gas',
      'process-co2/natural-gas',
      'a calorific value has no place in this table, which is not of coal equivalents',
    ],
  ])('is refused: %s -> %s', async (before, after, message) => {
    expect(GAS).toContain(before);
    expect(await faultsOf(GAS.replace(before, after))).toEqual([
      expect.stringMatching(/^plant.yaml:21:\d+ metrics\[1\].numerator\[0\].coefficient: /),
    ]);
    expect((await faultsOf(GAS.replace(before, after)))[0]).toContain(message);
  });
});

describe('a fault in a name', () => {
  test.each([
    ['gb-t-2589-2021/electricity', 'no table of coefficients named "gb-t-2589-2021"; did you mean "gb-t-2589-2020"?'],
    ['gb-t-2589-2020/electricty', 'no coefficient named "electricty" in gb-t-2589-2020; did you mean "electricity"?'],
    ['gb-t-2589-2020/constructor', 'no coefficient named "constructor" in gb-t-2589-2020'],
    ['electricity', 'no table of coefficients named "electricity"'],
    [
      'gb-t-2589-2020/natural-gas',
      'gb-t-2589-2020/natural-gas is a range, 1.1 … 1.33 kgce/Nm3; give a measured lowerHeatingValue, or a number of your own with unit kgce/Nm3',
    ],
    [
      'gb-t-2589-2020/argon',
      "gb-t-2589-2020/argon has no value (no row is known; it follows from the air separation's own energy); give a number of your own with unit kgce/Nm3",
    ],
  ])('%s', async (name, message) => {
    expect(await toldOf(`coefficient: ${name}`)).toEqual([`metrics[0].numerator[0].coefficient: ${message}`]);
  });

  test('gas that is not in normal cubic metres is not silently taken for it', async () => {
    expect(await toldOf('coefficient: gb-t-2589-2020/blast-furnace-gas, unit: kgce/m3')).toEqual([
      'metrics[0].numerator[0].coefficient: is in kgce/Nm3, which makes no kgce/m3; bring the gas to normal cubic metres first and meter it in Nm3',
    ]);
  });
});
