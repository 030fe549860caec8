import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Profile, readShelf } from '../../config/library.ts';
import { loadConfig } from '../../config/load.ts';
import type { PlantConfig } from '../../config/plant.ts';
import { modbus } from '../../drivers/modbus/index.ts';
import type { Options } from '../../drivers/modbus/options.ts';
import { type Running, run, temporaryFolder } from './host.ts';
import { type Holdings, respond, tcpDevice } from './modbusDevice.ts';
import { encode } from './modbusEncoder.ts';
import type { Request } from './modbusWire.ts';

const CODES: Record<string, number> = { coil: 1, discreteInput: 2, holdingRegister: 3, inputRegister: 4 };
const names = readdirSync(join(import.meta.dirname, '../../config/profiles')).map((file) =>
  file.replace(/\.yaml$/, ''),
);
const { volumes } = await readShelf('profiles', names, '/nowhere/plant.yaml');
const profiles = [...volumes].filter(([, { protocol }]) => protocol === 'modbus');

interface Held {
  readonly register: number;
  readonly type: string;
  readonly wordOrder?: string;
  readonly length?: number;
  readonly function?: string;
  readonly notAvailable?: string | number;
}

/** Points as the file has them, not as the driver's schema understands them. */
const pointsOf = (profile: Profile): [name: string, held: Held][] =>
  Object.entries(profile.points).map(([name, point]) => [
    name,
    { ...(profile.wordOrder !== undefined && { wordOrder: profile.wordOrder }), ...(point as unknown as Held) },
  ]);

const UNIT = 7;
function hold(holdings: Holdings, held: Held, words: readonly number[]): void {
  const code = CODES[held.function ?? 'holdingRegister'];
  words.forEach((word, i) => void holdings.set(`${UNIT}/${code}/${held.register + i}`, word));
}

/** Large counts in every word, so that a wrong order or length shows. */
function countOf(type: string, index: number): number | bigint {
  if (type === 'float32') return Math.fround(1_234_567.5 + index);
  if (type === 'float64') return 123_456_789_012.25 + index;
  if (type.endsWith('64')) return 0x0102_0304_0506_0700n + BigInt(index);
  return type.endsWith('32') ? 0x0102_0300 + index : 0x0100 + index;
}

/** The words that mean "not available", from the file's own notation. */
function silent(held: Held): number[] {
  if (held.notAvailable === 'NaN') return encode(held, Number.NaN);
  const bits = BigInt(held.notAvailable!);
  const unsigned = held.type.replace(/^int/, 'uint');
  return encode({ ...held, type: unsigned }, unsigned.endsWith('64') ? bits : Number(bits));
}

let device: Awaited<ReturnType<typeof tcpDevice>> | undefined;
let running: Running | undefined;
afterEach(async () => {
  await running?.stop().catch(() => {});
  await device?.close();
});

/** A plant whose only device has every point of a profile, as an owner would write it down. */
async function plantWith(profile: string, points: readonly string[], port: number): Promise<PlantConfig> {
  const file = join(temporaryFolder(), 'plant.yaml');
  const tags = points.map((point) => ({ id: point, endpoint: 'meter', address: { unitId: UNIT, profile, point } }));
  const endpoints = [{ id: 'meter', protocol: 'modbus', host: '127.0.0.1', port }];
  const plant = { version: 1, agent: 'a', plant: { path: 'acme/baise' }, endpoints, tags };
  await writeFile(file, JSON.stringify({ ...plant, lines: [], meters: [], metrics: [] }));
  const loaded = await loadConfig(file);
  if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults));
  return loaded.config;
}

async function begin(profile: string, points: readonly string[], holdings: Holdings, seen: Request[] = []) {
  device = await tcpDevice('tcp', (request) => {
    seen.push(request);
    return respond(holdings, request);
  });
  const config = await plantWith(profile, points, device.port);
  const { options, points: addressed } = config.endpoints[0]!;
  running = run(modbus.open(options as Options, addressed as never));
  await Promise.all(points.map((point) => running!.several(point, 1)));
  return { config, samples: new Map(running.samples.map((sample) => [sample.tag, sample])) };
}

describe.each(profiles)('the profile %s', (name, profile) => {
  const points = pointsOf(profile);

  it('reads what a meter of that kind holds, in the unit that it says', async () => {
    const holdings: Holdings = new Map();
    points.forEach(([, held], i) => void hold(holdings, held, encode(held, countOf(held.type, i))));
    const { config, samples } = await begin(
      name,
      points.map(([point]) => point),
      holdings,
    );
    for (const [i, [point, held]] of points.entries()) {
      expect(samples.get(point)).toMatchObject({ value: countOf(held.type, i), statusCode: 'good' });
      const { unit, scale = 1 } = profile.points[point]!;
      expect(config.tags.find(({ id }) => id === point)).toMatchObject({ unit, scale });
    }
  });

  it('takes what means "not available" for no value', async () => {
    const holdings: Holdings = new Map();
    points.forEach(([, held], i) => {
      hold(holdings, held, held.notAvailable === undefined ? encode(held, countOf(held.type, i)) : silent(held));
    });
    const { samples } = await begin(
      name,
      points.map(([point]) => point),
      holdings,
    );
    for (const [point, { notAvailable }] of points)
      expect(samples.get(point)).toMatchObject(
        notAvailable === undefined
          ? { statusCode: 'good' }
          : { value: null, statusCode: 'bad', reason: 'the device says that the value is not available' },
      );
  });

  it('asks for no more than the device hands out, and for nothing that is forbidden', async () => {
    const seen: Request[] = [];
    const holdings: Holdings = new Map();
    points.forEach(([, held], i) => void hold(holdings, held, encode(held, countOf(held.type, i))));
    await begin(
      name,
      points.map(([point]) => point),
      holdings,
      seen,
    );
    const { maxBlock = 125, forbidden = [] } = (profile.device ?? {}) as { maxBlock?: number; forbidden?: number[][] };
    for (const { start, count } of seen) {
      expect(count).toBeLessThanOrEqual(maxBlock);
      for (const [from, to] of forbidden) expect(start > to! || start + count <= from!).toBe(true);
    }
  });
});

