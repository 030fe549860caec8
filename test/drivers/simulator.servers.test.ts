import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ModbusRTU from 'modbus-serial';
import { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import { AttributeIds, type ClientSession, MessageSecurityMode, OPCUAClient, SecurityPolicy } from 'node-opcua-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { demoPlant } from '../../drivers/simulator/demo.ts';
import { type PlantOptions, parseReplay, type RunningPlant, startPlant } from '../../drivers/simulator/index.ts';

const ORIGIN = Date.parse('2026-03-02T00:00:00+08:00');
const MINUTE = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'pertonne-simulator-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A clock that tests set; each reading of it moves it on by `tick`. */
const clock = {
  time: ORIGIN,
  tick: 0,
  now() {
    this.time += this.tick;
    return this.time;
  },
};

const start = (options: Partial<PlantOptions> = {}): Promise<RunningPlant> => {
  Object.assign(clock, { time: options.replay?.from ?? ORIGIN, tick: 0 });
  return startPlant({ clock, origin: ORIGIN + 123, seed: 1, faults: [], pkiFolder: join(folder, 'plant'), ...options });
};

async function startFor(options: Partial<PlantOptions>): Promise<RunningPlant> {
  const plant = await start(options);
  onTestFinished(() => plant.close());
  return plant;
}

async function session(plant: RunningPlant, id = 'plc', mode = MessageSecurityMode.SignAndEncrypt) {
  const client = OPCUAClient.create({
    applicationUri: 'urn:pertonne:test',
    clientCertificateManager: new OPCUACertificateManager({
      rootFolder: join(folder, 'client'),
      automaticallyAcceptUnknownCertificate: true,
      disableFileWatchers: true,
    }),
    securityMode: mode,
    securityPolicy: mode === MessageSecurityMode.None ? SecurityPolicy.None : SecurityPolicy.Aes256_Sha256_RsaPss,
    connectionStrategy: { maxRetry: 0 },
    endpointMustExist: true,
  });
  onTestFinished(() => client.disconnect());
  await client.connect(String(plant.endpoints[id]!.url));
  const opened = await client.createSession();
  onTestFinished(() => opened.close().then(() => {}));
  return opened;
}

async function readNodes(opened: ClientSession, names: readonly string[]) {
  const namespaces = await opened.readNamespaceArray();
  const index = namespaces.indexOf('urn:pertonne:simulated-plant');
  return opened.read(names.map((name) => ({ nodeId: `ns=${index};s=${name}`, attributeId: AttributeIds.Value })));
}

type Client = InstanceType<typeof ModbusRTU.default>;

async function modbus(plant: RunningPlant, id: string, unit: number) {
  const client = new ModbusRTU.default();
  client.setTimeout(2_000);
  await client.connectTCP(String(plant.endpoints[id]!.host), { port: Number(plant.endpoints[id]!.port) });
  onTestFinished(() => new Promise<void>((resolve) => client.close(() => resolve())));
  client.setID(unit);
  return client;
}

const low = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16().reverse();

describe('the servers of a sound plant', () => {
  let plant: RunningPlant;
  beforeAll(async () => {
    plant = await start();
  });
  afterAll(() => plant.close());
  afterEach(() => {
    clock.tick = 0;
  });

  it('give their addresses and the certificate of the PLC', () => {
    expect(Object.keys(plant.endpoints).sort()).toEqual(['mill-meters', 'plc', 'potline-meters']);
    expect(plant.endpoints.plc!.url).toMatch(/^opc\.tcp:\/\/127\.0\.0\.1:\d+$/);
    expect(existsSync(String(plant.endpoints.plc!.serverCertificate))).toBe(true);
    expect(plant.to).toBeUndefined();
  });

  it('OPC UA: every variable has the value of the model, at plant time, and one Read is one instant', async () => {
    const names = [...demoPlant(1, ORIGIN).nodes.keys()];
    const opened = await session(plant);
    clock.time = ORIGIN + 50 * MINUTE + 400;
    clock.tick = 1_000;
    const read = await readNodes(opened, names);
    const at = Number(read[0]!.sourceTimestamp);
    expect(at).toBeGreaterThan(ORIGIN + 50 * MINUTE);
    const model = demoPlant(1, ORIGIN).nodes;
    expect(read.map(({ value }) => value.value)).toEqual(names.map((name) => model.get(name)!.value(at)));
    expect(new Set(read.map(({ sourceTimestamp }) => Number(sourceTimestamp)))).toEqual(new Set([at]));
    expect(read.every(({ statusCode }) => statusCode.isGood())).toBe(true);
  });

  it('OPC UA: nothing can be written, and there is no endpoint without security', async () => {
    const opened = await session(plant, 'plc', MessageSecurityMode.Sign);
    const index = (await opened.readNamespaceArray()).indexOf('urn:pertonne:simulated-plant');
    const nodeId = `ns=${index};s=Potline.CellsInOperation`;
    const level = await opened.read({ nodeId, attributeId: AttributeIds.UserAccessLevel });
    expect(level.value.value).toBe(1);
    await expect(session(plant, 'plc', MessageSecurityMode.None)).rejects.toThrow();
  });

  it('Modbus: the registers are those of the book, in each meter’s own format', async () => {
    clock.time = ORIGIN + 60 * MINUTE;
    const { counts } = plant.book();
    const drive = await modbus(plant, 'mill-meters', 1);
    expect((await drive.readHoldingRegisters(20_480, 4)).buffer.readBigUInt64BE()).toBe(counts['mill-drive']);
    const watts = (await drive.readHoldingRegisters(23_316, 2)).buffer.readInt32BE();
    expect(watts).toBe(
      Math.round(Number(demoPlant(1, ORIGIN).nodes.get('Mill.DrivePower')!.value(clock.time)) * 1_000),
    );
    drive.setID(2);
    const auxiliaries = low((await drive.readHoldingRegisters(100, 2)).buffer);
    expect(BigInt(auxiliaries.readUInt32BE())).toBe(counts['mill-auxiliaries']);
    const rectifier = await modbus(plant, 'potline-meters', 2);
    expect((await rectifier.readHoldingRegisters(3_203, 4)).buffer.readBigInt64BE()).toBe(counts['rectifier-2']);
    rectifier.setID(3);
    const water = (await rectifier.readHoldingRegisters(100, 4)).buffer;
    expect(BigInt(water.readUInt32BE())).toBe(counts['potline-new-water']);
    expect(water.readFloatBE(4)).toBeGreaterThan(40);
    expect(water.readFloatBE(4)).toBeLessThan(64);
  });

  it('Modbus: a part of a value can be read, and one request is one instant', async () => {
    const client = await modbus(plant, 'mill-meters', 1);
    const whole = (await client.readHoldingRegisters(20_480, 4)).data;
    expect((await client.readHoldingRegisters(20_482, 2)).data).toEqual(whole.slice(2));
    clock.tick = 1;
    const before = clock.time;
    client.setID(3);
    await client.readHoldingRegisters(100, 4);
    expect(clock.time).toBe(before + 1);
  });

  it.each([
    ['an address that is not there', 2, (client: Client) => client.readHoldingRegisters(99, 2)],
    ['a hole within a block', 2, (client: Client) => client.readHoldingRegisters(100, 5)],
    ['more registers than a frame holds', 3, (client: Client) => client.readHoldingRegisters(100, 126)],
    ['input registers', 1, (client: Client) => client.readInputRegisters(100, 2)],
    ['writing', 1, (client: Client) => client.writeRegister(100, 1)],
  ])('Modbus: %s is refused with exception %i', async (_, modbusCode, ask) => {
    await expect(ask(await modbus(plant, 'mill-meters', 3))).rejects.toMatchObject({ modbusCode });
  });

  it('Modbus: a unit that is not there does not answer its gateway', async () => {
    const client = await modbus(plant, 'mill-meters', 99);
    await expect(client.readHoldingRegisters(100, 2)).rejects.toMatchObject({ modbusCode: 0x0b });
  });

  it('Modbus: requests in pieces and several at once are answered in order, nonsense ends the connection', async () => {
    const socket = createConnection(Number(plant.endpoints['mill-meters']!.port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    const chunks: Buffer[] = [];
    let wake = (): void => {};
    const received = async (length: number): Promise<Buffer> => {
      while (Buffer.concat(chunks).length < length) await new Promise<void>((resolve) => (wake = resolve));
      return Buffer.concat(chunks);
    };
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      wake();
    });
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const first = Buffer.from('000100000006030300640002', 'hex');
    const second = Buffer.from('000200000006030300660002', 'hex');
    socket.write(Buffer.concat([first, second.subarray(0, 5)]));
    const one = await received(13);
    expect(one.subarray(0, 9).toString('hex')).toBe('000100000007030304');
    socket.write(second.subarray(5));
    expect((await received(26)).subarray(13, 15).toString('hex')).toBe('0002');
    socket.write(Buffer.from('00030001000603030064', 'hex'));
    await closed;
  });

  it('the book closes: energy, metal, coils and ladles', () => {
    clock.time = ORIGIN + 10 * 60 * MINUTE;
    const { totals, coils, ladles, days, at, origin } = plant.book();
    expect([origin, at]).toEqual([ORIGIN, clock.time]);
    expect(coils.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(totals['mill-rolled']!, 6);
    expect(ladles.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(totals['potline-tapped']!, 6);
    expect(days.reduce((sum, { produced }) => sum + produced, 0)).toBeCloseTo(totals['potline-produced']!, 9);
    const ac = totals['rectifier-1']! + totals['rectifier-2']!;
    expect(totals['potline-dc']! / ac).toBeCloseTo(0.98, 5);
  });

  it('when the clock is set back the plant stands', () => {
    const before = plant.book();
    clock.time -= 5 * MINUTE;
    expect(plant.book()).toEqual(before);
  });
});

describe('faults', () => {
  it('dead:<endpoint>: nothing listens there, and the others do', async () => {
    const plant = await startFor({ faults: ['dead:plc', 'dead:mill-meters'] });
    await expect(modbus(plant, 'mill-meters', 1)).rejects.toThrow('ECONNREFUSED');
    await expect(session(plant)).rejects.toThrow();
    const client = await modbus(plant, 'potline-meters', 1);
    expect((await client.readHoldingRegisters(3_203, 4)).data).toHaveLength(4);
  });

  it('dead unit, bad variable, rollover, swap', async () => {
    const faults = ['dead:mill-meters/2', 'bad:Potline.Current', 'rollover:mill', 'swap:rectifier-1@10min'];
    const plant = await startFor({ faults });
    const client = await modbus(plant, 'mill-meters', 2);
    await expect(client.readHoldingRegisters(100, 2)).rejects.toMatchObject({ modbusCode: 0x0b });
    client.setID(3);
    const count = async (): Promise<number> => (await client.readHoldingRegisters(100, 2)).buffer.readUInt32BE();

    const before = await count();
    expect(before).toBeGreaterThan(99_980_000);
    expect(plant.book().counts['mill-drive']).toBe(2n ** 64n - 600n);
    clock.time = ORIGIN + 2 * MINUTE;
    expect(await count()).toBe(before + Math.floor(plant.book().totals['mill-new-water']! * 1_000) - 100_000_000);
    expect(plant.book().counts['mill-drive']).toBeLessThan(10_000n);

    const opened = await session(plant);
    const [current, voltage] = await readNodes(opened, ['Potline.Current', 'Potline.Voltage']);
    expect(current!.statusCode.name).toBe('BadDeviceFailure');
    expect(voltage!.statusCode.name).toBe('Good');

    clock.time = ORIGIN + 10 * MINUTE - 1;
    const old = plant.book();
    expect(old.counts['rectifier-1']).toBeGreaterThan(7_654_321_987_654n);
    clock.time = ORIGIN + 10 * MINUTE;
    expect(plant.book().counts['rectifier-1']).toBe(0n);
    clock.time = ORIGIN + 13 * MINUTE;
    const { counts, totals } = plant.book();
    expect(Number(counts['rectifier-1']) / 1_000).toBeCloseTo(totals['rectifier-1']! - old.totals['rectifier-1']!, 0);
    expect(counts['rectifier-2']).toBeGreaterThan(old.counts['rectifier-2']!);
  });
});

describe('a replay', () => {
  const rows = ['1/1/2018 0:15,3.17', '1/1/2018 0:30,700', '1/1/2018 0:45,0.5'];
  const replay = parseReplay(['date,Usage_kWh', ...rows, ''].join('\n'));

  it('is served by a Modbus meter, which rolls over, and by a PLC', async () => {
    const plant = await startFor({ replay });
    expect(Object.keys(plant.endpoints).sort()).toEqual(['steel-meter', 'steel-plc']);
    expect(plant.to).toBe(replay.to);
    const client = await modbus(plant, 'steel-meter', 1);
    const count = async (): Promise<number> => (await client.readHoldingRegisters(0, 2)).buffer.readUInt32BE();
    const opened = await session(plant, 'steel-plc');
    const values = async () =>
      (await readNodes(opened, ['Steel.Energy', 'Steel.Power'])).map(({ value }) => value.value);

    clock.time = replay.from;
    expect([await count(), await values()]).toEqual([4_294_900_000, [0, 12.68]]);
    clock.time = replay.from + 15 * MINUTE;
    expect([await count(), await values()]).toEqual([4_294_900_317, [3.17, 2_800]]);
    clock.time = replay.from + 30 * MINUTE;
    expect([await count(), await values()]).toEqual([4_294_900_000 + 70_317 - 2 ** 32, [703.17, 2]]);
    clock.time = replay.to;
    expect([await count(), await values()]).toEqual([4_294_900_000 + 70_367 - 2 ** 32, [703.67, 0]]);
    expect(plant.book()).toMatchObject({ origin: replay.from, totals: { steel: 703.67 } });
  });

  it('has its own faults', async () => {
    const plant = await startFor({ replay, faults: ['swap:steel@20min'] });
    clock.time = replay.from + 30 * MINUTE;
    expect(plant.book().counts.steel).toBe(46_666n);
  });
});

it('a port that is taken is an error, and nothing is left behind', async () => {
  const first = await startFor({});
  const taken = Number(first.endpoints['potline-meters']!.port);
  const free = Number(first.endpoints['mill-meters']!.port);
  await expect(start({ ports: { 'potline-meters': taken } })).rejects.toThrow(/EADDRINUSE/);
  await expect(start({ ports: { plc: taken } })).rejects.toThrow(/EADDRINUSE/);
  await first.close();
  const again = await startFor({ ports: { 'mill-meters': free, 'potline-meters': taken } });
  expect(again.endpoints['mill-meters']!.port).toBe(free);
});
