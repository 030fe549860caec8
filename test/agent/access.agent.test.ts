import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Scope } from '../../agent/access/scope.ts';
import { changeTokens, digestOf, newToken, tokenFileIn } from '../../agent/access/tokenFile.ts';
import { SUBPROTOCOL } from '../../agent/stream/frames.ts';
import { type AgentKit, agentKit, BY_HAND, plantClock, WHOLE_HOUR } from './agentKit.ts';
import { Reader } from './streamKit.ts';

/** A whole agent with tokens: who gets in where. */

interface Documented {
  readonly 'x-needs'?: Scope;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Documented>>>>;

const real = plantClock();
let aheadMs = 0;
let it: AgentKit;
let file: string;
const tokens: Partial<Record<string, string>> = {};
const readers: Reader[] = [];

beforeAll(async () => {
  it = await agentKit(BY_HAND, { ...real, wall: () => real.wall() + aheadMs });
  file = tokenFileIn(it.dataFolder);
  expect((await it.get('/v1/plant')).status).toBe(200);
  for (const scope of ['read', 'enter', 'admin'] as const) await added(scope, scope);
  await vi.waitFor(async () => expect((await it.get('/v1/plant', bearer('admin'))).status).toBe(200), 20_000);
  await vi.waitFor(async () => expect((await it.get('/v1/plant')).status).toBe(401), 20_000);
});
afterAll(async () => {
  for (const { socket } of readers) socket.terminate();
  await it.close();
});

/** Adds a token; resolves when it is in the file, the agent takes it up a little later. */
async function added(name: string, scope: Scope, expires: string | null = null): Promise<void> {
  const secret = newToken();
  tokens[name] = secret;
  const sha256 = digestOf(secret).toString('hex');
  await changeTokens(file, (others) => [
    ...others,
    { name, scope, sha256, created: new Date().toISOString(), expires },
  ]);
}
const bearer = (name: string): Record<string, string> => ({ authorization: `Bearer ${tokens[name]}` });

function reader(headers: Record<string, string>): Reader {
  const url = `${it.url.replace('http', 'ws')}/v1/stream`;
  const made = new Reader(new WebSocket(url, SUBPROTOCOL, { headers }));
  readers.push(made);
  return made;
}

test('every operation but those that anybody may ask answers 401 without a token, and 403 where its scope is too narrow', async () => {
  const { paths } = (await (await it.get('/v1/openapi.json', bearer('read'))).json()) as { paths: Paths };
  const open: string[] = [];
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { 'x-needs': needs }] of Object.entries(methods)) {
      const asked = path.replaceAll(/\{(\w+)\}/g, 'x');
      const as = async (headers: Record<string, string>): Promise<number> =>
        (await (method === 'get' ? it.get(asked, headers) : it.post(asked, {}, headers))).status;
      const refused = [await as({}), await as({ authorization: `Bearer ${newToken()}` })];
      if (needs === undefined) open.push(path);
      else {
        expect([path, refused[0]]).toEqual([path, 401]);
        expect([401, 429]).toContain(refused[1]);
      }
      if (needs === 'enter' || needs === 'admin') expect([path, await as(bearer('read'))]).toEqual([path, 403]);
      if (needs === 'admin') expect([path, await as(bearer('enter'))]).toEqual([path, 403]);
      if (needs !== undefined) expect([401, 403]).not.toContain(await as(bearer('admin')));
    }
  }
  expect(open).toEqual(['/healthz', '/readyz', '/v1/login']);
});

test('a refusal says what is needed, and nothing of what there is', async () => {
  const answer = await it.get('/v1/metrics/no-such');
  expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="pertonne"']);
  expect(await answer.json()).toEqual({ error: 'unauthorized', message: expect.stringContaining('token') });
  expect(await (await it.get('/readyz')).json()).toEqual({ ready: false, reasons: [] });
  expect(await (await it.get('/readyz', bearer('read'))).json()).toMatchObject({ reasons: [expect.any(String)] });
  expect((await it.get('/metrics', bearer('read'))).status).toBe(200);
});

test('what is entered stands in the name of the token', async () => {
  const { by: _, ...piece } = WHOLE_HOUR[0]!;
  expect((await it.post('/v1/entries', piece, bearer('read'))).status).toBe(403);
  const taken = await it.post('/v1/entries', piece, bearer('enter'));
  expect(await taken.json()).toMatchObject({ entry: { by: 'enter', key: piece.key } });
  const other = await it.post('/v1/entries', { ...piece, key: 'other', by: 'Wang' }, bearer('enter'));
  expect([other.status, await other.json()]).toMatchObject([400, { faults: [{ in: 'body', path: 'by' }] }]);
  const place = '/v1/alarms/mill.yield/hour/acknowledge';
  expect((await it.post(place, { who: 'Wang' }, bearer('enter'))).status).toBe(400);
  expect([200, 409]).toContain((await it.post(place, {}, bearer('enter'))).status);
});

test('the stream lets in by token only', async () => {
  expect(await reader({}).refused).toBe(401);
  expect([401, 429]).toContain(await reader({ authorization: `Bearer ${newToken()}` }).refused);
  expect(await reader({ cookie: `token=${tokens.read}` }).refused).toBe(401);
  expect(await reader({ ...bearer('read'), origin: 'https://evil.example' }).refused).toBe(403);
  expect((await reader(bearer('read')).next('hello')).agent).toBe('by-hand');
});

test('durable names are those of the token: nobody takes the place of another', async () => {
  const [one, other] = [reader(bearer('read')), reader(bearer('enter'))];
  for (const each of [one, other]) {
    await each.subscribe({ durable: 'platform', records: { from: 'earliest' } });
    await each.next('subscribed');
  }
  expect([one.socket.readyState, other.socket.readyState]).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
  const again = reader(bearer('read'));
  await again.subscribe({ durable: 'platform', records: { from: 'earliest' } });
  expect(await one.closed).toBe(4009);
});

test('whose token is taken back, or expires, is sent away with 4001; the others stay', async () => {
  const stays = reader(bearer('read'));
  await stays.next('hello');
  await added('gone', 'read');
  await added('short', 'read', new Date(real.wall() + 3_600_000).toISOString());
  for (const name of ['gone', 'short'])
    await expect.poll(async () => (await it.get('/v1/plant', bearer(name))).status).toBe(200);
  const [gone, short] = [reader(bearer('gone')), reader(bearer('short'))];
  await Promise.all([gone.next('hello'), short.next('hello')]);
  await changeTokens(file, (all) => all.filter(({ name }) => name !== 'gone'));
  aheadMs = 3_600_000;
  expect(await Promise.all([gone.closed, short.closed])).toEqual([4001, 4001]);
  expect(gone.frames.at(-1)).toMatchObject({ type: 'bye', reason: 'the token or the login is not valid any more' });
  expect((await it.get('/v1/plant', bearer('short'))).status).toBe(401);
  expect([401, 429]).toContain((await it.get('/v1/plant', bearer('gone'))).status);
  expect(await reader(bearer('short')).refused).toBe(401);
  expect(stays.socket.readyState).toBe(WebSocket.OPEN);
});

test('with a token file that cannot be read nobody gets in, and what is measured goes on', async () => {
  const inside = reader(bearer('read'));
  await inside.next('hello');
  writeFileSync(file, '{');
  expect(await inside.closed).toBe(4001);
  expect((await it.get('/v1/plant', bearer('admin'))).status).toBe(401);
  expect((await it.get('/healthz')).status).toBe(200);
  rmSync(file);
  await added('again', 'read');
  await expect.poll(async () => (await it.get('/v1/records', bearer('again'))).status).toBe(200);
});
