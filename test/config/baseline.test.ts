import { expect, test } from 'vitest';
import { configOf, faultsOf, plantWith } from './plant.ts';

/** Energy baselines in a plant's file. */

const LIMIT = 'limit: { op: "<=", bound: 600 }';
const withBaseline = (baseline: string, windows = ''): string =>
  plantWith({ [LIMIT]: `${LIMIT}, ${windows}baseline: ${baseline}` });

test('is a base load and a slope in the metric’s units, summed up by the day unless told otherwise', async () => {
  const loads = '{ base: { value: 3200, unit: kWh/h }, slope: { value: 540, unit: kWh/t } }';
  const both = await configOf(withBaseline(loads));
  expect(both.metrics[0]!.baseline).toEqual({ unit: 'kWh', base: 3_200, slope: 540, cumulate: 'day' });
  const power = await configOf(withBaseline('{ base: { value: 3200, unit: kW }, cumulate: shift }'));
  expect(power.metrics[0]!.baseline).toEqual({ unit: 'kWh', base: 3_200, slope: 0, cumulate: 'shift' });
  const hourly = await configOf(withBaseline('580', 'windows: [minute, hour], '));
  expect(hourly.metrics[0]!.baseline).toEqual({ unit: 'kWh', base: 0, slope: 580, cumulate: 'hour' });
  expect(both.metrics[1]!.baseline).toBeNull();
});

test.each([
  ['{}', 'metrics[0].baseline: needs a base, a slope, or both'],
  ['{ base: { value: 3200, unit: kWh } }', 'metrics[0].baseline.base.unit: is in kWh, which is no (kWh)/h'],
  [
    '{ base: { value: 3.2, unit: MW }, slope: { value: 1, unit: kgce/t } }',
    'metrics[0].baseline.base.unit: is in MW, which is 1000 (kWh)/h',
    'metrics[0].baseline.slope.unit: is in kgce/t, which is no kWh/t',
  ],
  ['{ slope: { value: 1, unit: Kwh/t } }', 'metrics[0].baseline.slope.unit: no unit "Kwh"; did you mean "kWh"?'],
  ['{ slope: { value: 1, unit: kWh/t }, cumulate: week }', expect.stringContaining('"week" is none of')],
])('%s is a fault at its place', async (baseline, ...faults) => {
  const text = withBaseline(baseline);
  const found = await faultsOf(text);
  expect(found.map((fault) => fault.replace(/^plant.yaml:\d+:\d+ /, ''))).toEqual(faults);
  const line = text.slice(0, text.indexOf('baseline:')).split('\n').length;
  for (const fault of found) expect(fault).toMatch(new RegExp(`^plant.yaml:${line}:\\d+ `));
});

test('sums up windows that the metric has', async () => {
  const text = withBaseline('{ slope: { value: 540, unit: kWh/t }, cumulate: day }', 'windows: [hour], ');
  expect(await faultsOf(text)).toEqual([
    expect.stringMatching(/ metrics\[0\]\.baseline\.cumulate: the metric is not formed by day: hour$/),
  ]);
});
