import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Profile, pointAddress, readShelf } from '../../config/library.ts';
import { address as modbusAddress, wordsOf } from '../../drivers/modbus/address.ts';

const config = join(import.meta.dirname, '../../config');
const namesIn = async (folder: string): Promise<string[]> =>
  (await readdir(join(config, folder))).map((file) => file.replace(/\.yaml$/, ''));
const anyPlant = '/nowhere/plant.yaml';

describe('every meter profile', async () => {
  const names = await namesIn('profiles');
  const { volumes, faults } = await readShelf('profiles', names, anyPlant);

  test('there are profiles', () => {
    expect(names).toEqual(
      expect.arrayContaining(['abb-b23', 'schneider-pm5000', 'schneider-iem3000', 'carlo-gavazzi-em24']),
    );
    expect(faults).toEqual([]);
  });

  test.each(names)('%s has a source, and points that do not overlap', (name) => {
    const profile = volumes.get(name)!;
    expect(profile.manual.length).toBeGreaterThan(20);
    expect(overlaps(profile)).toEqual([]);
  });
});

/** Pairs of points that share a register; bits of one register may. */
function overlaps(profile: Profile): string[] {
  const spans = Object.keys(profile.points)
    .map((name) => ({ name, ...modbusAddress.parse(pointAddress(profile, name)) }))
    .sort((a, b) => a.register - b.register);
  return spans.flatMap((a, index) =>
    spans
      .slice(index + 1)
      .filter((b) => a.function === b.function && b.register < a.register + wordsOf(a))
      .filter((b) => a.type !== 'bit' || b.type !== 'bit')
      .map((b) => `${a.name} and ${b.name}`),
  );
}

test('an overlap is found', () => {
  const profile: Profile = {
    ...{ maker: 'Acme', model: 'M', manual: 'none', protocol: 'modbus' },
    points: {
      energy: { register: 10, type: 'uint64', unit: 'kWh', scale: 1 },
      power: { register: 13, type: 'int32', unit: 'W', scale: 1 },
      voltage: { register: 15, type: 'int16', unit: 'V', scale: 1 },
    },
  };
  expect(overlaps(profile)).toEqual(['energy and power']);
});

test('a profile is judged by its protocol, and its units are read', () => {
  const { error } = Profile.safeParse({
    ...{ maker: 'Acme', model: 'M', manual: 'none', protocol: 'modbus' },
    points: {
      energy: { register: 10, type: 'uint65', unit: 'kWh' },
      power: { register: 1, type: 'int16', unit: 'KW' },
    },
  });
  expect(error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([
    'points.power.unit: no unit "KW"; did you mean "kW"?',
    expect.stringMatching(/^points.energy.type: "uint65" is none of .*; did you mean "uint64"\?$/),
  ]);
});

test('the EM24 has its low word first, and its Ethernet brother another place for the energy', async () => {
  const { volumes } = await readShelf('profiles', ['carlo-gavazzi-em24', 'carlo-gavazzi-em24-e1'], anyPlant);
  const energy = [...volumes.values()].map((profile) => pointAddress(profile, 'activeEnergyImport'));
  expect(energy).toMatchObject([
    { register: 66, wordOrder: 'CDAB', function: 'inputRegister' },
    { register: 52, wordOrder: 'CDAB', function: 'inputRegister' },
  ]);
});

describe('every indicator table', async () => {
  const names = await namesIn('indicators');
  const { volumes, faults } = await readShelf('indicators', names, anyPlant);

  test.each(names)('%s names its source, and has no id twice', (name) => {
    expect(faults).toEqual([]);
    const { indicators, source } = volumes.get(name)!;
    expect(source).not.toBe('');
    expect(new Set(indicators.map(({ id }) => id)).size).toBe(indicators.length);
  });

  test('the region asks 13 000 kWh AC of a tonne of liquid aluminium', () => {
    const row = volumes.get('guangxi-2025')!.indicators.find(({ id }) => id === 'aluminium.ac_power');
    expect(row).toMatchObject({ op: '<=', bound: 13_000, unit: 'kWh/t', quote: '电解铝液交流电耗≤13000千瓦时/吨' });
  });
});
