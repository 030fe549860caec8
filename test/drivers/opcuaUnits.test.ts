import { standardUnits } from 'node-opcua';
import { expect, it } from 'vitest';
import { type EngineeringUnits, mismatch, unitOf } from '../../drivers/opcua/units.ts';
import { isKnown, parseUnit } from '../../rules/units.ts';

const CEFACT = 'http://www.opcfoundation.org/UA/units/un/cefact';
const coded = (code: string): EngineeringUnits => ({
  namespaceUri: CEFACT,
  unitId: [...code].reduce((id, character) => id * 256 + character.charCodeAt(0), 0),
  displayName: { text: 'whatever the maker says' },
});
const named = (text: string | null): EngineeringUnits => ({ namespaceUri: null, unitId: -1, displayName: { text } });

const plain = (text: string): string => text.replace('³', '3').replace('²', '2');
const shared = Object.values(standardUnits).filter((unit) =>
  unitOf({ ...unit, displayName: null } as EngineeringUnits),
);

it.each(shared.map((unit) => [plain(unit.displayName.text!), unit] as const))(
  'agrees with the library on %s',
  (text, unit) => {
    expect(unitOf({ ...unit, displayName: null } as EngineeringUnits)).toBe(text);
  },
);
it('has many units in common with the library', () => expect(shared.length).toBeGreaterThan(25));

it.each([
  ['kWh', coded('KWH'), null],
  ['MWh', coded('KWH'), 'the server gives it in kWh, the configuration says MWh'],
  ['kW', coded('KWH'), 'the server gives it in kWh, the configuration says kW'],
  ['t', coded('TNE'), null],
  ['t', coded('KGM'), 'the server gives it in kg, the configuration says t'],
  ['Nm3/h', coded('MQH'), 'the server gives it in m3/h, the configuration says Nm3/h'],
  ['℃', coded('CEL'), null],
  ['K', coded('CEL'), 'the server gives it in °C, the configuration says K'],
  ['m³/h', named('m3/h'), null],
  ['kW', named(' MW '), 'the server gives it in MW, the configuration says kW'],
  ['kW', named('cups of tea'), null],
  ['kW', named(null), null],
  ['kW', coded('ZZZ'), null],
  ['coil', coded('C62'), null],
])('a tag in %s', (configured, given, expected) => {
  expect(mismatch(configured, given)).toBe(expected);
});

it('knows its own symbols from those that a plant made up', () => {
  expect(['kWh/t', 'Nm3', 'kgce', '1', '%'].map((text) => isKnown(parseUnit(text)))).toEqual(Array(5).fill(true));
  expect(['coil', 'kWh/coil', '°C'].map((text) => isKnown(parseUnit(text)))).toEqual([false, false, false]);
});
