import { describe, expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { type EndpointStatus, supervise } from '../../agent/supervise.ts';
import { type Clock, ConnectionLost, type Driver, Misconfigured } from '../../drivers/driver.ts';
import type { Ms, Sample } from '../../rules/sample.ts';
import { recordedLog } from '../support/logs.ts';

/** A clock whose real delays pass at once and are written down. */
function hurried(delays: number[], now: () => Ms): Clock {
  const delay = async (realMs: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    delays.push(realMs);
  };
  return { ...realClock(), delay, now };
}

async function watch(
  driver: Driver,
  now: () => Ms = () => 42,
): Promise<{ delays: number[]; changes: EndpointStatus[]; samples: Sample[]; failure: unknown }> {
  const [delays, changes, samples]: [number[], EndpointStatus[], Sample[]] = [[], [], []];
  const stop = new AbortController();
  const around = {
    clock: hurried(delays, now),
    pkiFolder: '',
    log: recordedLog(),
    random: () => 0,
    deliver: async (batch: readonly Sample[]) => void samples.push(...batch),
    changed: (_: string, status: EndpointStatus) => void changes.push(status),
    phase: () => 0,
    polled: () => {},
    counted: () => {},
    notice: () => {},
  };
  const run: Driver = async (host, signal) => {
    if (delays.length >= 9) return stop.abort();
    return driver(host, signal);
  };
  const failure = await supervise({ id: 'plc', driver: run, tags: ['a', 'b'] }, around, stop.signal).catch(
    (cause: unknown) => cause,
  );
  return { delays, changes, samples, failure };
}

describe('the supervisor', () => {
  test('tries again, each time later up to 30 s, and marks the tags bad with the reason', async () => {
    const { delays, changes, samples } = await watch(async () => {
      throw new ConnectionLost('cable cut');
    });
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(changes).toEqual([{ state: 'down', reason: 'cable cut', since: 42 }]);
    expect(samples.slice(0, 2)).toEqual(
      ['a', 'b'].map((tag) => ({
        tag,
        value: null,
        statusCode: 'bad',
        reason: 'cable cut',
        sourceTimestamp: 42,
        receivedAt: 42,
        unread: true,
      })),
    );
  });

  test('begins anew with short waits after a session that stood', async () => {
    let session = 0;
    const { delays, changes } = await watch(async (host) => {
      if (++session === 4) {
        host.connected();
        await host.deliver([]);
      }
      throw new ConnectionLost('gone');
    });
    expect(delays.slice(0, 5)).toEqual([500, 1_000, 2_000, 500, 1_000]);
    expect(changes.map(({ state }) => state)).toEqual(['down', 'up', 'down']);
  });

  test('does not hammer who takes connections and ends them without an answer', async () => {
    const { delays } = await watch(async (host) => {
      host.connected();
      throw new ConnectionLost('the device closed the connection');
    });
    expect(delays.slice(0, 7)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
  });

  test('a device that is away for another reason is still away since the first', async () => {
    let [now, session] = [0, 0];
    const { changes } = await watch(
      async () => {
        now += 1_000;
        throw new ConnectionLost(session++ < 3 ? 'no answer' : 'refused');
      },
      () => now,
    );
    expect(changes).toEqual([
      { state: 'down', reason: 'no answer', since: 1_000 },
      { state: 'down', reason: 'refused', since: 1_000 },
    ]);
  });

  test('does not hammer a device that refuses us', async () => {
    const { delays } = await watch(async () => {
      throw new Misconfigured('wrong password');
    });
    expect(Math.min(...delays)).toBe(30_000);
  });

  test('hands on what is no failure of the device: a bug', async () => {
    const { failure } = await watch(async () => {
      throw new TypeError('undefined is not a function');
    });
    expect(failure).toBeInstanceOf(TypeError);
  });
});
