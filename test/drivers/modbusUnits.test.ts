import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionLost } from '../../drivers/driver.ts';
import { modbus } from '../../drivers/modbus/index.ts';
import { points, type Running, run } from './host.ts';
import { answer, exception, type Request, rawPeer } from './modbusPeer.ts';

const peer = rawPeer();
let running: Running;
afterEach(async () => {
  await running.stop().catch(() => {});
  // What was asked last is no request of the next test's.
  await expect.poll(() => peer.sockets.size).toBe(0);
});

const at = (unitId: number, register = 7, more = {}): object => ({ unitId, register, type: 'uint16', ...more });
function begin(addresses: Record<string, unknown>, options = {}, period = 2): Running {
  const written = { host: '127.0.0.1', port: peer.port(), timeout: '1min', ...options };
  running = run(modbus.open(modbus.options.parse(written), points(modbus, addresses, period)));
  return running;
}
const asked = (unitId: number): number => peer.requests.filter((request) => request.unitId === unitId).length;

describe('a unit behind a gateway', () => {
  it('that is dead costs its neighbours little, says so, and is taken up again when it answers', async () => {
    let dead = true;
    peer.replies((request, socket) => {
      if (request.unitId === 1 || !dead) socket.write(answer(request));
    });
    begin({ live: at(1), dead: at(2), 'dead too': at(2, 300) }, { units: { 2: { timeout: '20ms' } } });
    const reason = 'unit 2: no answer within 20 ms';
    expect(await running.next(({ tag }) => tag === 'dead')).toMatchObject({ value: null, statusCode: 'bad', reason });
    expect(await running.next(({ tag }) => tag === 'dead too')).toMatchObject({ value: null, reason });
    const [before, dues] = [asked(2), asked(1)];
    await running.several('live', 40);
    expect(asked(2) - before).toBeLessThan((asked(1) - dues) / 4);
    dead = false;
    expect(await running.next(({ tag, value }) => tag === 'dead' && value === 7)).toMatchObject({ statusCode: 'good' });
    expect(running.connections()).toBe(1);
    expect(peer.sockets.size).toBe(1);
  });

  it('that the gateway cannot reach is left alone as long, in proportion to what that cost', async () => {
    peer.replies((request, socket) => {
      if (request.unitId === 1) socket.write(answer(request));
      else setTimeout(() => socket.write(exception(request, 11)), 20);
    });
    begin({ live: at(1), away: at(2) });
    await running.next(({ tag }) => tag === 'away');
    const before = asked(2);
    for (const { statusCode } of await running.several('live', 40)) expect(statusCode).toBe('good');
    expect(asked(2) - before).toBeLessThan(15);
    const [sample] = await running.several('away', 1);
    expect(sample).toMatchObject({ value: null, reason: expect.stringContaining('exception 0B') });
  });

  it('is not the only one that is silent: the connection is lost', async () => {
    let silent = false;
    peer.replies((request, socket) => void (!silent && socket.write(answer(request))));
    begin(Object.fromEntries([1, 2, 3, 4, 5].map((unit) => [`u${unit}`, at(unit)])), { timeout: '300ms' });
    await running.several('u5', 2);
    silent = true;
    await expect(running.ended).rejects.toBeInstanceOf(ConnectionLost);
    // Two in a row that had answered are enough.
    expect(running.samples.filter(({ statusCode }) => statusCode === 'bad').length).toBeLessThanOrEqual(1);
  });

  it('that never answered does not end the connection of one that does, but all of them do', async () => {
    peer.replies((request, socket) => void (request.unitId === 3 && socket.write(answer(request))));
    begin({ a: at(1), b: at(2), c: at(3) }, { timeout: '100ms' });
    await running.several('c', 5);
    await running.stop();
    peer.replies(() => {});
    begin({ a: at(1), b: at(2), c: at(3) }, { timeout: '100ms' });
    await expect(running.ended).rejects.toThrow('no answer within 100 ms');
  });
});

