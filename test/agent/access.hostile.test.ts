import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { changeTokens, digestOf, newToken, tokenFileIn } from '../../agent/access/tokenFile.ts';
import { Fault } from '../../agent/http/errors.ts';
import { type AgentKit, agentKit } from './agentKit.ts';

/** Attempts to get in, or to do harm once in, each with the refusal that it gets. */

const [enter, read] = [newToken(), newToken()];
const TOKEN = { authorization: `Bearer ${enter}` };
let it: AgentKit;
let port: number;

beforeAll(async () => {
  it = await agentKit();
  port = Number(new URL(it.url).port);
  const created = new Date().toISOString();
  const token = (name: string, scope: 'enter' | 'read', secret: string) => ({
    ...{ name, scope, created, expires: null, sha256: digestOf(secret).toString('hex') },
  });
  await changeTokens(tokenFileIn(it.dataFolder), () => [token('mes', 'enter', enter), token('wall', 'read', read)]);
  await vi.waitFor(async () => expect((await it.get('/v1/plant')).status).toBe(401), 20_000);
});
afterAll(() => it.close());

/** All that is answered to bytes as they are. */
function said(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => (answer += data));
    socket.once('error', reject);
    socket.once('close', () => resolve(answer));
    socket.write(Buffer.from(text, 'latin1'));
  });
}
const statuses = (answer: string): number[] =>
  [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, code]) => Number(code));
const HOST = 'Host: 127.0.0.1\r\n';
const AUTH = `Authorization: Bearer ${read}\r\n`;
const LAST = 'Connection: close\r\n';

describe('paths that leave the page', () => {
  test.each([
    '/../tokens.json',
    '/..%2ftokens.json',
    '/%2e%2e/%2e%2e/data/tokens.json',
    '/assets/../../../../package.json',
    '/assets/..%5c..%5cpackage.json',
    '/%252e%252e/tokens.json',
    '/.%00./tokens.json',
    '//etc/passwd',
    '/tokens.json',
    'file:///etc/passwd',
  ])('%s', async (path) => {
    const answer = await said(`GET ${path} HTTP/1.1\r\n${HOST}${LAST}\r\n`);
    expect([400, 403, 404]).toContain(statuses(answer)[0]);
    expect(answer).not.toMatch(/sha256|root:|"version"/);
  });
});

describe('headers that two readers could understand in two ways', () => {
  test.each([
    ['two hosts', `GET /v1/plant HTTP/1.1\r\n${HOST}Host: evil.example\r\n${AUTH}${LAST}\r\n`, [400]],
    [
      'two tokens, of which one is right',
      `GET /v1/plant HTTP/1.1\r\n${HOST}Authorization: Bearer x\r\n${AUTH}${LAST}\r\n`,
      [400],
    ],
    ['a token in the query', `GET /v1/plant?token=${read} HTTP/1.1\r\n${HOST}${LAST}\r\n`, [401]],
    [
      'who somebody else says that it is',
      `GET /v1/plant HTTP/1.1\r\n${HOST}X-Forwarded-User: admin\r\nX-Forwarded-For: 127.0.0.1\r\n${LAST}\r\n`,
      [401],
    ],
    [
      'another method inside',
      `POST /v1/plant HTTP/1.1\r\n${HOST}X-HTTP-Method-Override: GET\r\nContent-Length: 0\r\n${LAST}\r\n`,
      [405],
    ],
    [
      'a request hidden in the body of another',
      `POST /v1/login HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/plant HTTP/1.1\r\n${HOST}${AUTH}\r\n`,
      [400],
    ],
    [
      'chunks under another name',
      `POST /v1/login HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nTransfer-Encoding: xchunked\r\n${LAST}\r\n0\r\n\r\n`,
      [400],
    ],
    [
      'a line end inside a header',
      `GET /v1/plant HTTP/1.1\r\n${HOST}X-A: a\nAuthorization: Bearer ${read}\r\n${LAST}\r\n`,
      [400, 401],
    ],
  ])('%s', async (_, text, wanted) => {
    const got = statuses(await said(text));
    expect(got).toHaveLength(1);
    expect(wanted).toContain(got[0]);
  });
});

describe('bodies', () => {
  const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${it.url}/v1/entries`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...TOKEN, ...headers },
      body,
    });

  test('of more than 64 KB are not read to their end', async () => {
    const answer = await post(JSON.stringify({ type: 'piece', key: 'x'.repeat(70_000) }));
    expect([answer.status, Fault.parse(await answer.json()).error]).toEqual([413, 'too-large']);
  });

  test('that are compressed are not opened, however small', async () => {
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(10 * 2 ** 20, ' ')));
    expect(bomb.length).toBeLessThan(64 * 1024);
    expect((await post(bomb, { 'content-encoding': 'gzip' })).status).toBe(400);
  });

  test('that would change what all objects are made of are refused', async () => {
    for (const body of [
      '{"__proto__":{"polluted":1},"type":"piece"}',
      '{"constructor":{"prototype":{"polluted":1}},"type":"piece"}',
      '{"type":"__proto__"}',
    ]) {
      expect([body, (await post(body)).status]).toEqual([body, 400]);
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('nested without end are refused, and cost no stack', async () => {
    expect((await post('['.repeat(30_000))).status).toBe(400);
    expect((await post(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)).status).toBe(400);
  });

  test('of another kind are refused: a form of another site can send nothing else', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      expect([type, (await post('{}', { 'content-type': type })).status]).toEqual([type, 415]);
  });

  test('with what a terminal or a log would take for an order are refused', async () => {
    const entry = { type: 'piece', meter: 'slabs', key: 'a\r\n{"event":"audit"}', piece: '1', amount: 1 };
    expect((await post(JSON.stringify(entry))).status).toBe(400);
  });
});

test('an upgrade that names two origins, or two hosts, is refused', async () => {
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: pertonne.v1\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
  for (const twice of [
    `Origin: http://127.0.0.1:${port}\r\nOrigin: https://evil.example\r\n`,
    'Host: evil.example\r\n',
  ]) {
    const answer = await said(`GET /v1/stream HTTP/1.1\r\n${HOST}${AUTH}${twice}${upgrade}\r\n`);
    expect([twice, ...statuses(answer)]).toEqual([twice, 400]);
  }
});

test('a scope that is too narrow gives nothing away of what it may not do', async () => {
  const answer = await it.post('/v1/entries', {}, { authorization: `Bearer ${read}` });
  expect([answer.status, await answer.json()]).toEqual([
    403,
    { error: 'forbidden', message: 'this needs a token of scope enter' },
  ]);
});

test('nobody finds out whether a metric exists by asking without a token', async () => {
  const answers = await Promise.all(['mill.yield', 'no.such'].map((id) => it.get(`/v1/metrics/${id}?window=hour`)));
  const [one, other] = await Promise.all(answers.map(async (answer) => [answer.status, await answer.text()]));
  expect(one).toEqual(other);
});

test('none of it has left anything behind, and the agent answers as before', async () => {
  expect((await it.get('/v1/plant', TOKEN)).status).toBe(200);
  const strange = readdirSync(it.dataFolder).filter(
    (name) => !/^(pertonne\.db|lock\.db|tokens\.json|audit-last)/.test(name),
  );
  expect(strange).toEqual([]);
});
