import { ServerTCP } from 'modbus-serial';
import { modbus } from '../../drivers/modbus/index.ts';
import { conformance, type Subject } from './conformance.ts';
import { freePort } from './host.ts';

conformance('modbus', modbus, async (): Promise<Subject> => {
  const port = await freePort();
  const registers = new Map<string, number>([['1/10', 42]]);
  const places = { vanishing: '1/12', first: '1/14', second: '2/14' };
  for (const place of Object.values(places)) registers.set(place, 0);
  let server: ServerTCP;
  const read = (register: number, unitId: number): number => {
    const value = registers.get(`${unitId}/${register}`);
    if (value === undefined) throw Object.assign(new Error('no such register'), { modbusErrorCode: 2 });
    return value;
  };
  return {
    options: { host: '127.0.0.1', port, timeout: '1s' },
    addresses: {
      steady: { register: 10, type: 'uint16' },
      vanishing: { register: 12, type: 'uint16' },
      first: { unitId: 1, register: 14, type: 'uint16' },
      second: { unitId: 2, register: 14, type: 'uint16' },
    },
    set: (point, value) => {
      if (value === null) registers.delete(places[point]);
      else registers.set(places[point], value);
    },
    start: () =>
      new Promise((resolve) => {
        server = new ServerTCP({ getHoldingRegister: read }, { host: '127.0.0.1', port });
        server.on('initialized', () => resolve());
      }),
    kill: () => new Promise((resolve) => server.close(() => resolve())),
    clients: () => server.socks.size,
  };
});
