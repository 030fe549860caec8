import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { ConnectionLost, type Protocol } from '../../drivers/driver.ts';
import { Points } from '../../drivers/points.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { growthSince, handles, heapUsed } from '../support/handles.ts';
import type { Way } from '../support/relay.ts';
import { points, type Running, run, type Supervision, supervised, temporaryFolder } from './host.ts';
import { type Jitter, jitterOf } from './jitter.ts';

/** A real server with four points: `steady` is 42, the others are set by the tests. Best in a process of its own. */
export interface Subject {
  /** As written in the plant's file; `first` and `second` are in two units or nodes side by side. */
  readonly addresses: Readonly<Record<'steady' | 'vanishing' | 'first' | 'second', unknown>>;
  /** The source timestamp that the server gives `steady`; null where the protocol has no timestamps. */
  readonly steadySince: Ms | null;
  /** Longest wait for an answer, real milliseconds, as in the ways' options. */
  readonly timeout: number;
  /** Null: the point is no longer there. */
  set(point: 'vanishing' | 'first' | 'second', value: number | null): Promise<void>;
  start(): Promise<void>;
  /** Ends the server as if it were killed; it may be started again. */
  kill(): Promise<void>;
  /** Another way to the server, of its own. */
  way(): Promise<Way>;
}

/** Kills and restarts that must leave nothing behind, and those before that fill the libraries' caches. */
const CYCLES = 50;
const WARM_UP = 10;
/** What libraries do once in a while is no leak; one handle in ten cycles is. */
const HANDLE_NOISE = 3;
/** Bytes that the heap may differ by after 40 cycles: a connection's buffers alone are more than a fortieth of it. */
const HEAP_NOISE = 2_000_000;
/** Real milliseconds that a loaded machine may be late by. */
const TOLERANCE = 2_000;
/** Polls to measure jitter by. */
const POLLS = 150;

