import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionLost } from '../../drivers/driver.ts';
import { modbus } from '../../drivers/modbus/index.ts';
import { runs } from '../support/properties.ts';
import { points, type Running, run } from './host.ts';
import { answer, exception, type Frame, type Reply, type Request, rawPeer } from './modbusPeer.ts';

const peer = rawPeer();
let running: Running;
afterEach(() => running.stop().catch(() => {}));

const REGISTER = { register: 7, type: 'uint16' };
/** A long timeout shows that a loss is noticed by itself and not by waiting. */
function begin(addresses: Record<string, unknown> = { a: REGISTER }, options = {}, period = 5): Running {
  const written = { host: '127.0.0.1', port: peer.port(), timeout: '1min', ...options };
  running = run(modbus.open(modbus.options.parse(written), points(modbus, addresses, period)));
  return running;
}
const always =
  (make: (request: Request) => Buffer): Reply =>
  (request, socket) =>
    socket.write(make(request));

describe('an answer that does not fit its request', () => {
  const wrong: [string, Frame][] = [
    ['of another transaction', { transaction: 999 }],
    ['of the transaction 256 before', { transaction: 1 + 0xff00 }],
    ['of another protocol', { protocol: 1 }],
    ['of another unit', { unitId: 9 }],
    ['to another function', { code: 4 }],
    ['to a write', { code: 6 }],
    ['with fewer registers', { data: [] }],
    ['with more registers', { data: [0, 7, 0, 8] }],
    ['that claims fewer registers than it has', { byteCount: 0 }],
    ['that claims more registers than it has', { byteCount: 4 }],
    ['with an impossible length', { length: 60_000 }],
    ['with no length', { length: 0 }],
    ['longer than its length says', { length: 4 }],
  ];
  it.each(wrong)('%s is never a value and ends the connection at once', async (_, frame) => {
    peer.replies(always((request) => answer(request, frame)));
    await expect(begin().ended).rejects.toBeInstanceOf(ConnectionLost);
    expect(running.samples).toEqual([]);
    await expect.poll(() => peer.sockets.size).toBe(0);
  });

  it('is refused whatever random bytes it is made of', async () => {
    const bytes = fc.uint8Array({ minLength: 6, maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(bytes, async (garbage) => {
        // The first transaction's own beginning would leave the peer's answer merely unfinished.
        fc.pre(garbage[0] !== 0 || garbage[1] !== 1);
        peer.replies((_, socket) => socket.write(garbage));
        await expect(begin().ended).rejects.toBeInstanceOf(ConnectionLost);
        expect(running.samples).toEqual([]);
      }),
      { numRuns: runs(50) },
    );
  });

  it('is refused when it comes twice, at once or later', async () => {
    peer.replies((request, socket) => socket.write(Buffer.concat([answer(request), answer(request)])));
    await expect(begin().ended).rejects.toBeInstanceOf(ConnectionLost);
    expect(running.samples).toEqual([]);

    peer.replies((request, socket) => {
      socket.write(answer(request));
      setImmediate(() => socket.write(answer(request)));
    });
    await expect(begin({ a: REGISTER }, {}, 60_000).ended).rejects.toThrow('answer no request');
    expect(running.samples.length).toBeLessThanOrEqual(1);
  });

  it('is refused when a gateway gave the request up and answers it 256 requests later', async () => {
    peer.replies((request, socket) => {
      if (request.transaction === 1) socket.write(exception(request, 11));
      else if (request.transaction === 257) socket.write(answer(request, { transaction: 1, data: [0xde, 0xad] }));
      else socket.write(answer(request));
    });
    await expect(begin({ a: REGISTER }, {}, 1).ended).rejects.toBeInstanceOf(ConnectionLost);
    expect(peer.requests).toHaveLength(257);
    expect(new Set(running.samples.map(({ value }) => value))).toEqual(new Set([null, 7]));
  });
});

describe('a peer that goes silent or away', () => {
  it('is given up after the timeout, and its late answer finds nobody', async () => {
    const late: (() => void)[] = [];
    peer.replies((request, socket) => late.push(() => socket.write(answer(request, { data: [0xde, 0xad] }))));
    await expect(begin({ a: REGISTER }, { timeout: '50ms' }).ended).rejects.toThrow('no answer within 50 ms');

    peer.replies((request, socket) => {
      for (const send of late.splice(0)) send();
      socket.write(answer(request));
    });
    expect(await begin().several('a', 3)).toMatchObject([{ value: 7 }, { value: 7 }, { value: 7 }]);
    expect(late).toEqual([]);
  });

  const away: [string, Reply][] = [
    ['resets in the middle of a request', (_, socket) => socket.resetAndDestroy()],
    ['closes in the middle of a request', (_, socket) => socket.end()],
    [
      'resets in the middle of an answer',
      (request, socket) => socket.write(answer(request).subarray(0, 8), () => socket.resetAndDestroy()),
    ],
  ];
  it.each(away)('%s: ConnectionLost at once, and the next run reads well', async (_, reply) => {
    peer.replies(reply);
    await expect(begin().ended).rejects.toBeInstanceOf(ConnectionLost);
    expect(running.samples).toEqual([]);
    peer.replies(always(answer));
    expect(await begin().several('a', 1)).toMatchObject([{ value: 7, statusCode: 'good' }]);
  });

  it('is known by number while 64 answers are still to come; the one given up before those ends the connection', async () => {
    const late: (() => void)[] = [];
    peer.replies((request, socket) => {
      if (request.unitId === 1) socket.write(answer(request));
      else late.push(() => socket.write(answer(request)));
    });
    const silent = Array.from({ length: 66 }, (_, i) => [`u${i}`, { ...REGISTER, unitId: 100 + i }] as const);
    const units = Object.fromEntries(silent.map(([, { unitId }]) => [unitId, { timeout: '2ms' }]));
    begin({ live: { ...REGISTER, unitId: 1 }, ...Object.fromEntries(silent) }, { units }, 60_000);
    await running.several('u65', 1);
    expect(running.counted).toEqual(['late-answer-forgotten', 'late-answer-forgotten']);
    late[2]!();
    await expect.poll(() => running.counted.at(-1)).toBe('late-answer');
    expect(peer.sockets.size).toBe(1);
    late[1]!();
    await expect(running.ended).rejects.toThrow('bytes that answer no request');
  });

  it('is noticed between two polls', async () => {
    peer.replies(always(answer));
    await begin({ a: REGISTER }, {}, 3_600_000).several('a', 1);
    for (const socket of peer.sockets) socket.resetAndDestroy();
    await expect(running.ended).rejects.toBeInstanceOf(ConnectionLost);
  });
});

describe('an honest but difficult device', () => {
  it('may send its answer byte by byte', async () => {
    peer.replies(async (request, socket) => {
      for (const byte of answer(request)) await new Promise((sent) => socket.write(Buffer.of(byte), sent));
    });
    expect(await begin().several('a', 2)).toMatchObject([{ value: 7 }, { value: 7 }]);
  });

  it.each([1, 4, 7, 8, 9, 10, 11, 99])(
    'exception %i makes the tags bad with its code, and polling goes on',
    async (code) => {
      peer.replies(always((request) => exception(request, code)));
      const [, second] = await begin().several('a', 2);
      expect(second).toMatchObject({ value: null, statusCode: 'bad' });
      expect(second!.reason).toContain(`exception ${code.toString(16).toUpperCase().padStart(2, '0')}:`);
    },
  );

  it.each([5, 6])('exception %i is asked again within the poll', async (code) => {
    peer.replies(always((request) => (peer.requests.length % 3 === 0 ? answer(request) : exception(request, code))));
    expect(await begin().several('a', 2)).toMatchObject([{ value: 7 }, { value: 7 }]);
    peer.replies(always((request) => exception(request, code)));
    await running.next(({ statusCode }) => statusCode === 'bad');
    expect(new Set(running.counted)).toEqual(new Set(['busy-retry']));
    expect(running.counted.length).toBeGreaterThanOrEqual(6);
  });

  it.each([2, 3])('exception %i of one register costs that tag alone, is remembered and tried again', async (code) => {
    const eight = Object.fromEntries(
      Array.from({ length: 8 }, (_, i) => [`t${i}`, { register: 2 * i, type: 'int16' }]),
    );
    const touches = ({ start, count }: Request): boolean => start <= 10 && 10 < start + count;
    peer.replies(always((request) => (touches(request) ? exception(request, code) : answer(request))));
    begin(eight);
    await Promise.all(Object.keys(eight).map((tag) => running.several(tag, 1)));
    expect(running.samples.slice(0, 8).map(({ tag, value }) => [tag, value])).toEqual(
      Array.from({ length: 8 }, (_, i) => [`t${i}`, i === 5 ? null : 2 * i]),
    );
    const asked = peer.requests.length;
    const [again] = await running.several('t5', 1);
    expect(again).toMatchObject({ statusCode: 'bad', reason: expect.stringContaining(`exception 0${code}`) });
    expect(peer.requests.slice(asked).filter(touches)).toEqual([]);
    peer.replies(always(answer));
    await running.next(({ tag, value }) => tag === 't5' && value === 10);
    expect(peer.requests.at(-1)).toMatchObject({ start: 0, count: 15 });
  });

  it('is asked one thing at a time, with rising numbers, by reading functions only', async () => {
    let inFlight = 0;
    let most = 0;
    peer.replies((request, socket) => {
      most = Math.max(most, ++inFlight);
      setImmediate(() => {
        inFlight--;
        socket.write(answer(request));
      });
    });
    const tables = {
      a: { register: 1, type: 'float32' },
      b: { register: 2, type: 'uint64', function: 'inputRegister' },
      c: { register: 3, type: 'bit', function: 'coil' },
      d: { register: 4, type: 'bit', function: 'discreteInput', unitId: 2 },
    };
    const some = points(modbus, tables).map((one, i) => ({ ...one, period: 2 + i }));
    running = run(modbus.open(modbus.options.parse({ host: '127.0.0.1', port: peer.port() }), some));
    await Promise.all(Object.keys(tables).map((tag) => running.several(tag, 80)));
    expect(most).toBe(1);
    expect(new Set(peer.requests.map(({ code }) => code))).toEqual(new Set([1, 2, 3, 4]));
    expect(peer.requests.map(({ transaction }) => transaction)).toEqual(peer.requests.map((_, i) => i + 1));
  });
});