describe('one line', () => {
  /** How many requests were under way at once at the most, while answers come one turn of the loop later. */
  function mostAtOnce(): () => number {
    let [inFlight, most] = [0, 0];
    peer.replies((request, socket) => {
      most = Math.max(most, ++inFlight);
      setTimeout(() => {
        inFlight--;
        socket.write(answer(request));
      }, 5);
    });
    return () => most;
  }
  const spread = (more = {}): Record<string, object> =>
    Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`t${i}`, at(1 + (i % 3), 100 * i, more)]));

  it.each([
    ['one at a time unless it is said otherwise', {}, {}, 1],
    ['as many at once as the endpoint says', { maxInFlight: 3 }, {}, 3],
    ['as many as the makers of all its devices allow', {}, { device: { maxInFlight: 4 } }, 4],
    ['no more than the endpoint says whatever the maker allows', { maxInFlight: 2 }, { device: { maxInFlight: 4 } }, 2],
  ])('carries %s', async (_, options, more, expected) => {
    const most = mostAtOnce();
    begin(spread(more), options, 5);
    await running.several('t11', 5);
    expect(most()).toBe(expected);
    for (const { tag, value } of running.samples) expect(value).toBe(100 * Number(tag.slice(1)));
  });

  it('lets a quick group in between the many requests of a slow one', async () => {
    const QUICK = 60_000;
    peer.replies((request, socket) => setTimeout(() => socket.write(answer(request)), 2));
    const many = Array.from({ length: 60 }, (_, i) => [`t${i}`, at(1, 200 * i)] as const);
    const some = points(modbus, { ...Object.fromEntries(many), quick: at(1, QUICK) }, 60_000);
    const options = { host: '127.0.0.1', port: peer.port(), timeout: '1min' };
    const quick = some.map((point) => (point.tag === 'quick' ? { ...point, period: 5 } : point));
    running = run(modbus.open(modbus.options.parse(options), quick));
    await running.several('t59', 1);
    const asked = peer.requests.map(({ start }) => start);
    const [first, last] = [asked.indexOf(0), asked.indexOf(200 * 59)];
    expect(asked.slice(first, last).filter((start) => start === QUICK).length).toBeGreaterThan(5);
  });

  it('rests between an answer and the next request, for all of its units', async () => {
    const gaps: number[] = [];
    let answeredAt: number | null = null;
    peer.replies((request, socket) => {
      if (answeredAt !== null) gaps.push(performance.now() - answeredAt);
      answeredAt = performance.now();
      socket.write(answer(request));
    });
    begin({ a: at(1), b: at(2) }, { pause: '20ms' });
    await running.several('b', 5);
    expect(Math.min(...gaps)).toBeGreaterThan(15);
  });

  it('never carries a request for what is forbidden, nor for more than a unit hands out', async () => {
    peer.replies((request, socket) => void socket.write(answer(request)));
    const device = { forbidden: [[12, 13]], maxBlock: 6 };
    const addresses = {
      ...{ a: at(1, 10, { device }), b: at(1, 14), c: at(1, 12), d: at(1, 0), e: at(1, 5), f: at(2, 10), g: at(2, 14) },
      text: at(1, 20, { type: 'string', length: 8 }),
    };
    begin(addresses, { units: { 2: { maxGap: 2 } } });
    await Promise.all(Object.keys(addresses).map((tag) => running.several(tag, 2)));
    const spans = (unitId: number): string[] => [
      ...new Set(
        peer.requests.filter((one: Request) => one.unitId === unitId).map((one) => `${one.start}+${one.count}`),
      ),
    ];
    expect(spans(1)).toEqual(['0+6', '10+1', '14+1']);
    expect(spans(2)).toEqual(['10+1', '14+1']);
    const reasons = Object.fromEntries(running.samples.map(({ tag, reason }) => [tag, reason]));
    expect(reasons.c).toBe('12 to 12 holds a register that must not be read');
    expect(reasons.text).toBe('takes 8 registers at once, the device hands out 6');
  });
});
