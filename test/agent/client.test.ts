import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { accept, backoff, type ConnectOptions, connect } from '../../agent/client/connect.ts';
import { type Connection, type ConnectionState, RefusedError } from '../../agent/client/contract.ts';
import { realClock } from '../../agent/clock.ts';
import { cutting } from '../support/cutting.ts';
import { relay } from '../support/relay.ts';
import { type Log, scriptedAgent } from './scriptedAgent.ts';
import { figures, HOUR, type Kit, kit, liveValue, START } from './streamKit.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
async function agent(options: Parameters<typeof kit>[0] = {}): Promise<Kit> {
  const made = await kit(options);
  open.push(made);
  return made;
}
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const portOf = (url: string): number => Number(new URL(url).port);

/** A reader that keeps what it is given. */
function reading(url: string, options: Partial<ConnectOptions> = {}) {
  const seqs: number[] = [];
  const states: ConnectionState[] = [];
  const connection = connect(url, {
    subscribe: { records: { from: 'earliest' } },
    // Nobody wants to wait for a backoff in a test.
    longestWaitMs: 20,
    records: (records) => void seqs.push(...records.map(({ seq }) => seq)),
    state: (state) => states.push(state),
    ...options,
  });
  open.push(connection);
  const reasons = (): string[] => states.flatMap((one) => (one.state === 'waiting' ? [one.reason] : []));
  return { connection, seqs, states, reasons };
}

test('each record once and in order, acknowledged when it is dealt with and not before', async () => {
  const it = await agent({ limits: { windowBytes: 4_000 } });
  await it.append(figures(40, 300));
  const seqs: number[] = [];
  let release = (): void => {};
  let running = 0;
  reading(it.url, {
    async records(records) {
      expect(++running).toBe(1);
      await new Promise<void>((resolve) => (release = resolve));
      seqs.push(...records.map(({ seq }) => seq));
      running--;
    },
  });
  await expect.poll(() => running).toBe(1);
  await expect.poll(() => it.stream.states()[0]?.unackedBytes).toBeGreaterThanOrEqual(4_000);
  expect(it.stream.states()[0]!.lag).toBeGreaterThan(0);
  const released = (): number => {
    release();
    return seqs.length;
  };
  await expect.poll(released).toBe(40);
  expect(seqs).toEqual(range(1, 40));
  await expect.poll(() => it.stream.states()).toMatchObject([{ lag: 0, unackedBytes: 0 }]);
});

test('what its handler refuses comes again, and nothing is left out', async () => {
  const it = await agent({ limits: { windowBytes: 4_000 } });
  await it.append(figures(30, 300));
  const [given, kept] = [[] as number[], [] as number[]];
  const { reasons } = reading(it.url, {
    async records(records) {
      given.push(records[0]!.seq);
      await Promise.resolve();
      if (given.length % 2 === 1) throw new Error('the disk is full');
      kept.push(...records.map(({ seq }) => seq));
    },
  });
  await expect.poll(() => kept.at(-1)).toBe(30);
  expect(kept).toEqual(range(1, 30));
  expect(given[0]).toBe(given[1]);
  expect(reasons()[0]).toBe('the disk is full');
});

test('a connection cut at any byte, again and again: every record once', async () => {
  const it = await agent({ limits: { windowBytes: 4_000 } });
  await it.append(figures(120, 300));
  const way = await cutting(portOf(it.url));
  open.push(way);
  const { seqs } = reading(`ws://127.0.0.1:${way.port}`);
  await expect.poll(() => seqs.at(-1)).toBe(120);
  expect(seqs).toEqual(range(1, 120));
  expect(way.cuts()).toBeGreaterThan(4);
});

test('live values do not wait for a slow handler of records', async () => {
  const it = await agent();
  await it.append(figures(1));
  it.live = [liveValue('tag', 'mill.power', 1)];
  const values: (number | null)[] = [];
  reading(it.url, {
    subscribe: { records: { from: 'earliest' }, live: { everyMs: 50 } },
    records: () => new Promise(() => {}),
    snapshot: (snapshot) => values.push(...snapshot.values.map(({ value }) => value)),
    live: (changed) => values.push(...changed.map(({ value }) => value)),
  });
  await expect.poll(() => values).toEqual([1]);
  it.live = [liveValue('tag', 'mill.power', 2)];
  await expect.poll(() => values).toEqual([1, 2]);
});

test('an agent that falls silent is left, also where pings are not shown', async () => {
  const it = await agent({ limits: { heartbeatMs: 200, stallMs: 60_000 } });
  const way = await relay(portOf(it.url), () => ({}));
  open.push(way);
  const { seqs, states, reasons } = reading(`ws://127.0.0.1:${way.port}`);
  await expect.poll(() => states.at(-1)?.state).toBe('open');
  // Idle, but alive: nothing ends the connection.
  await realClock().delay(1_000);
  expect(reasons()).toEqual([]);
  way.hold();
  await expect.poll(() => reasons().length).toBeGreaterThan(0);
  expect(reasons()[0]).toBe('the agent has fallen silent');
  way.release();
  await it.append(figures(1));
  await expect.poll(() => seqs).toEqual([1]);
});

