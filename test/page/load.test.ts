import { expect, test } from 'vitest';
import type { LiveValue } from '../../agent/page/src/contract.ts';
import { loadOf } from '../../agent/page/src/state/load.ts';
import { initialState, type PageState, reduce } from '../../agent/page/src/state/state.ts';
import { plant as plain } from './plant.ts';
import { calm, trouble } from './scene.ts';

const [mill, potline] = plain.lines;
const line = { ...mill!, load: 'mill.in_line' };
const plant = {
  ...plain,
  tags: [...plain.tags, { id: 'mill.in_line', name: null, endpoint: 'plc', unit: '1', scale: 1, lines: [] }],
};

const after = (values: readonly LiveValue[]): PageState =>
  reduce(initialState, {
    type: 'told',
    told: { type: 'snapshot', at: calm.at, values: [...values], records: [], alarms: [] },
    now: 0,
  });
const inLine = (value: number | null): LiveValue => ({
  ...calm.values.find(({ of }) => of === 'tag')!,
  ...{ id: 'mill.in_line', value, statusCode: value === null ? 'bad' : 'good' },
});

test('a line runs while its tag is not 0; else it is idle, or stopped when the hour has made nothing', () => {
  expect(loadOf(plant, line, after([...calm.values, inLine(1)]))).toBe('running');
  expect(loadOf(plant, line, after([...calm.values, inLine(0)]))).toBe('idle');
  expect(loadOf(plant, line, after([...trouble.values, inLine(0)]))).toBe('stopped');
});

test('a load in a unit is told as it is, and nothing is told of what nobody knows', () => {
  expect(loadOf(plant, potline!, after(calm.values))).toEqual({ value: 1, unit: 'kWh' });
  expect(loadOf(plant, line, after([...calm.values, inLine(null)]))).toBe(null);
  expect(loadOf(plant, line, after(calm.values))).toBe(null);
  expect(loadOf(plant, mill!, after(calm.values))).toBe(null);
});
