import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, test } from 'vitest';
import { modbus } from '../../drivers/modbus/index.ts';
import { serveGateway } from '../../drivers/simulator/modbus.ts';
import type { Sample } from '../../rules/sample.ts';
import { freePort } from '../support/freePort.ts';
import { points, run, temporaryFolder } from './host.ts';
import { type Pair, SOCAT, serialPair } from './modbusDevice.ts';

/** Debian's pymodbus and libmodbus at the other end, as device and as client; each is skipped where it is not installed. */
const PEERS = join(import.meta.dirname, 'peers');
const PYTHON = '/usr/bin/python3';
const MBPOLL = '/usr/bin/mbpoll';
const works = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const hasPymodbus = works(PYTHON, '-c', 'import pymodbus.server, serial');
const hasLibmodbus = works('/usr/bin/gcc', '--version') && existsSync('/usr/include/modbus/modbus.h');
const hasSocat = existsSync(SOCAT);

const children: ChildProcess[] = [];
const pairs: Pair[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    const ended = child.exitCode === null && new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
  for (const pair of pairs.splice(0)) await pair.close();
});
const start = (command: string, ...args: string[]): void => {
  children.push(spawn(command, args, { stdio: 'ignore' }));
};

/** Reads every tag once, as soon as the peer answers. */
async function readOnce(options: object, addresses: Record<string, object>): Promise<Record<string, Sample>> {
  const parsed = modbus.options.parse({ timeout: '2s', ...options });
  let samples: readonly Sample[] = [];
  await expect
    .poll(
      async () => {
        const running = run(modbus.open(parsed, points(modbus, addresses)));
        const all = Promise.all(Object.keys(addresses).map((tag) => running.several(tag, 1)));
        const isRead = await all.then(
          () => true,
          () => false,
        );
        samples = running.samples;
        await running.stop().catch(() => {});
        return isRead;
      },
      { timeout: 30_000, interval: 200 },
    )
    .toBe(true);
  return Object.fromEntries(samples.map((sample) => [sample.tag, sample]));
}

const table = (unitId: number): Record<string, object> => ({
  ...Object.fromEntries(
    [0, 1, 50, 99, 150, 299].map((register) => [`h${register}`, { unitId, register, type: 'uint16' }]),
  ),
  ...Object.fromEntries(
    [0, 99, 299].map((register) => [`i${register}`, { unitId, register, type: 'uint16', function: 'inputRegister' }]),
  ),
  ...Object.fromEntries(
    [0, 1, 298].map((register) => [`c${register}`, { unitId, register, type: 'bit', function: 'coil' }]),
  ),
  ...Object.fromEntries(
    [0, 1, 298].map((register) => [`d${register}`, { unitId, register, type: 'bit', function: 'discreteInput' }]),
  ),
  beyond: { unitId, register: 300, type: 'uint16' },
});

/** What both peers hold, by the rule that both were written to. */
function expectTable(samples: Record<string, Sample>, unitId: number): void {
  for (const [tag, { value, statusCode, reason }] of Object.entries(samples)) {
    const [kind, register] = [tag[0]!, Number(tag.slice(1))];
    if (tag === 'beyond')
      expect({ value, reason }).toEqual({ value: null, reason: expect.stringContaining('exception 02') });
    else expect({ tag, value, statusCode }).toEqual({ tag, value: held(kind, register, unitId), statusCode: 'good' });
  }
}

function held(kind: string, register: number, unitId: number): number {
  const word = (7 * register + unitId) & 0xffff;
  if (kind === 'h') return word;
  if (kind === 'i') return word ^ 0xffff;
  return (register % 3 === 0) === (kind === 'c') ? 1 : 0;
}

async function line(): Promise<Pair> {
  const pair = serialPair();
  await pair.open();
  pairs.push(pair);
  return pair;
}
const serial = (pair: Pair): object => ({ serial: { path: pair.near, baudRate: 19_200 } });

