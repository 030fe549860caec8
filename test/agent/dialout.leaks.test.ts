import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { growthSince, handles, heapUsed } from '../support/handles.ts';
import { type Dialling, dialling } from './dialoutKit.ts';
import { kits } from './streamKit.ts';

/** A platform that does something wrong again and again; the waits between attempts pass at once. */
const FAULTS = 3_000;
const WARM_UP = 2_000;
/** The heap's own ups and downs were 4 MB; sockets and timers that stay are found by their number. */
const HEAP_NOISE = 10_000_000;

const { agent, close } = kits();
afterAll(close);

test(`a platform that misbehaves ${FAULTS} times costs nothing that stays`, { timeout: 120_000 }, async () => {
  const it = await agent();
  let faults = 0;
  const server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => {});
    switch (faults++ % 4) {
      case 0:
        return void socket.destroy();
      case 1:
        return void socket.end('HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      case 2:
        return void socket.end('HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: no\r\n\r\n');
      default:
        return void socket.end('garbage that is no HTTP\r\n\r\n');
    }
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const misbehave = async (count: number): Promise<void> => {
    const [end, over] = [faults + count, Promise.withResolvers<void>()];
    const made: Dialling = dialling(it, [{ id: 'head-office', url: `ws://127.0.0.1:${port}` }], async () => {
      if (faults >= end) over.resolve();
    });
    await over.promise;
    await made.abandon();
  };
  await misbehave(WARM_UP);
  const [before, heap, seen] = [handles(), heapUsed(), faults];
  await misbehave(FAULTS);
  expect(faults - seen).toBeGreaterThanOrEqual(FAULTS);
  expect(await growthSince(before, 3)).toEqual({});
  expect(heapUsed() - heap).toBeLessThan(HEAP_NOISE);
  await new Promise((resolve) => server.close(resolve));
});