test('records that are gone are told once, and the place is behind them', async () => {
  const it = await agent({ bounds: { maxAgeMs: HOUR } });
  await it.append(figures(4));
  await it.store.prune(START + 9 * HOUR);
  const gaps: object[] = [];
  const { seqs, connection } = reading(it.url, {
    subscribe: ({ epoch }) => ({ records: { from: { epoch, seq: 1 } } }),
    gap: (gap) => gaps.push(gap),
  });
  await expect.poll(() => seqs).toEqual([4]);
  expect(gaps).toEqual([{ epoch: it.store.epoch, from: 2, to: 3, reason: 'retention' }]);
  await expect.poll(() => connection.cursor).toEqual({ epoch: it.store.epoch, seq: 4 });
});

test('closed: no handler after it, and the one that runs is waited for', async () => {
  const it = await agent();
  await it.append(figures(3));
  let release = (): void => {};
  let calls = 0;
  const { connection, states } = reading(it.url, {
    async records() {
      calls++;
      await new Promise<void>((resolve) => (release = resolve));
      calls += 10;
    },
  });
  await expect.poll(() => calls).toBe(1);
  connection.close();
  await it.append(figures(3));
  const closed = connection.closed.then(() => calls);
  release();
  expect(await closed).toBe(11);
  expect(states.at(-1)).toEqual({ state: 'closed' });
  await expect.poll(() => it.stream.readers()).toBe(0);
});

test('an agent that will not serve is an error, not something to try for ever', async () => {
  const it = await agent();
  const { connection } = reading(it.url, { subscribe: { metrics: ['('] } });
  await expect(connection.closed).rejects.toThrow(/bad-frame.*glob/);
  expect(() => connect('localhost:8080', { subscribe: {} })).toThrow(RefusedError);
});

test('the token goes into the header, asked for at each attempt; without one it waits and says why', async () => {
  const headers: (string | undefined)[] = [];
  const server = createServer().listen(0, '127.0.0.1');
  server.on('upgrade', ({ headers: { authorization } }, socket) => {
    headers.push(authorization);
    socket.on('error', () => {});
    // At a 401 Node itself asks a second time.
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
  });
  open.push({ close: () => new Promise((resolve) => server.close(resolve)) });
  await new Promise((resolve) => server.once('listening', resolve));
  let asked = 0;
  const { reasons, connection } = reading(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    token: async () => {
      if (++asked === 1) throw new Error('no such file');
      return `secret-${asked}`;
    },
  });
  await expect.poll(() => headers.length).toBeGreaterThan(1);
  expect(headers.slice(0, 2)).toEqual(['Bearer secret-2', 'Bearer secret-3']);
  expect(reasons()[0]).toBe('no such file');
  connection.close();
  await connection.closed;
});

test('what is no frame ends the connection, what is new is passed over', async () => {
  const it = await agent();
  await it.append(figures(2));
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'pertonne.v1' });
  open.push({ close: () => server.close() });
  let connections = 0;
  server.on('connection', (socket) => {
    if (++connections === 1) return socket.send('{"type":');
    socket.send(JSON.stringify({ type: 'weather', id: 'w', rain: true }));
    socket.close(1000, 'enough');
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const { reasons } = reading(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await expect.poll(() => reasons().length).toBeGreaterThan(1);
  expect(reasons().slice(0, 2)).toEqual(['what came is no frame of pertonne.v1', 'closed with 1000: enough']);
});

test('attempts double, stay bounded, and do not march in step', () => {
  expect([0, 1, 2, 4, 500].map((n) => backoff(n, 0, 8_000))).toEqual([500, 1_000, 2_000, 8_000, 8_000]);
  expect(backoff(0, 1, 8_000)).toBe(375);
});

const Step = fc.record({
  appended: fc.integer({ min: 0, max: 6 }),
  dropped: fc.integer({ min: 0, max: 4 }),
  renewed: fc.boolean(),
  /** Frames that the reader hears before the line is cut. */
  heard: fc.integer({ min: 0, max: 8 }),
  /** The handler's first failing call of this connection. */
  fails: fc.integer({ min: 1, max: 12 }),
});

test('whatever happens to log and line, each record comes once, in order, and what is missing was told', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(Step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const log: Log = { epoch: 1, first: 1, last: 0 };
      const seen: string[] = [];
      let [at, cursor] = [{ epoch: 1, seq: 0 }, undefined as Connection['cursor']];
      const take = (epoch: string, from: number, to: number, what: string): void => {
        const number = Number(epoch);
        expect(from).toBe(number === at.epoch ? at.seq + 1 : 1);
        at = { epoch: number, seq: to };
        seen.push(`${what} ${epoch}/${from}..${to}`);
      };
      for (const step of [...steps, { appended: 0, dropped: 0, renewed: false, heard: 99, fails: 99 }]) {
        if (step.renewed) Object.assign(log, { epoch: log.epoch + 1, first: 1, last: 0 });
        log.last += step.appended;
        log.first = Math.min(log.first + step.dropped, Math.max(log.last, 1));
        let calls = 0;
        const connection = accept(scriptedAgent(log, step.heard), {
          clock: { delay: () => new Promise(() => {}) },
          subscribe: () => ({ records: { from: cursor ?? { epoch: '1', seq: 0 } } }),
          async records(records, { epoch }) {
            await Promise.resolve();
            if (++calls >= step.fails) throw new Error('failed');
            take(epoch, records[0]!.seq, records.at(-1)!.seq, 'records');
          },
          async gap({ epoch, from, to }) {
            if (++calls >= step.fails) throw new Error('failed');
            take(epoch, from, to, 'gap');
          },
        });
        await connection.closed;
        cursor = connection.cursor ?? cursor;
      }
      expect(at).toEqual({ epoch: log.epoch, seq: log.last });
    }),
    { numRuns: 300 },
  );
});
