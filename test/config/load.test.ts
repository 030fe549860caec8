import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeFaults, loadConfig } from '../../config/load.ts';
import { configOf, faultsOf, load, PLANT, plantWith } from './plant.ts';

describe('a sound file', () => {
  test('comes out with every default filled in and every name resolved', async () => {
    const config = await configOf(PLANT);
    expect(config.plant).toEqual({
      path: 'acme/baise',
      calendar: {
        timeZone: 'Asia/Shanghai',
        dayStart: '00:00',
        shifts: ['00:00', '08:00', '16:00'],
        shiftDay: 'start',
      },
      windows: ['minute', 'quarterHour', 'hour', 'shift', 'day', 'month'],
      graceMs: 5_000,
      reviseWithinMs: 48 * 3_600_000,
      allowedSkewMs: 5_000,
    });
    expect(config.http).toEqual({ host: '127.0.0.1', port: 8080, maxReaders: 1_024, names: [], allowPlain: false });
    expect(config).not.toHaveProperty('clock');
    expect(config.lines[0]).toMatchObject({ id: 'mill-1', equipment: 'acme/baise/hot/mill-1' });
    expect(config.fingerprint).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('gives each endpoint its options and its points, a profile point resolved to registers', async () => {
    const { endpoints, folder } = await configOf(PLANT);
    expect(endpoints[0]).toMatchObject({
      id: 'plc',
      protocol: 'opcua',
      options: { mode: 'SignAndEncrypt', timeout: 3_000, serverCertificate: join(folder, 'certs/plc.pem') },
      points: [{ tag: 'coil.sequence', period: 1_000 }, { tag: 'coil.weight' }],
    });
    expect(endpoints[1]).toMatchObject({
      protocol: 'modbus',
      options: { host: '127.0.0.1', port: 502, timeout: 1_000 },
      points: [
        {
          tag: 'mill.kwh',
          period: 20_000,
          address: { unitId: 1, function: 'holdingRegister', register: 0x5000, type: 'uint64', wordOrder: 'ABCD' },
        },
        { tag: 'mill.water', address: { unitId: 2, register: 100, type: 'float32' } },
      ],
    });
    expect(endpoints[1]!.options).not.toHaveProperty('period');
  });

  test('the files that an endpoint names are relative to the plant file', async () => {
    const user = 'serverCertificate: certs/plc.pem, userCertificate: user.pem, userKey: keys/user.pem';
    const { endpoints, folder } = await configOf(plantWith({ 'serverCertificate: certs/plc.pem': user }));
    expect(endpoints[0]!.options).toMatchObject({
      serverCertificate: join(folder, 'certs/plc.pem'),
      userCertificate: join(folder, 'user.pem'),
      userKey: join(folder, 'keys/user.pem'),
    });
  });

  test('gives a tag its unit, scale and period from profile and endpoint', async () => {
    const { tags } = await configOf(PLANT);
    expect(tags[0]).toEqual({ id: 'mill.kwh', endpoint: 'bus', unit: 'kWh', scale: 0.01, period: 20_000 });
    expect(tags[3]).toMatchObject({ unit: 'kg', scale: 1, range: [0, 30_000], period: 1_000 });
  });

  test("gives a meter its equipment, poll period, longest gap, the profile's scale and what a float32 is", async () => {
    const { meters } = await configOf(PLANT);
    const equipment = 'acme/baise/hot/mill-1';
    expect(meters[0]).toMatchObject({ equipment, periodMs: 20_000, maxGap: 100_000, scale: 0.01, float32: false });
    expect(meters[1]).toMatchObject({ id: 'water', scale: 1, float32: true });
    expect(meters[2]).toMatchObject({ periodMs: 1_000, maxGap: 60_000, scale: 0.001 });
  });

  test("keeps a meter's own scale and gap", async () => {
    const text = plantWith({ 'unit: kWh, maxRate': 'unit: kWh, scale: 0.4, maxGap: 90s, maxRate' });
    expect((await configOf(text)).meters[0]).toMatchObject({ scale: 0.4, maxGap: 90_000 });
  });

  test('gives a metric its windows and its limit from the table or of its own', async () => {
    const { metrics } = await configOf(plantWith({ 'acme/baise }': 'acme/baise, windows: [hour, day] }' }));
    expect(metrics[0]).toMatchObject({ equipment: 'acme/baise/hot/mill-1', windows: ['hour', 'day'] });
    expect(metrics[0]!.limit).toEqual({
      ...{ indicator: null, op: '<=', bound: 600, deadband: 0, onDelay: 0 },
      ...{ unit: 'kWh/t', quote: null },
    });
    expect(metrics[1]!.limit).toMatchObject({ indicator: 'steel.water', op: '<=', bound: 2.7, quote: '≤2.7' });
  });

  test('has a modulus above 2^53 exactly', async () => {
    const text = plantWith({ 'maxRate: 20000': 'maxRate: 20000, modulus: "18446744073709551615"' });
    expect((await configOf(text)).meters[0]).toMatchObject({ modulus: 18_446_744_073_709_551_615n });
  });

  test('keeps its fingerprint until something changes that a figure depends on', async () => {
    const { fingerprint } = await configOf(PLANT);
    const same = await configOf(plantWith({ 'agent: demo': '# a word\nhttp: { port: 9000 }\nagent: demo' }));
    const other = await configOf(plantWith({ 'maxRate: 20000': 'maxRate: 20001' }));
    expect(same.fingerprint).toBe(fingerprint);
    expect(other.fingerprint).not.toBe(fingerprint);
  });
});

describe('an overlay', () => {
  test("is laid over the endpoints' options and the clock before they are judged", async () => {
    const config = await configOf(PLANT, {
      bus: { port: 5020 },
      clock: { speed: 3600, from: '2018-01-01T00:00:00+09:00', at: '2026-11-23T20:00:00Z' },
    });
    expect(config.endpoints[1]!.options).toMatchObject({ host: '127.0.0.1', port: 5020 });
    expect(config.clock).toEqual({
      speed: 3600,
      from: Date.parse('2017-12-31T15:00:00Z'),
      at: Date.parse('2026-11-23T20:00:00Z'),
    });
  });

  test('is judged like the file', async () => {
    expect(await faultsOf(PLANT, { bus: { port: 70_000 } })).toEqual([
      'plant.yaml:9:5 endpoints[1].port: 70000 is above 65535',
    ]);
  });
});

describe("folders beside the plant's file", () => {
  const PROFILE = (register: number): string => `maker: Acme
model: M1
manual: Acme M1 manual, page 3
protocol: modbus
points: { activeEnergyImport: { register: ${register}, type: uint32, unit: kWh } }
`;

  test('hold profiles of the plant', async () => {
    const { folder } = await load(plantWith({ 'profile: abb-b23': 'profile: acme-m1' }));
    await mkdir(join(folder, 'profiles'));
    await writeFile(join(folder, 'profiles/acme-m1.yaml'), PROFILE(7));
    const loaded = await loadConfig(join(folder, 'plant.yaml'));
    expect(loaded).toMatchObject({ config: { endpoints: [{}, { points: [{ address: { register: 7 } }, {}] }] } });
  });

  test('a faulty profile is told once, at its own place', async () => {
    const { folder } = await load(plantWith({ 'profile: abb-b23': 'profile: acme-m1' }));
    await mkdir(join(folder, 'profiles'));
    await writeFile(join(folder, 'profiles/acme-m1.yaml'), PROFILE(65_535));
    const loaded = await loadConfig(join(folder, 'plant.yaml'));
    expect('faults' in loaded && describeFaults(loaded.faults)).toBe(
      `${folder}/profiles/acme-m1.yaml:5:43 points.activeEnergyImport.register: a uint32 here reaches beyond 65535`,
    );
  });
});

test('a file that is not there is one fault', async () => {
  const loaded = await loadConfig('/nowhere/plant.yaml');
  expect('faults' in loaded && describeFaults(loaded.faults)).toMatch(
    /^\/nowhere\/plant.yaml:1:1 cannot be read: ENOENT/,
  );
});

test.each(['demo', 'replay'])('the %s example is without faults', async (name) => {
  const loaded = await loadConfig(join(import.meta.dirname, `../../config/examples/${name}.yaml`));
  expect('faults' in loaded ? describeFaults(loaded.faults) : '').toBe('');
});
