import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { Attempts } from '../../agent/access/attempts.ts';
import { Bounded } from '../../agent/access/bounded.ts';
import { Budget } from '../../agent/access/budget.ts';
import { clientOf } from '../../agent/access/client.ts';
import { SESSION_LASTS, Sessions } from '../../agent/access/sessions.ts';

/** What bounds those who knock: failed tries, requests, sessions; the clock is moved by hand. */

let now: number;
const clock = (): number => now;
beforeEach(() => {
  now = 1_000_000;
});

describe('failed tries', () => {
  test('cost nothing at first, then twice as long each time, up to a quarter of an hour', () => {
    const attempts = new Attempts(clock);
    const waits = Array.from({ length: 18 }, () => {
      attempts.failed('a');
      const wait = attempts.wait('a');
      now += wait;
      return wait / 1_000;
    });
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]);
    expect(attempts.wait('a')).toBe(0);
    expect(attempts.wait('b')).toBe(0);
  });

  test('are forgotten after a success, or half an hour of quiet', () => {
    const attempts = new Attempts(clock);
    for (let n = 0; n < 9; n++) attempts.failed('a');
    expect(attempts.wait('a')).toBeGreaterThan(0);
    attempts.succeeded('a');
    expect(attempts.wait('a')).toBe(0);
    for (let n = 0; n < 9; n++) attempts.failed('a');
    now += 30 * 60_000;
    attempts.failed('a');
    expect(attempts.wait('a')).toBe(0);
  });
});

test('a client that asks without end gets its hundred a second, and others theirs', () => {
  const budget = new Budget(clock);
  const asked = (times: number): number =>
    Array.from({ length: times }, () => budget.take('a')).filter((taken) => taken).length;
  expect(asked(5_000)).toBe(1_000);
  now += 1_000;
  expect(asked(5_000)).toBe(100);
  expect(budget.take('b')).toBe(true);
  now += 3_600_000;
  expect(asked(5_000)).toBe(1_000);
});

test('a table is bounded: what was used longest ago goes, and is told', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(30), fc.boolean())), (uses) => {
      const gone: number[] = [];
      const table = new Bounded<number>(5, (value) => gone.push(value));
      let model: number[] = [];
      const lost: number[] = [];
      for (const [key, isRead] of uses) {
        const isThere = model.includes(key);
        if (isRead) expect(table.get(String(key)) !== undefined).toBe(isThere);
        else table.set(String(key), key);
        if (isRead && !isThere) continue;
        model = [...model.filter((one) => one !== key), key];
        if (model.length > 5) lost.push(model.shift()!);
      }
      expect([gone, table.size]).toEqual([lost, model.length]);
    }),
  );
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, 'unknown'],
])('%s is counted as %s', (address, client) => {
  expect(clientOf(address)).toBe(client);
});

describe('a session', () => {
  const key = { name: 'Wang', scope: 'enter' } as const;

  test('has a value that nobody guesses, and ends after twelve hours', () => {
    const sessions = new Sessions(clock);
    const { id, guest } = sessions.begin(key);
    expect(Buffer.from(id, 'base64url')).toHaveLength(32);
    expect(sessions.begin(key).id).not.toBe(id);
    for (const other of ['', `${id}x`, id.slice(1), '__proto__']) expect(sessions.find(other)).toBeNull();
    now += SESSION_LASTS - 1;
    expect([sessions.find(id), sessions.holds(guest)]).toEqual([guest, true]);
    now += 1;
    expect([sessions.find(id), sessions.holds(guest), sessions.present]).toEqual([null, false, 0]);
  });

  test('is over when one has logged out, under every value that it had', () => {
    const sessions = new Sessions(clock);
    const { id, guest } = sessions.begin(key);
    now += 3_600_000;
    const next = sessions.renewed(id)!;
    sessions.end(guest);
    expect([sessions.find(id), sessions.find(next), sessions.holds(guest)]).toEqual([null, null, false]);
  });

  test('gets another value after an hour; the one before serves what is under way', () => {
    const sessions = new Sessions(clock);
    const { id, guest } = sessions.begin(key);
    now += 3_599_999;
    expect(sessions.renewed(id)).toBeNull();
    now += 1;
    const next = sessions.renewed(id)!;
    expect(sessions.renewed(id)).toBeNull();
    expect([sessions.find(id), sessions.find(next)]).toEqual([guest, guest]);
    now += 60_000;
    expect([sessions.find(id), sessions.find(next), sessions.holds(guest)]).toEqual([null, guest, true]);
  });

  test('is one of a thousand at most: the one that was used longest ago ends, and is counted', () => {
    let dropped = 0;
    const sessions = new Sessions(clock, () => dropped++);
    const first = sessions.begin(key);
    const second = sessions.begin(key);
    for (let n = 2; n < 1_000; n++) sessions.begin(key);
    sessions.find(first.id);
    sessions.begin(key);
    expect([sessions.find(second.id), sessions.holds(second.guest), dropped]).toEqual([null, false, 1]);
    expect(sessions.find(first.id)).toBe(first.guest);
  });
});