/** What every protocol keeps, against a real server. */
export function conformance<Options, Address>(
  name: string,
  protocol: Protocol<Options, Address>,
  makeServer: () => Promise<Subject>,
): void {
  describe(`${name} keeps the drivers' contract`, () => {
    const pkiFolder = temporaryFolder();
    const ends = new AsyncDisposableStack();
    let server: Subject;
    let [way, other]: Way[] = [];
    let running: Running;
    let watched: Supervision[] = [];
    type Tag = keyof Subject['addresses'];
    const made = (over: Way, tags: readonly Tag[], period?: Ms) => {
      const addresses = Object.fromEntries(tags.map((tag) => [tag, server.addresses[tag]]));
      return protocol.open(protocol.options.parse(over.options), points(protocol, addresses, period));
    };
    const begin = (...tags: Tag[]): Running => {
      running = run(made(way!, tags), pkiFolder);
      return running;
    };
    const watch = (over: Way, tags: readonly Tag[], period?: Ms): Supervision => {
      const one = supervised(made(over, tags, period), tags, pkiFolder);
      watched.push(one);
      return one;
    };

    beforeAll(async () => {
      server = await makeServer();
      ends.defer(() => server.kill());
      await server.start();
      [way, other] = [await server.way(), await server.way()];
      ends.defer(() => Promise.all([way!.cut(), other!.cut()]).then(() => {}));
    });
    afterEach(async () => {
      await running?.stop().catch(() => {});
      await Promise.all(watched.map((one) => one.stop()));
      watched = [];
    });
    afterAll(() => ends.disposeAsync());

    it('delivers a known value as good, with the times of source and server', async () => {
      const before = realClock().now();
      const sample = await begin('steady').next(({ tag }) => tag === 'steady');
      expect(sample).toMatchObject({ value: 42, statusCode: 'good' });
      expect(sample.reason).toBeUndefined();
      expect(sample.receivedAt).toBeGreaterThanOrEqual(before);
      expect(running.connections()).toBe(1);
      if (server.steadySince === null) {
        // Without timestamps: taken at some time between the request and the answer, and that is said.
        expect(sample.sourceTimestamp).toBeGreaterThanOrEqual(before);
        expect(sample.takenWithin).toBe(sample.receivedAt - sample.sourceTimestamp);
        expect(sample.serverTimestamp).toBeUndefined();
      } else {
        expect(sample.sourceTimestamp).toBe(server.steadySince);
        // By subscription, when the server last sampled the value, be it for others.
        expect(sample.serverTimestamp).toBeGreaterThan(server.steadySince);
        expect(sample.serverTimestamp).toBeLessThanOrEqual(sample.receivedAt);
      }
    });

    it('makes a vanished point bad with a reason, while the others go on, and takes it up when it is back', async () => {
      await server.set('vanishing', 7);
      begin('steady', 'vanishing', 'first');
      await running.next(({ tag, value }) => tag === 'vanishing' && value === 7);
      const bad = running.next(({ tag, statusCode }) => tag === 'vanishing' && statusCode === 'bad');
      await server.set('vanishing', null);
      const gone = await bad;
      expect(gone.value).toBeNull();
      expect(gone.reason).toMatch(/no such register|BadNodeId(Unknown|Invalid)/);
      const from = running.samples.length;
      await goesOn();
      expect(
        running.samples.slice(from).filter(({ tag, statusCode }) => tag !== 'vanishing' && statusCode !== 'good'),
      ).toEqual([]);
      const back = running.next(({ tag, value }) => tag === 'vanishing' && value === 8);
      await server.set('vanishing', 8);
      await back;
    });
    /** Three more values of `first`, each set after the one before came. */
    const goesOn = async (): Promise<void> => {
      for (const value of [11, 12, 13]) {
        const came = running.next((sample) => sample.tag === 'first' && sample.value === value);
        await server.set('first', value);
        await came;
      }
    };

    it('goes on with other points on the same connection; those that stay are read as ever', async () => {
      const list = (tags: readonly Tag[], period = 5) =>
        points(protocol, Object.fromEntries(tags.map((tag) => [tag, server.addresses[tag]])), period);
      const own = new Points(list(['first']));
      const lists = [
        list(['first', 'steady']),
        [...list(['second']), ...list(['steady'], 20), ...list(['first'])],
        list(['first']),
        [...list(['steady'], 20), ...list(['first', 'second'])],
      ];
      running = run(protocol.open(protocol.options.parse(way!.options), own), pkiFolder);
      await running.next(({ tag }) => tag === 'first');
      for (let value = 1; value <= 12; value++) {
        const came = running.next((sample) => sample.tag === 'first' && sample.value === value);
        own.become(lists[value % 4]!);
        const others = own.now.filter(({ tag }) => tag !== 'first').map(({ tag }) => running.several(tag, 1));
        await server.set('first', value);
        await Promise.all([came, ...others]);
      }
      expect(running.samples.filter(({ statusCode }) => statusCode !== 'good')).toEqual([]);
      expect(running.connections()).toBe(1);
      own.become([]);
      own.become(list(['steady']));
      await running.several('steady', 2);
      const from = running.samples.length;
      await running.several('steady', 2);
      expect(running.samples.slice(from).filter(({ tag }) => tag !== 'steady')).toEqual([]);
      expect(running.connections()).toBe(1);
    });

    it('rejects with ConnectionLost when the server is killed, and runs again after a restart', async () => {
      const first = begin('steady');
      await first.next(() => true);
      await Promise.all([server.kill(), way!.cut()]);
      await expect(first.ended).rejects.toBeInstanceOf(ConnectionLost);
      const delivered = first.samples.length;

      await expect(begin('steady').ended).rejects.toBeInstanceOf(ConnectionLost);
      expect(running.connections()).toBe(0);
      await Promise.all([server.start(), way!.mend()]);
      await expect(begin('steady').next(() => true)).resolves.toMatchObject({ value: 42, statusCode: 'good' });
      expect(first.samples).toHaveLength(delivered);
    });

    it('resolves when aborted, in the middle of polling and before it is connected, and leaves nothing', async () => {
      const before = handles();
      await begin('steady', 'first').next(({ tag }) => tag === 'first');
      await expect(running.stop()).resolves.toBeUndefined();
      await expect.poll(() => way!.connections()).toBe(0);
      await expect(begin('steady').stop()).resolves.toBeUndefined();
      await expect.poll(() => way!.connections()).toBe(0);
      expect(running.samples).toEqual([]);
      expect(await growthSince(before)).toEqual({});
    });

    it('never mixes two units or nodes that are read in turn', async () => {
      await server.set('first', 1000);
      await server.set('second', 2000);
      begin('second', 'first');
      for (let i = 1; i <= 40; i++) {
        const both = (['first', 'second'] as const).map((tag, index) =>
          running.next((sample) => sample.tag === tag && sample.value === 1000 * (index + 1) + i),
        );
        await Promise.all([server.set('first', 1000 + i), server.set('second', 2000 + i)]);
        await Promise.all(both);
      }
      for (const { tag, value, statusCode } of running.samples) {
        expect(statusCode).toBe('good');
        expect(Math.floor(Number(value) / 1000)).toBe(tag === 'first' ? 1 : 2);
      }
    });

    const isBad = ({ statusCode }: Sample): boolean => statusCode === 'bad';
    const isGood = ({ statusCode, tag }: Sample): boolean => statusCode === 'good' && tag === 'steady';

    it('under the supervisor: all tags are bad with the reason within one poll after the connection is cut', async () => {
      const one = watch(way!, ['steady', 'first'], 500);
      await one.next(isGood);
      const cut = realClock().monotonic();
      const bad = (['steady', 'first'] as const).map((tag) =>
        one.next((sample) => sample.tag === tag && isBad(sample)),
      );
      await way!.cut();
      for (const { reason } of await Promise.all(bad)) expect(reason).toMatch(/\w/);
      expect(realClock().monotonic() - cut).toBeLessThan(500 + TOLERANCE);
      expect(one.statuses.at(-1)).toMatchObject({ state: 'down', reason: expect.stringMatching(/\w/) });
      const good = one.next(isGood);
      await way!.mend();
      await good;
      expect(one.statuses.at(-1)).toMatchObject({ state: 'up', reason: null });
    });

    it('notices by its deadline a server that no longer says anything, and goes on once it does', async () => {
      const one = watch(way!, ['steady'], 50);
      await one.next(isGood);
      const silent = realClock().monotonic();
      const bad = one.next(isBad);
      way!.hold();
      expect((await bad).reason).toMatch(/no (answer|report)|timeout|timed out|closed/i);
      expect(realClock().monotonic() - silent).toBeLessThan(3 * server.timeout + TOLERANCE);
      const good = one.next(isGood);
      way!.release();
      await good;
    });

    it(`after ${CYCLES} kills and restarts holds no more handles, timers, listeners and memory than before`, {
      timeout: 240_000,
    }, async () => {
      const cycles = async (count: number): Promise<number> => {
        const one = watch(way!, ['steady', 'first']);
        await one.next(isGood);
        for (let cycle = 0; cycle < count; cycle++) {
          const bad = one.next(isBad);
          await way!.cut();
          await bad;
          const good = one.next(isGood);
          await way!.mend();
          await good;
        }
        const listeners = one.listeners();
        await one.stop();
        await expect.poll(() => way!.connections()).toBe(0);
        expect(one.statuses.filter(({ state }) => state === 'up').length).toBeGreaterThan(count);
        watched = [];
        return listeners;
      };
      const listeners = await cycles(WARM_UP);
      const [before, heap] = [handles(), heapUsed()];
      expect(await cycles(CYCLES - WARM_UP)).toBeLessThanOrEqual(listeners);
      expect(await growthSince(before, HANDLE_NOISE)).toEqual({});
      expect(heapUsed() - heap).toBeLessThan(HEAP_NOISE);
    });

    it('is on time beside an endpoint whose device does not answer', async () => {
      const period = 20;
      const healthy = watch(way!, ['steady', 'first'], period);
      const jitter = async (): Promise<Jitter> => {
        const from = healthy.samples.length;
        await expect.poll(() => healthy.samples.length - from, { timeout: 30_000 }).toBeGreaterThan(2 * POLLS);
        return jitterOf(
          healthy.samples.slice(from).map(({ receivedAt }) => receivedAt),
          period,
        );
      };
      let [changing, value] = [true, 0];
      const changes = (async () => {
        while (changing) {
          await server.set('first', ++value);
          await realClock().delay(period / 2);
        }
      })();
      await healthy.next(isGood);
      const alone = await jitter();
      const hanging = watch(other!, ['steady', 'second'], period);
      await hanging.next(isGood);
      other!.hold();
      await hanging.next(isBad);
      const beside = await jitter();
      changing = false;
      await changes;
      other!.release();
      // What waited for the other would mostly be late, and by as long as that is waited for.
      const told = JSON.stringify({ alone, beside });
      expect(beside.median, told).toBeLessThan(alone.median + server.timeout / 4);
      expect(beside.p99, told).toBeLessThan(server.timeout);
    });
  });
}
