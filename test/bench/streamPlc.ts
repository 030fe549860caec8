import { WebSocket } from 'ws';
import { respond, tcpDevice } from '../drivers/modbusDevice.ts';

/**
 * A PLC and a reader in one process, so that one clock measures the way between them: a counter of pieces that jumps,
 * which the agent has to tell at once, and the record that tells it.
 */

export type Told = { readonly type: 'port'; readonly port: number } | { readonly type: 'took'; readonly ms: number };
export interface Order {
  readonly url: string;
  readonly changes: number;
  readonly periodMs: number;
}

const tell = (told: Told): void => void process.send!(told);
const holdings = new Map([
  ['1/3/0', 1],
  ['1/3/1', 20],
]);
const device = await tcpDevice('tcp', (request) => respond(holdings, request));
tell({ type: 'port', port: device.port });

/** Resolves with the next record that says what the change must lead to. */
function missedPieces(socket: WebSocket, next: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (data: Buffer): void => {
      if (!data.includes(`→ ${next}"`)) return;
      socket.off('message', look);
      resolve();
    };
    socket.on('message', look);
  });
}

process.once('message', async ({ url, changes, periodMs }: Order) => {
  const socket = new WebSocket(url, 'pertonne.v1');
  await new Promise((resolve) => socket.once('message', resolve));
  socket.send(JSON.stringify({ type: 'subscribe', id: 'latency', records: { from: 'now' } }));
  for (let change = 0; change < changes; change++) {
    await new Promise((resolve) => setTimeout(resolve, periodMs * (2 + Math.random())));
    const next = holdings.get('1/3/0')! + 2;
    const told = missedPieces(socket, next);
    const changed = performance.now();
    holdings.set('1/3/0', next);
    await told;
    tell({ type: 'took', ms: performance.now() - changed });
  }
  socket.close();
});

// Whoever started us is gone.
process.once('disconnect', () => process.exit());
