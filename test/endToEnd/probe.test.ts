import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../config/load.ts';
import { temporaryFolder } from '../drivers/host.ts';
import { type Holdings, respond, SOCAT, serialDevice, serialPair, tcpDevice } from '../drivers/modbusDevice.ts';
import { encode } from '../drivers/modbusEncoder.ts';
import type { Request } from '../drivers/modbusWire.ts';
import { Pertonne } from '../support/process.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** A B23 as unit 1 whose exported energy is not available and which has no current; unit 2 does not answer. */
function meter(): (request: Request) => number[] | null {
  const held: Holdings = new Map();
  const hold = (register: number, words: readonly number[]): void =>
    words.forEach((word, i) => void held.set(`1/3/${register + i}`, word));
  hold(0x5000, encode({ type: 'uint64' }, 123_456_789n));
  hold(0x5004, Array(4).fill(0xffff));
  hold(0x5b00, encode({ type: 'uint32' }, 2301));
  hold(0x5b14, encode({ type: 'int32' }, -150_025));
  return (request) => (request.unitId === 1 ? respond(held, request) : null);
}

async function url(framing: 'tcp' | 'rtu' = 'tcp'): Promise<string> {
  const device = await tcpDevice(framing, meter());
  open.push(device);
  return `${framing === 'tcp' ? 'modbus' : 'modbus+rtu'}://127.0.0.1:${device.port}`;
}

/** Runs the command as its users do. */
async function probe(...args: string[]): Promise<{ code: number | null; lines: string[]; stderr: string }> {
  const command = new Pertonne('probe', ...args);
  const code = await command.exited;
  return { code, lines: command.lines, stderr: command.stderr };
}

const TABLE = [
  'point                    value  unit  status',
  'activeEnergyImport  1234567.89  kWh   good',
  'activeEnergyExport           -  kWh   bad: the device says that the value is not available',
  'voltageL1N               230.1  V     good',
  'currentL1                    -  A     bad: Modbus exception 02: the device has no such register',
  'activePower           -1500.25  W     good',
];

describe('pertonne probe', () => {
  it('prints value, unit and status of every point of the profile', async () => {
    const { code, lines } = await probe(`${await url()}/1`, '--profile', 'abb-b23');
    expect(lines).toEqual(TABLE);
    expect(code).toBe(0);
  });

  it('speaks RTU through a gateway of bytes', async () => {
    expect((await probe(`${await url('rtu')}/1`, '--profile', 'abb-b23')).lines).toEqual(TABLE);
  });

  it.skipIf(!existsSync(SOCAT))('speaks RTU on a serial line (skipped without socat)', async () => {
    const line = serialPair();
    await line.open();
    open.push(line, await serialDevice(line.far, 'rtu', meter()));
    const address = `modbus+rtu://${line.near}?unit=1&baudRate=19200&parity=even`;
    expect((await probe(address, '--profile', 'abb-b23')).lines).toEqual(TABLE);
  });

  it('gives the same as JSON', async () => {
    const { lines } = await probe(`${await url()}/1`, '--profile', 'abb-b23', '--json');
    const rows = JSON.parse(lines.join('\n'));
    expect(rows).toHaveLength(5);
    expect(rows[0]).toEqual({
      ...{ point: 'activeEnergyImport', value: 1_234_567.89, unit: 'kWh' },
      ...{ statusCode: 'good', reason: null },
    });
    expect(rows[1]).toMatchObject({ value: null, statusCode: 'bad' });
  });

  it('makes tags that a configuration takes, and says which it left out', async () => {
    const { lines } = await probe(`${await url()}/1?timeout=2s`, '--profile', 'abb-b23', '--yaml');
    expect(lines.filter((line) => line.startsWith('#'))).toHaveLength(2);
    const file = join(temporaryFolder(), 'plant.yaml');
    const plant = { version: 1, agent: 'a', plant: { path: 'acme/baise' }, lines: [], meters: [], metrics: [] };
    await writeFile(file, JSON.stringify({ ...plant, ...parse(lines.join('\n')) }));
    const loaded = await loadConfig(file);
    if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults));
    expect(loaded.config.endpoints[0]).toMatchObject({ options: { host: '127.0.0.1', timeout: 2000 } });
    expect(loaded.config.tags.map(({ id, unit }) => [id, unit])).toEqual([
      ['meter.activeEnergyImport', 'kWh'],
      ['meter.voltageL1N', 'V'],
      ['meter.activePower', 'W'],
    ]);
  });

  it('ends with 3 where nothing can be read, and says why', async () => {
    const silent = await probe(`${await url()}/2?timeout=100ms`, '--profile', 'abb-b23');
    expect(silent).toMatchObject({ code: 3, stderr: expect.stringContaining('no answer within 100 ms') });
    const away = await probe('modbus://127.0.0.1:1/1', '--profile', 'abb-b23');
    expect(away).toMatchObject({ code: 3, stderr: expect.stringContaining('ECONNREFUSED') });
    const unplugged = await probe('modbus+rtu:///dev/no-such-line', '--profile', 'abb-b23');
    expect(unplugged).toMatchObject({ code: 3, stderr: expect.stringContaining('No such file') });
    const none = await probe(`${await url()}/1`, '--profile', 'janitza-umg');
    expect(none).toMatchObject({ code: 3, stderr: expect.stringContaining('no value at all') });
  });

  it('ends with 2 on wrong arguments, and says what is right', async () => {
    const wrong: [args: string[], words: string][] = [
      [['modbus://127.0.0.1:1/1'], '--profile'],
      [['opc.tcp://127.0.0.1:1', '--profile', 'abb-b23'], 'modbus://HOST:502/UNIT'],
      [['modbus://127.0.0.1:1/1', '--profile', 'abb-b32'], 'did you mean "abb-b23"'],
      [['modbus://127.0.0.1:1/999', '--profile', 'abb-b23'], '0 to 247'],
      [['modbus://127.0.0.1:1/1?timeuot=2s', '--profile', 'abb-b23'], 'timeuot'],
      [['modbus://127.0.0.1:1/1', '--profile', 'abb-b23', '--json', '--yaml'], '--yaml'],
    ];
    const ended = await Promise.all(wrong.map(([args]) => probe(...args)));
    wrong.forEach(([, words], i) => {
      expect(ended[i]).toMatchObject({ code: 2, lines: [], stderr: expect.stringContaining(words) });
    });
  });
});
