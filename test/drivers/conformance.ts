import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { ConnectionLost, type Protocol } from '../../drivers/driver.ts';
import { points, type Running, run, temporaryFolder } from './host.ts';

/** A real server on loopback with four points: `steady` is 42, the others are set by the tests. */
export interface Subject {
  /** As written in the plant's file. */
  readonly options: unknown;
  /** As written in the plant's file; `first` and `second` are in two units or nodes side by side. */
  readonly addresses: Readonly<Record<'steady' | 'vanishing' | 'first' | 'second', unknown>>;
  /** Null: the point is no longer there. */
  set(point: 'vanishing' | 'first' | 'second', value: number | null): void;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Connections that clients hold at this moment. */
  clients(): number;
}

/** What every protocol keeps, against a real server. */
export function conformance<Options, Address>(
  name: string,
  protocol: Protocol<Options, Address>,
  makeServer: () => Promise<Subject>,
): void {
  describe(`${name} keeps the drivers' contract`, () => {
    const pkiFolder = temporaryFolder();
    let server: Subject;
    let running: Running;
    const begin = (...tags: (keyof Subject['addresses'])[]): Running => {
      const addresses = Object.fromEntries(tags.map((tag) => [tag, server.addresses[tag]]));
      running = run(protocol.open(protocol.options.parse(server.options), points(protocol, addresses)), pkiFolder);
      return running;
    };

    beforeAll(async () => {
      server = await makeServer();
      await server.start();
    });
    afterEach(() => running.stop().catch(() => {}));
    afterAll(() => server.kill());

    it('delivers a known value as good, with its times', async () => {
      const before = realClock().now();
      const sample = await begin('steady').next(({ tag }) => tag === 'steady');
      expect(sample).toMatchObject({ value: 42, statusCode: 'good' });
      expect(sample.reason).toBeUndefined();
      expect(sample.receivedAt).toBeGreaterThanOrEqual(before);
      expect(sample.sourceTimestamp).toBeLessThanOrEqual(sample.receivedAt);
      expect(running.connections()).toBe(1);
    });

    it('makes a vanished point bad with a reason, while the others go on, and takes it up when it is back', async () => {
      server.set('vanishing', 7);
      begin('steady', 'vanishing');
      await running.next(({ tag, value }) => tag === 'vanishing' && value === 7);
      server.set('vanishing', null);
      const gone = await running.next(({ tag, statusCode }) => tag === 'vanishing' && statusCode === 'bad');
      expect(gone.value).toBeNull();
      expect(gone.reason).toMatch(/no such register|BadNodeId(Unknown|Invalid)/);
      for (const sample of await running.several('steady', 5)) {
        expect(sample).toMatchObject({ value: 42, statusCode: 'good' });
      }
      server.set('vanishing', 8);
      await running.next(({ tag, value }) => tag === 'vanishing' && value === 8);
    });

    it('rejects with ConnectionLost when the server is killed, and runs again after a restart', async () => {
      const first = begin('steady');
      await first.several('steady', 2);
      await server.kill();
      await expect(first.ended).rejects.toBeInstanceOf(ConnectionLost);
      const delivered = first.samples.length;

      await expect(begin('steady').ended).rejects.toBeInstanceOf(ConnectionLost);
      expect(running.connections()).toBe(0);
      await server.start();
      await expect(begin('steady').next(() => true)).resolves.toMatchObject({ value: 42, statusCode: 'good' });
      expect(first.samples).toHaveLength(delivered);
    });

    it('resolves when aborted, in the middle of polling and before it is connected, and leaves nothing', async () => {
      const timers = (): number =>
        process.getActiveResourcesInfo().filter((one) => /Timeout|Immediate/.test(one)).length;
      const before = timers();
      await begin('steady', 'first').several('steady', 3);
      await expect(running.stop()).resolves.toBeUndefined();
      await expect.poll(() => server.clients()).toBe(0);
      await expect(begin('steady').stop()).resolves.toBeUndefined();
      await expect.poll(() => server.clients()).toBe(0);
      expect(running.samples).toEqual([]);
      await expect.poll(timers).toBeLessThanOrEqual(before);
    });

    it('never mixes two units or nodes that are read in turn', async () => {
      server.set('first', 1000);
      server.set('second', 2000);
      begin('second', 'first');
      for (let i = 1; i <= 40; i++) {
        const both = [`first`, `second`].map((tag) => running.several(tag, 1));
        server.set('first', 1000 + i);
        server.set('second', 2000 + i);
        await Promise.all(both);
      }
      for (const { tag, value, statusCode } of running.samples) {
        expect(statusCode).toBe('good');
        expect(Math.floor(Number(value) / 1000)).toBe(tag === 'first' ? 1 : 2);
      }
    });
  });
}
