import { afterEach, describe, expect, it } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { ConnectionLost } from '../../drivers/driver.ts';
import { modbus } from '../../drivers/modbus/index.ts';
import { connect } from '../../drivers/modbus/link.ts';
import { openLine } from '../../drivers/session.ts';
import { points, type Running, run } from './host.ts';
import { answer, type Request, rawPeer } from './modbusPeer.ts';

/** What was seen to go wrong in modbus-serial 8.0.25, one test for each, against a peer that provokes it. */

const peer = rawPeer();
let running: Running;
afterEach(() => running?.stop().catch(() => {}));

const REGISTER = { register: 7, type: 'uint16' };
const written = (options: object): object => ({ host: '127.0.0.1', port: peer.port(), timeout: '1min', ...options });
function begin(addresses: Record<string, unknown> = { a: REGISTER }, options = {}, period = 5): Running {
  running = run(modbus.open(modbus.options.parse(written(options)), points(modbus, addresses, period)));
  return running;
}
const honest = (): void => peer.replies((request, socket) => void socket.write(answer(request)));
const lost = async (): Promise<Error> => {
  const cause = await running.ended.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(cause).toBeInstanceOf(ConnectionLost);
  return cause as Error;
};

describe('modbus-serial', () => {
  it('1: numbers requests modulo 256; here each of many in flight gets its own registers, in whatever order they come', async () => {
    const places = Array.from({ length: 16 }, (_, i) => [`t${i}`, { register: 100 * i, type: 'uint16' }] as const);
    let waiting: (() => void)[] = [];
    peer.replies((request, socket) => {
      waiting.push(() => socket.write(answer(request)));
      if (waiting.length < 16) return;
      for (const send of waiting.reverse()) send();
      waiting = [];
    });
    begin(Object.fromEntries(places), { maxInFlight: 16, maxGap: 0 }, 1);
    await running.several('t15', 50);
    expect(running.samples.length).toBeGreaterThan(3 * 256);
    for (const { tag, value } of running.samples) expect(value).toBe(100 * Number(tag.slice(1)));
    expect(new Set(peer.requests.map(({ transaction }) => transaction)).size).toBe(peer.requests.length);
  });

  it('2: takes a late answer 256 requests on; here it is thrown away, and the connection stands', async () => {
    let late: (() => void) | null = null;
    peer.replies((request, socket) => {
      if (request.unitId === 1) socket.write(answer(request));
      else late ??= () => socket.write(answer(request, { data: [0xde, 0xad] }));
    });
    const addresses = { live: { ...REGISTER, unitId: 1 }, slow: { ...REGISTER, unitId: 2 } };
    begin(addresses, { units: { 2: { timeout: '30ms' } } }, 1);
    await running.next(({ tag, statusCode }) => tag === 'slow' && statusCode === 'bad');
    await running.several('live', 256);
    late!();
    await running.several('live', 20);
    expect(new Set(running.samples.map(({ value }) => value))).toEqual(new Set([7, null]));
    expect(running.connections()).toBe(1);
    expect(running.counted).toEqual(['late-answer']);
  });

  it('3: waits for ever where no timeout is set; here there always is one', async () => {
    peer.replies(() => {});
    const options = modbus.options.parse({ host: '127.0.0.1', port: peer.port() });
    running = run(modbus.open(options, points(modbus, { a: REGISTER })));
    expect((await lost()).message).toContain('no answer within 1000 ms');
  });

  it.each([
    ['FIN', 'end'],
    ['RST', 'resetAndDestroy'],
  ] as const)('4: keeps a request pending after %s; here it fails at once', async (_, end) => {
    peer.replies((__, socket) => void socket[end]());
    begin();
    await lost();
  });

  it('5: says nothing of a reset between requests; here the connection is known to be lost', async () => {
    honest();
    await begin({ a: REGISTER }, {}, 3_600_000).several('a', 1);
    for (const socket of peer.sockets) socket.resetAndDestroy();
    await lost();
  });

  it('6: never finishes closing once the peer is gone; here the end comes all the same', async () => {
    peer.replies((_, socket) => void socket.resetAndDestroy());
    begin();
    await lost();
    await expect(running.stop()).rejects.toBeInstanceOf(ConnectionLost);
    await expect.poll(() => peer.sockets.size).toBe(0);
  });

  it('7: leaves a request hanging when it is destroyed; here a stop in the middle of one resolves', async () => {
    const asked = new Promise<void>((resolve) => peer.replies(() => resolve()));
    begin();
    await asked;
    await expect(running.stop()).resolves.toBeUndefined();
    await expect.poll(() => peer.sockets.size).toBe(0);
    expect(running.samples).toEqual([]);
  });

  it('8: resolves with nothing after half an answer and a reset; here the next connection begins clean', async () => {
    peer.replies((request, socket) => socket.write(answer(request).subarray(0, 8), () => socket.resetAndDestroy()));
    begin();
    await lost();
    expect(running.samples).toEqual([]);
    honest();
    expect(await begin().several('a', 3)).toMatchObject([{ value: 7 }, { value: 7 }, { value: 7 }]);
  });

  it('9: is stuck behind one absurd length; here the connection is renewed, with a reason', async () => {
    peer.replies((request, socket) => void socket.write(answer(request, { length: 60_000 })));
    begin();
    expect((await lost()).message).toContain('gives its length as 60000');
    await expect.poll(() => peer.sockets.size).toBe(0);
  });

  it.each([
    ['a byte count smaller than asked', { data: [0, 7] }, 'an answer of 2 bytes, asked were 4'],
    ['another protocol id', { protocol: 1 }, 'an answer of protocol 1'],
  ])('10: takes %s; here it is no value', async (_, wrong, words) => {
    peer.replies((request, socket) => void socket.write(answer(request, wrong)));
    begin({ a: { register: 7, type: 'uint32' } });
    expect((await lost()).message).toContain(words);
    expect(running.samples).toEqual([]);
  });

  it.each([0, 126])('11: sends a request for %i registers; here it is refused before it is sent', async (count) => {
    honest();
    const options = modbus.options.parse(written({}));
    using line = openLine('peer', 1000, realClock(), new AbortController().signal);
    const link = await connect(options, points(modbus, { a: REGISTER }), line, {
      clock: realClock(),
      counted: () => {},
    });
    const block = { unitId: 1, function: 'holdingRegister', start: 0, points: [] } as const;
    await expect(link.ask({ ...block, count })).rejects.toBeInstanceOf(RangeError);
    await expect(link.ask({ ...block, count: 2 })).resolves.toHaveProperty('bytes');
    expect(peer.requests.map((request: Request) => request.count)).toEqual([2]);
    await link.close();
  });

  it('12: rejects with what is no Error when the time is up; here it is one that says how long it waited', async () => {
    peer.replies(() => {});
    begin({ a: REGISTER }, { timeout: '20ms' });
    const cause = await lost();
    expect(cause).toBeInstanceOf(Error);
    expect(cause.message).toContain('no answer within 20 ms');
  });
});
