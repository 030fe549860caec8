import { describe, expect, test } from 'vitest';
import { parseUnit, ratio } from '../../rules/units.ts';

const of = (a: string, b: string): number | null => ratio(parseUnit(a), parseUnit(b));

test.each([
  ['kWh/t', 'kWh/t', 1],
  ['MWh/t', 'kWh/t', 1000],
  ['t', 'kg', 1000],
  ['kW·h', 'kWh', 1],
  ['V·kA', 'kW', 1],
  ['kWh', 'MJ', 3.6],
  ['t/t', '%', 100],
  ['t/t', 'kg/t', 1000],
  ['kWh·kgce/kWh', 'kgce', 1],
  ['tce/t', 'kgce/t', 1000],
  ['l/s·h', 'm3', 3.6],
  ['g/(A·h)', 'kg/kAh', 1],
  ['m³', 'm3', 1],
  ['coil', 'coil', 1],
  ['cell·d', 'cell·h', 24],
])('one %s is so many %s: %d', (a, b, factor) => {
  expect(of(a, b)).toBe(factor);
});

test.each([
  ['kWh', 'kgce'],
  ['kvarh', 'kWh'],
  ['kVA', 'kW'],
  ['Nm3', 'm3'],
  ['coil', 'heat'],
  ['kWh/t', 'kWh'],
  ['A', 'Ah'],
])('%s and %s measure different things', (a, b) => {
  expect(of(a, b)).toBeNull();
});

describe('what cannot be read says why', () => {
  test.each([
    ['Kwh/t', 'no unit "Kwh"; did you mean "kWh"?'],
    ['MWH', 'no unit "MWH"; did you mean "MWh"?'],
    ['kwh/T', 'no unit "kwh"; did you mean "kWh"?'],
    ['KG', 'no unit "KG"; did you mean "kg"?'],
    ['kWh//t', 'a unit lacks a symbol'],
    ['kWh/', 'a unit lacks a symbol'],
    ['', 'a unit lacks a symbol'],
    ['g/(A·h', 'a unit lacks its closing bracket'],
    ['kWh t', 'cannot read the unit "kWh t" from "t"'],
  ])('%j', (text, message) => {
    expect(() => parseUnit(text)).toThrow(new SyntaxError(message));
  });
});
