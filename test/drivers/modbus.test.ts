import { existsSync } from 'node:fs';
import { describe, test } from 'vitest';
import { modbus } from '../../drivers/modbus/index.ts';
import { conformance, type Subject } from './conformance.ts';
import { freePort } from './host.ts';
import { type Holdings, respond, SOCAT, serialDevice, serialPair, tcpDevice } from './modbusDevice.ts';
import type { Request } from './modbusWire.ts';

/** What every subject has: points, and a device that holds them. */
function holdings(): Pick<Subject, 'addresses' | 'set'> & { answer(request: Request): number[] } {
  const places = { vanishing: '1/3/12', first: '1/3/14', second: '2/3/14' };
  const held: Holdings = new Map([['1/3/10', 42], ...Object.values(places).map((place) => [place, 0] as const)]);
  return {
    addresses: {
      steady: { register: 10, type: 'uint16' },
      vanishing: { register: 12, type: 'uint16' },
      first: { unitId: 1, register: 14, type: 'uint16' },
      second: { unitId: 2, register: 14, type: 'uint16' },
    },
    set: (point, value) => {
      if (value === null) held.delete(places[point]);
      else held.set(places[point], value);
    },
    answer: (request) => respond(held, request),
  };
}

async function overTcp(framing: 'tcp' | 'rtu' | 'ascii'): Promise<Subject> {
  const port = await freePort();
  const { answer, ...points } = holdings();
  let device: Awaited<ReturnType<typeof tcpDevice>>;
  return {
    ...points,
    options: { host: '127.0.0.1', port, framing, timeout: '1s' },
    start: async () => {
      device = await tcpDevice(framing, answer, port);
    },
    kill: () => device.close(),
    clients: () => device.sockets.size,
  };
}

/** Killed as a serial converter is that is pulled out. */
async function overSerial(framing: 'rtu' | 'ascii'): Promise<Subject> {
  const { answer, ...points } = holdings();
  const line = serialPair();
  let device: Awaited<ReturnType<typeof serialDevice>>;
  return {
    ...points,
    options: { serial: { path: line.near, baudRate: 19_200 }, framing, timeout: '1s' },
    start: async () => {
      await line.open();
      device = await serialDevice(line.far, framing, answer);
    },
    kill: async () => {
      await line.close();
      await device.close();
    },
    clients: line.users,
  };
}

conformance('modbus tcp', modbus, () => overTcp('tcp'));
conformance('modbus rtu over tcp', modbus, () => overTcp('rtu'));

if (existsSync(SOCAT)) {
  conformance('modbus rtu on a serial line', modbus, () => overSerial('rtu'));
  conformance('modbus ascii on a serial line', modbus, () => overSerial('ascii'));
} else {
  describe.skip('modbus on a serial line', () => {
    test('skipped: there is no socat to make one', () => {});
  });
}
