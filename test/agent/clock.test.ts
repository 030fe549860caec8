import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { heldClock, lockStepClock, realClock, scaledClock } from '../../agent/clock.ts';

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

describe('a lock-step clock', () => {
  test('moves to the next due instant only when everybody sleeps', async () => {
    const clock = lockStepClock(1_000, 9_000);
    const [a, b] = [clock.pacer(), clock.pacer()];
    const log: string[] = [];
    void a.until(3_000).then((now) => log.push(`a ${now}`));
    await settled();
    expect([clock.now(), log]).toEqual([1_000, []]);
    void b.until(2_000).then((now) => log.push(`b ${now}`));
    await settled();
    expect([clock.now(), log]).toEqual([2_000, ['b 2000']]);
    b.leave();
    await settled();
    expect([clock.now(), log]).toEqual([3_000, ['b 2000', 'a 3000']]);
    a.leave();
  });

  test('wakes all who are due at the same instant together', async () => {
    const clock = lockStepClock(0, 9_000);
    const pacers = [clock.pacer(), clock.pacer(), clock.pacer()];
    const woken = await Promise.all(pacers.map((pacer) => pacer.until(500)));
    expect(woken).toEqual([500, 500, 500]);
    expect(clock.now()).toBe(500);
  });

  test('an aborted sleeper is awake again and holds the clock until it leaves', async () => {
    const clock = lockStepClock(0, 9_000);
    const [a, b] = [clock.pacer(), clock.pacer()];
    const abort = new AbortController();
    const slept = a.until(100, abort.signal).catch((cause: Error) => cause.message);
    abort.abort(new Error('enough'));
    expect(await slept).toBe('enough');
    const other = b.until(50);
    await settled();
    expect(clock.now()).toBe(0);
    a.leave();
    expect(await other).toBe(50);
  });

  test('runs at real speed after its end', async () => {
    const clock = lockStepClock(0, 1_000);
    const pacer = clock.pacer();
    const began = performance.now();
    expect(await pacer.until(1_030)).toBeGreaterThanOrEqual(1_030);
    expect(performance.now() - began).toBeGreaterThanOrEqual(28);
  });
});

describe('a scaled clock', () => {
  test('stands at its beginning, then runs faster than real time', async () => {
    expect(scaledClock({ speed: 1_000, from: 5_000, at: Date.now() + 3_600_000 }).now()).toBe(5_000);
    const began = performance.now();
    const clock = scaledClock({ speed: 1_000, from: 5_000, at: Date.now() + 20 });
    expect(await clock.pacer().until(35_000)).toBeGreaterThanOrEqual(35_000);
    expect(performance.now() - began).toBeGreaterThanOrEqual(45);
  });

  test('ends no sleep before its time, though timers ring a millisecond early now and then', async () => {
    const clock = realClock();
    for (let sleep = 0; sleep < 400; sleep++) {
      const due = clock.now() + 1 + (sleep % 3);
      expect(await clock.pacer().until(due)).toBeGreaterThanOrEqual(due);
    }
  });

  test('held, it stands until it is started, and its sleepers with it', async () => {
    const clock = heldClock(1_000, 7_000);
    const slept = clock.pacer().until(8_000);
    await realClock().delay(20);
    expect(clock.now()).toBe(7_000);
    clock.start();
    expect(await slept).toBeGreaterThanOrEqual(8_000);
  });

  test('held, a sleeper can still be aborted', async () => {
    const abort = new AbortController();
    const slept = heldClock(1, 0).pacer().until(8_000, abort.signal);
    abort.abort(new Error('enough'));
    await expect(slept).rejects.toThrow('enough');
  });
});

test('a deadline settles like the work, or rejects when it is late', async () => {
  const clock = realClock();
  expect(await clock.deadline(Promise.resolve(4), 1_000, () => new Error('late'))).toBe(4);
  await expect(clock.deadline(new Promise(() => {}), 5, () => new Error('late'))).rejects.toThrow('late');
});

test('a deadline is no reason to give up what came while the process was held up', async () => {
  const server = createServer((socket) => socket.end('here')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const answer = realClock().deadline(once(socket, 'data'), 200, () => new Error('late'));
  // The server, in this process too, answers only after the standstill: the answer is there when the timer is long due.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  expect(String(await answer)).toBe('here');
  server.close();
});
