import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { changeTokens, digestOf, newToken, tokenFileIn } from '../../agent/access/tokenFile.ts';
import { SUBPROTOCOL } from '../../agent/stream/frames.ts';
import type { Clock } from '../../drivers/driver.ts';
import { type AgentKit, agentKit, BY_HAND, plantClock, WHOLE_HOUR } from './agentKit.ts';
import { Reader } from './streamKit.ts';

/** A whole agent into which a browser logs in. */

const secret = newToken();
/** Time by which waits and sessions are measured passes when the test says so. */
let passedMs = 0;
const BEGAN = Date.now();
const passing: Clock = { ...plantClock(), wall: () => BEGAN + passedMs, monotonic: () => passedMs };
let it: AgentKit;
let origin: string;
const readers: Reader[] = [];

beforeAll(async () => {
  it = await agentKit(BY_HAND, passing);
  origin = it.url;
  const sha256 = digestOf(secret).toString('hex');
  const created = new Date().toISOString();
  await changeTokens(tokenFileIn(it.dataFolder), () => [
    { name: 'Wang Wei', scope: 'enter', sha256, created, expires: null },
  ]);
  await vi.waitFor(async () => expect((await it.get('/v1/plant')).status).toBe(401), 20_000);
});
afterAll(async () => {
  for (const { socket } of readers) socket.terminate();
  await it.close();
});

const logIn = (headers: Record<string, string> = { origin }): Promise<Response> =>
  it.post('/v1/login', { token: secret }, headers);
const cookieOf = (answer: Response): string => answer.headers.get('set-cookie')!.split(';')[0]!;
const status = async (cookie: string): Promise<number> => (await it.get('/v1/session', { cookie })).status;

function reader(headers: Record<string, string>): Reader {
  const made = new Reader(new WebSocket(`${it.url.replace('http', 'ws')}/v1/stream`, SUBPROTOCOL, { headers }));
  readers.push(made);
  return made;
}

describe('a browser that has logged in', () => {
  let cookie: string;
  beforeEach(async () => {
    cookie = cookieOf(await logIn());
  });

  test('has a cookie that no script reads and no other site sends', async () => {
    const answer = await logIn();
    const port = new URL(it.url).port;
    expect(answer.headers.get('set-cookie')).toMatch(
      new RegExp(`^pertonne-${port}=[\\w-]{43}; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict$`),
    );
    expect(await answer.json()).toMatchObject({ name: 'Wang Wei', scope: 'enter', expires: expect.any(String) });
    expect((await answer.headers.get('cache-control')) ?? '').toContain('no-store');
  });

  test('reads, enters in his name, and is on the stream', async () => {
    expect(await (await it.get('/v1/session', { cookie })).json()).toMatchObject({ name: 'Wang Wei' });
    const { by: _, ...piece } = WHOLE_HOUR[0]!;
    const entered = await it.post('/v1/entries', { ...piece, key: cookie.slice(-9) }, { cookie, origin });
    expect(await entered.json()).toMatchObject({ entry: { by: 'Wang Wei' } });
    await reader({ cookie, origin }).next('hello');
  });

  test('is not answered from another page, nor where nobody says which page it is', async () => {
    const evil = 'https://evil.example';
    const post = async (headers: Record<string, string>) => (await it.post('/v1/entries', {}, headers)).status;
    expect(await post({ cookie, origin: evil })).toBe(403);
    expect(await post({ cookie, origin: 'null' })).toBe(403);
    expect(await post({ cookie })).toBe(401);
    expect(await post({ cookie, origin })).toBe(400);
    expect(await reader({ cookie, origin: evil }).refused).toBe(403);
    expect(await reader({ cookie }).refused).toBe(401);
  });

  test('who logs out cannot be played back: neither the cookie nor the open stream is good any more', async () => {
    const inside = reader({ cookie, origin });
    await inside.next('hello');
    const out = await it.post('/v1/logout', {}, { cookie, origin });
    expect([out.status, out.headers.get('set-cookie')]).toEqual([200, expect.stringContaining('Max-Age=0')]);
    expect(await status(cookie)).toBe(401);
    expect((await it.post('/v1/entries', {}, { cookie, origin })).status).toBe(401);
    expect(await reader({ cookie, origin }).refused).toBe(401);
    expect(await inside.closed).toBe(4001);
  });

  test('gets another session when he logs in again, never one that was brought along', async () => {
    const planted = cookie.replace(/=.*/, `=${'A'.repeat(43)}`);
    const fresh = cookieOf(await logIn({ origin, cookie: planted }));
    expect(fresh).not.toBe(planted);
    expect([await status(planted), await status(fresh)]).toEqual([401, 200]);
    const again = cookieOf(await logIn({ origin, cookie }));
    expect([await status(cookie), await status(again)]).toEqual([401, 200]);
  });
});

test('after too many wrong tokens even the right one has to wait, longer each time; who is in stays in', async () => {
  const cookie = cookieOf(await logIn());
  const waits: number[] = [];
  for (let n = 0; n < 12; n++) {
    expect((await it.post('/v1/login', { token: newToken() })).status).toBe(401);
    const refused = n < 4 ? null : await logIn();
    waits.push(Number(refused?.headers.get('retry-after') ?? 0));
    expect([refused?.status ?? 429, refused?.headers.get('set-cookie') ?? null]).toEqual([429, null]);
    if (n < 11) passedMs += waits.at(-1)! * 1_000;
  }
  expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128]);
  expect((await it.get('/v1/plant', { authorization: `Bearer ${newToken()}` })).status).toBe(429);
  expect(await reader({ authorization: `Bearer ${newToken()}` }).refused).toBe(429);
  expect(await status(cookie)).toBe(200);
  expect((await it.get('/v1/plant', { authorization: `Bearer ${secret}` })).status).toBe(200);
  passedMs += 128_000;
  expect((await logIn()).status).toBe(200);
});

test('what is asked over HTTP and what asks for the stream count together, whoever asks', async () => {
  const authorization = `Bearer ${secret}`;
  const most = async (ask: () => Promise<unknown>): Promise<number> => {
    for (let asked = 0; ; asked++) if ((await ask()) === 429) return asked;
  };
  await most(async () => (await it.get('/v1/session')).status);
  expect(await reader({ authorization }).refused).toBe(429);
  passedMs += 1_000;
  expect(await most(() => reader({}).refused)).toBe(100);
  expect((await it.get('/v1/session', { authorization })).status).toBe(429);
  passedMs += 10_000;
  await reader({ authorization }).next('hello');
  const told = await (await it.get('/metrics', { authorization })).text();
  expect(told).toMatch(/^pertonne_http_throttled_total 4$/m);
});

test('what happened stands in the audit trail, and no secret does', async () => {
  await it.restart(async (store) => {
    const trail = (await store.auditTrail(0, 1_000)).map(({ text }) => JSON.parse(text) as { action: string });
    expect(new Set(trail.map(({ action }) => action))).toEqual(
      new Set(['start', 'login', 'logout', 'refused', 'entry', 'stop']),
    );
    expect(trail.find(({ action }) => action === 'login')).toMatchObject({ who: 'Wang Wei', from: '127.0.0.1' });
    expect(JSON.stringify(trail)).not.toContain(secret);
  });
});