describe.skipIf(!hasPymodbus)('a pymodbus server (skipped without python3-pymodbus and python3-serial-asyncio)', () => {
  const packed = (unitId: number): Record<string, object> => ({
    float: { unitId, register: 100, type: 'float32' },
    swapped: { unitId, register: 102, type: 'float32', wordOrder: 'CDAB' },
    count: { unitId, register: 104, type: 'uint64' },
    double: { unitId, register: 108, type: 'float64' },
    signed: { unitId, register: 112, type: 'int32' },
    bytes: { unitId, register: 114, type: 'uint16', wordOrder: 'BADC' },
    text: { unitId, register: 116, type: 'string', length: 3 },
    bcd: { unitId, register: 120, type: 'bcd', length: 2 },
  });
  const values = {
    swapped: -1.25,
    double: 1e9 + 0.125,
    signed: -123_456,
    bytes: 0x1234,
    text: 'PM5300',
    bcd: 12_345_678,
  };
  const check = async (options: object): Promise<void> => {
    expectTable(await readOnce(options, table(2)), 2);
    const samples = await readOnce(options, packed(2));
    for (const [tag, value] of Object.entries({ ...values, float: 51, count: 9_007_199_254_740_994n }))
      expect(samples[tag]).toMatchObject({ value, statusCode: 'good' });
  };

  it('is read over TCP', async () => {
    const port = await freePort();
    start(PYTHON, join(PEERS, 'pymodbusServer.py'), 'tcp', String(port));
    await check({ host: '127.0.0.1', port });
  });

  it.skipIf(!hasSocat)('is read over a serial line (skipped without socat)', async () => {
    const pair = await line();
    start(PYTHON, join(PEERS, 'pymodbusServer.py'), 'rtu', pair.far);
    await check(serial(pair));
  });
});

describe.skipIf(!hasLibmodbus)('a libmodbus server (skipped without libmodbus-dev and gcc)', () => {
  const program = join(temporaryFolder(), 'libmodbusServer');
  if (hasLibmodbus) {
    const include = ['-I/usr/include/modbus', join(PEERS, 'libmodbusServer.c')];
    execFileSync('/usr/bin/gcc', ['-O1', '-Wall', '-o', program, ...include, '-lmodbus']);
  }
  const orders = { ABCD: 25.5, CDAB: -1.25, BADC: 3.75, DCBA: -0.5 };
  const check = async (options: object): Promise<void> => {
    expectTable(await readOnce(options, table(1)), 1);
    const floats = Object.keys(orders).map((wordOrder, i) => [
      wordOrder,
      { register: 100 + 2 * i, type: 'float32', wordOrder },
    ]);
    const samples = await readOnce(options, Object.fromEntries(floats));
    for (const [order, value] of Object.entries(orders)) expect(samples[order]).toMatchObject({ value });
  };

  it('is read over TCP, with many requests in flight too', async () => {
    const port = await freePort();
    start(program, 'tcp', String(port));
    await check({ host: '127.0.0.1', port });
    await check({ host: '127.0.0.1', port, maxInFlight: 8, maxGap: 0 });
  });

  it.skipIf(!hasSocat)('is read over a serial line (skipped without socat)', async () => {
    const pair = await line();
    start(program, 'rtu', pair.far);
    await check(serial(pair));
  });
});

describe('our simulator, read by others', () => {
  const FLOAT = { register: 10, type: 'float32', wordOrder: 'ABCD', value: () => 25.5 } as const;
  const COUNT = { register: 12, type: 'uint32', wordOrder: 'CDAB', value: () => 100_000 } as const;
  const read = promisify(execFile);
  const withGateway = async (work: (port: number) => Promise<void>): Promise<void> => {
    const gateway = await serveGateway(new Map([[3, [FLOAT, COUNT]]]), new Set([4]), () => 0, 0);
    await work(gateway.port).finally(() => gateway.close());
  };

  it.skipIf(!hasPymodbus)('by pymodbus (skipped without python3-pymodbus)', () =>
    withGateway(async (port) => {
      const client = async (...args: number[]): Promise<unknown> =>
        JSON.parse((await read(PYTHON, [join(PEERS, 'pymodbusClient.py'), port, ...args].map(String))).stdout);
      expect(await client(3, 10, 4)).toEqual({ registers: [0x41cc, 0, 0x86a0, 1] });
      expect(await client(3, 11, 4)).toEqual({ exception: 2 });
      expect(await client(4, 10, 1)).toEqual({ exception: 11 });
    }),
  );

  it.skipIf(!existsSync(MBPOLL))('by mbpoll (skipped without it)', () =>
    withGateway(async (port) => {
      const common = ['-m', 'tcp', '-p', String(port), '-a', '3', '-0', '-1', '-q'];
      const poll = async (...args: string[]): Promise<string> =>
        (await read(MBPOLL, [...common, ...args, '127.0.0.1'])).stdout;
      expect(await poll('-t', '4:float', '-B', '-r', '10', '-c', '1')).toMatch(/\[10\]:\s+25\.5/);
      expect(await poll('-t', '4:int', '-r', '12', '-c', '1')).toMatch(/\[12\]:\s+100000/);
    }),
  );
});

test.skipIf(hasPymodbus && hasLibmodbus && hasSocat && existsSync(MBPOLL))(
  'some peers are missing: python3-pymodbus python3-serial python3-serial-asyncio libmodbus-dev gcc socat mbpoll',
  () => {
    expect([hasPymodbus, hasLibmodbus, hasSocat, existsSync(MBPOLL)]).toContain(false);
  },
);
