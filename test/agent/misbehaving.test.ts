import { expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { supervise } from '../../agent/supervise.ts';
import { modbus } from '../../drivers/modbus/index.ts';
import { points } from '../drivers/host.ts';
import { answer, exception, rawPeer } from '../drivers/modbusPeer.ts';
import { growthSince, handles, heapUsed } from '../support/handles.ts';
import { recordedLog } from '../support/logs.ts';

/** A device that does something wrong again and again; the waits between attempts pass at once. */
const FAULTS = 1_500;
const WARM_UP = 200;
const HEAP_NOISE = 2_000_000;

const peer = rawPeer();

test(`an endpoint that misbehaves ${FAULTS} times costs nothing that stays`, async () => {
  let faults = 0;
  peer.replies((request, socket) => {
    switch (faults++ % 5) {
      case 0:
        return void socket.write('garbage that answers nothing');
      case 1:
        return void socket.resetAndDestroy();
      case 2:
        return void socket.end(answer(request).subarray(0, 7));
      case 3:
        return void socket.write(exception(request, 4));
      default:
        return void socket.write(answer(request, { unitId: 9 }));
    }
  });
  const options = modbus.options.parse({ host: '127.0.0.1', port: peer.port(), timeout: '1s' });
  const clock = realClock();
  const misbehave = async (count: number): Promise<void> => {
    const stop = new AbortController();
    const end = faults + count;
    const delay = async (realMs: number, signal?: AbortSignal): Promise<void> => {
      signal?.throwIfAborted();
      if (faults > end) stop.abort(new Error('enough'));
      await clock.delay(Math.min(realMs, 1));
    };
    const driver = modbus.open(options, points(modbus, { a: { register: 1, type: 'uint16' } }, 10));
    const around = {
      clock: { ...clock, delay },
      pkiFolder: '',
      log: recordedLog(),
      random: () => 0,
      phase: () => 0,
      counted: () => {},
      notice: () => {},
      polled: () => {},
      changed: () => {},
      deliver: async () => {},
    };
    await supervise({ id: 'device', driver, tags: ['a'] }, around, stop.signal);
  };
  await misbehave(WARM_UP);
  const [before, heap, seen] = [handles(), heapUsed(), faults];
  await misbehave(FAULTS);
  expect(faults - seen).toBeGreaterThan(FAULTS);
  expect(await growthSince(before)).toEqual({});
  expect(heapUsed() - heap).toBeLessThan(HEAP_NOISE);
});
