import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { growthSince, handles, objectsHeld } from '../support/handles.ts';
import { dialling } from './dialoutKit.ts';
import { kits } from './streamKit.ts';

/** A platform that does something wrong again and again; the waits between attempts pass at once. */
const FAULTS = 1_000;
const WARM_UP = 200;
/** Objects that come and go by themselves; one that stays of each fault is found, and of every tenth. */
const NOISE = FAULTS / 20;

const { agent, close } = kits();
afterAll(close);

test(`a platform that misbehaves ${FAULTS} times costs nothing that stays`, async () => {
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
  let [end, reached, further] = [0, Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const made = dialling(it, [{ id: 'head-office', url: `ws://127.0.0.1:${port}` }], async () => {
    if (faults < end) return;
    reached.resolve();
    await further.promise;
  });
  /** So many faults more; then it waits before the next attempt, with nothing in hand. */
  const misbehave = async (count: number): Promise<void> => {
    const on = further;
    [end, reached, further] = [faults + count, Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    on.resolve();
    await reached.promise;
    made.logged.length = made.waits.length = 0;
  };
  await misbehave(WARM_UP);
  const [before, objects, seen] = [handles(), objectsHeld(), faults];
  await misbehave(FAULTS);
  expect(faults - seen).toBe(FAULTS);
  expect(await growthSince(before, 3)).toEqual({});
  expect(objectsHeld() - objects).toBeLessThan(NOISE);
  const ended = made.abandon();
  further.resolve();
  await ended;
  await new Promise((resolve) => server.close(resolve));
});