it('at least ten meters and instruments are known, each with its source', () => {
  expect(profiles.length).toBeGreaterThanOrEqual(10);
  const makers = profiles.map(([name]) => name);
  const asked = ['schneider-pm5000', 'schneider-iem3000', 'siemens-pac', 'janitza-umg', 'abb-b23', 'eastron-sdm630'];
  expect(makers).toEqual(expect.arrayContaining([...asked, 'carlo-gavazzi-em24', 'carlo-gavazzi-em24-e1']));
});

describe('a trap of a known meter', () => {
  const read = async (profile: string, point: string, code: number, register: number, words: number[]) => {
    const holdings: Holdings = new Map(words.map((word, i) => [`${UNIT}/${code}/${register + i}`, word]));
    const { config, samples } = await begin(profile, [point], holdings);
    const { unit, scale } = config.tags[0]!;
    return { value: samples.get(point)!.value, unit, scale };
  };
  const HALF = [0x3f00, 0];

  it.each(['schneider-iem3000', 'schneider-pm5000'])('%s: power is in kW, energy in Wh', async (profile) => {
    expect(await read(profile, 'activePower', 3, 3059, HALF)).toEqual({ value: 0.5, unit: 'kW', scale: 1 });
    await device!.close();
    const energy = await read(profile, 'activeEnergyImport', 3, 3203, [0, 0, 1, 2]);
    expect(energy).toEqual({ value: 65_538n, unit: 'Wh', scale: 1 });
  });

  it('Carlo Gavazzi EM24: the low word comes first, and the Ethernet model has its energy elsewhere', async () => {
    const words = [0x86a0, 1];
    const expected = { value: 100_000, unit: 'kWh', scale: 0.1 };
    expect(await read('carlo-gavazzi-em24', 'activeEnergyImport', 4, 66, words)).toEqual(expected);
    await device!.close();
    expect(await read('carlo-gavazzi-em24-e1', 'activeEnergyImport', 4, 52, words)).toEqual(expected);
  });

  it('Siemens PAC: energy is a float64 in Wh of tariff 1, at function 4', async () => {
    const words = [0x41cd, 0xcd65, 0, 0];
    const energy = await read('siemens-pac', 'activeEnergyImport', 4, 801, words);
    expect(energy).toEqual({ value: 1_000_000_000, unit: 'Wh', scale: 1 });
    expect(volumes.get('siemens-pac')!.points.activeEnergyImport!.note).toContain('tariff 1');
  });

  it('Janitza UMG: energy is a float32 in Wh, at function 3, whose step is 64 Wh at 1 GWh', async () => {
    const energy = await read('janitza-umg', 'activeEnergyImport', 3, 19_068, [0x4e6e, 0x6b29]);
    expect(energy).toEqual({ value: 1_000_000_064, unit: 'Wh', scale: 1 });
  });

  it('ABB: all ones, and 7FFF… where it is signed, is no value', async () => {
    expect(await read('abb-b23', 'activeEnergyImport', 3, 0x5000, Array(4).fill(0xffff))).toMatchObject({
      value: null,
    });
    await device!.close();
    expect(await read('abb-b23', 'activePower', 3, 0x5b14, [0x7fff, 0xffff])).toMatchObject({ value: null });
  });

  it('a weighing indicator sends a float32 with its low word first, in kg', async () => {
    expect(await read('hi6200', 'netWeight', 3, 6, HALF.toReversed())).toEqual({ value: 0.5, unit: 'kg', scale: 1 });
  });
});

const FACTS = join(import.meta.dirname, '../../../shared/data/modbus-registers/registers.csv');
/** Only where the facts say what the profile's point is called. */
const METERS: Record<string, string> = {
  'Schneider iEM3000': 'schneider-iem3000',
  'Schneider PM5100': 'schneider-pm5000',
  'Janitza UMG (96RM-E / UMG series)': 'janitza-umg',
  'Siemens PAC2200/3200/3220/4200/4220': 'siemens-pac',
  'Carlo Gavazzi EM24 (RS-485)': 'carlo-gavazzi-em24',
  'Carlo Gavazzi EM24_E1 (Ethernet)': 'carlo-gavazzi-em24-e1',
  'Eastron SDM630': 'eastron-sdm630',
  'ABB A/B series (A43 A44 B23 B24)': 'abb-b23',
  'ABB M4M 20': 'abb-m4m',
  'Scale: Hi6200 Weight Processor': 'hi6200',
};

describe.skipIf(!existsSync(FACTS))(
  'the collected register facts (skipped where there are none beside the checkout)',
  () => {
    const rows = (existsSync(FACTS) ? readFileSync(FACTS, 'utf8') : '').trim().split('\n').slice(1);
    const known = rows.map((row) => row.split(',')).filter(([meter]) => METERS[meter!]);

    it.each(known)('%s, %s: a point stands at that register', (...row) => {
      const [meter, , , register, , words] = row;
      const at = pointsOf(volumes.get(METERS[meter!]!)!).filter(([, held]) => held.register === Number(register));
      expect(at).toHaveLength(1);
      expect(encode(at[0]![1], 1)).toHaveLength(Number(words));
    });
  },
);
