import { DataType, StatusCodes } from 'node-opcua';
import { dataValue, double, makeOpcuaServer } from './opcuaServer.ts';

/** A server in a process of its own, so that what a test measures is the driver alone; its parent tells it what to do. */

/** What the parent may ask for; answered with `{ id }` when it is done. */
export type Order =
  | { readonly id: number; readonly what: 'start' | 'kill' }
  | { readonly id: number; readonly what: 'set'; readonly name: string; readonly value: number | null };

/** What is told at first. */
export interface Hello {
  readonly port: number;
  readonly certificateFile: string;
  /** Since when `steady` is 42. */
  readonly steadySince: number;
}

const STEADY_SINCE = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

if (process.send) await obey(process.send.bind(process));

async function obey(tell: (message: object) => void): Promise<void> {
  const server = await makeOpcuaServer({
    maxConnectionsPerEndpoint: 1_000,
    serverCapabilities: { maxSessions: 1_000 },
  });
  for (const name of ['vanishing', 'first', 'second']) server.show(name, double(0));
  server.show('steady', dataValue(DataType.Double, 42, StatusCodes.Good, new Date(STEADY_SINCE)));
  process.on('message', async (order: Order) => {
    if (order.what === 'set') server.show(order.name, order.value === null ? null : double(order.value));
    else await server[order.what]();
    tell({ id: order.id });
  });
  process.on('disconnect', () => process.exit());
  tell({ port: server.port, certificateFile: server.certificateFile, steadySince: STEADY_SINCE } satisfies Hello);
}
