import { existsSync } from 'node:fs';
import { describe } from 'vitest';
import { modbus } from '../../drivers/modbus/index.ts';
import { freePort } from '../support/freePort.ts';
import { relay, type Way } from '../support/relay.ts';
import { conformance, type Subject } from './conformance.ts';
import { type Holdings, respond, SOCAT, serialDevice, serialPair, tcpDevice } from './modbusDevice.ts';
import type { Request } from './modbusWire.ts';

/** What every subject has: points, and a device that holds them. */
function holdings(): Omit<Subject, 'start' | 'kill' | 'way'> & { answer(request: Request): number[] } {
  const places = { vanishing: '1/3/12', first: '1/3/14', second: '2/3/14' };
  const held: Holdings = new Map([['1/3/10', 42], ...Object.values(places).map((place) => [place, 0] as const)]);
  return {
    addresses: {
      steady: { register: 10, type: 'uint16' },
      vanishing: { register: 12, type: 'uint16' },
      first: { unitId: 1, register: 14, type: 'uint16' },
      second: { unitId: 2, register: 14, type: 'uint16' },
    },
    steadySince: null,
    timeout: 500,
    set: async (point, value) => {
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
    start: async () => {
      device = await tcpDevice(framing, answer, port);
    },
    kill: () => device.close(),
    way: () => relay(port, (over) => ({ host: '127.0.0.1', port: over, framing, timeout: '500ms' })),
  };
}

/** A line of its own for each way. Cut as a serial converter is that is pulled out; held as a device is that has no power. */
async function overSerial(framing: 'rtu' | 'ascii'): Promise<Subject> {
  const { answer, ...points } = holdings();
  const ways: Way[] = [];
  const way = async (): Promise<Way> => {
    const line = serialPair();
    let held = false;
    let device: Promise<Awaited<ReturnType<typeof serialDevice>>> | null = null;
    const open = async () => {
      await line.open();
      return serialDevice(line.far, framing, (request) => (held ? null : answer(request)));
    };
    const made: Way = {
      options: { serial: { path: line.near, baudRate: 19_200 }, framing, timeout: '500ms' },
      mend: async () => {
        device ??= open();
        await device;
      },
      cut: async () => {
        const closing = device;
        device = null;
        if (!closing) return;
        await line.close();
        await (await closing).close();
      },
      hold: () => {
        held = true;
      },
      release: () => {
        held = false;
      },
      connections: line.users,
    };
    ways.push(made);
    await made.mend();
    return made;
  };
  const all = (what: 'mend' | 'cut') => async (): Promise<void> => {
    await Promise.all(ways.map((one) => one[what]()));
  };
  return { ...points, way, start: all('mend'), kill: all('cut') };
}

conformance('modbus tcp', modbus, () => overTcp('tcp'));
conformance('modbus rtu over tcp', modbus, () => overTcp('rtu'));

describe.skipIf(!existsSync(SOCAT))('on a serial line (skipped without socat)', () => {
  conformance('modbus rtu on a serial line', modbus, () => overSerial('rtu'));
  conformance('modbus ascii on a serial line', modbus, () => overSerial('ascii'));
});
