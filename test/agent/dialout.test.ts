import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { authority } from '../support/certificates.ts';
import { connectProxy } from '../support/connectProxy.ts';
import { cutting } from '../support/cutting.ts';
import { PASSWORD } from '../support/logs.ts';
import { type PlatformEnd, type PlatformEndOptions, platformEnd } from '../support/platformEnd.ts';
import { type Dialling, dialling, fileOf } from './dialoutKit.ts';
import { figures, kits, range } from './streamKit.ts';

const { agent, close } = kits();
let ends: { close(): Promise<void> }[] = [];
let dialled: Dialling[] = [];
let cleanEnvironment = (): unknown => undefined;
afterEach(async () => {
  for (const one of dialled) await one.stop();
  cleanEnvironment();
  await close();
  for (const one of ends) await one.close();
  [ends, dialled] = [[], []];
});
const kept = <One extends { close(): Promise<void> }>(one: One): One => {
  ends.push(one);
  return one;
};
const platform = async (options: PlatformEndOptions = {}): Promise<PlatformEnd> => kept(await platformEnd(options));
const dial = (...given: Parameters<typeof dialling>): Dialling => {
  const made = dialling(...given);
  dialled.push(made);
  return made;
};
const to = (port: number, more: object = {}) => ({ id: 'head-office', url: `ws://127.0.0.1:${port}`, ...more });
const secure = (port: number, more: object = {}) => ({ id: 'head-office', url: `wss://localhost:${port}/a`, ...more });

describe('a platform', () => {
  test('is dialled, greeted, and gets all there is and all that comes', async () => {
    const it = await agent();
    await it.append(figures(3));
    const far = await platform({ token: 'secret' });
    const { status, metric } = dial(it, [to(far.port, { tokenFile: await fileOf(it, 'token', 'secret\n') })]);
    await expect.poll(() => far.seqs).toEqual([1, 2, 3]);
    await it.append(figures(2));
    await expect.poll(() => far.seqs).toEqual(range(1, 5));
    await expect.poll(() => status()).toMatchObject({ of: 'platform', value: 1, statusCode: 'good', behind: 0 });
    expect(await metric('up')).toEqual({ 'head-office': 1 });
    expect(await metric('behind_records')).toEqual({ 'head-office': 0 });
    expect(far.requests[0]!.headers).toMatchObject({ 'sec-websocket-protocol': 'pertonne.v1' });
  });

  test('goes on where it was, over a restart of either, without having to remember it', async () => {
    const first = await agent();
    await first.append(figures(4));
    const far = await platform();
    dial(first, [to(far.port)]);
    await expect.poll(() => far.seqs).toEqual([1, 2, 3, 4]);
    await expect.poll(() => first.store.cursor('head-office/records')).toMatchObject({ seq: 4 });
    await far.close();
    await first.append(figures(2));
    await dialled.pop()!.stop();
    await first.stop();

    const second = await agent({ folder: first.folder });
    const gone = dial(second, [to(far.port)]);
    await expect.poll(() => gone.status()).toMatchObject({ statusCode: 'bad', behind: 2 });
    expect(await gone.metric('behind_records')).toEqual({ 'head-office': 2 });
    const back = await platform({ port: far.port });
    await expect.poll(() => back.seqs).toEqual([5, 6]);
  });

  test('that names its place gets what comes after it, whatever is kept', async () => {
    const it = await agent();
    await it.append(figures(6));
    const far = await platform();
    dial(it, [to(far.port)]);
    await expect.poll(() => far.seqs).toEqual(range(1, 6));
    await far.close();
    const restored = await platform({
      port: far.port,
      subscribe: ({ epoch }) => ({ records: { from: { epoch, seq: 2 } } }),
    });
    await expect.poll(() => restored.seqs).toEqual([3, 4, 5, 6]);
  });

  test('cut at any byte, again and again, has every record', async () => {
    const it = await agent({ limits: { windowBytes: 4_000 } });
    await it.append(figures(120, 300));
    const got = new Set<number>();
    const far = await platform({ take: (seqs) => seqs.forEach((seq) => void got.add(seq)) });
    const way = kept(await cutting(far.port, 'toward'));
    const { metric } = dial(it, [to(way.port)]);
    await expect.poll(() => [...got].length, { timeout: 50_000 }).toBe(120);
    expect(new Set(far.seqs)).toEqual(new Set(range(1, 120)));
    expect(way.cuts()).toBeGreaterThan(4);
    expect((await metric('failures_total'))['head-office']).toBeGreaterThan(4);
  });

  test('that is stuck delays neither another nor the agent', async () => {
    const it = await agent({ limits: { windowBytes: 4_000, bufferBytes: 8_000 } });
    await it.append(figures(200, 300));
    const stuck = await platform({ take: () => new Promise(() => {}) });
    const mute = await platform({ subscribe: null });
    const well = await platform();
    const { status } = dial(it, [
      to(stuck.port, { id: 'stuck' }),
      to(mute.port, { id: 'mute' }),
      to(well.port, { id: 'well' }),
      to(1, { id: 'gone' }),
    ]);
    await expect.poll(() => well.seqs).toEqual(range(1, 200));
    await it.append(figures(100, 300));
    await expect.poll(() => well.seqs).toEqual(range(1, 300));
    await expect.poll(() => status('well').behind).toBe(0);
    expect(status('stuck')).toMatchObject({ value: 1, behind: 300 });
    expect(status('mute')).toMatchObject({ value: 1, behind: null });
    expect(status('gone')).toMatchObject({ value: 0, statusCode: 'bad', reason: expect.stringContaining('ECONN') });
    expect(it.stream.states().every(({ unackedBytes }) => unackedBytes < 8_000)).toBe(true);
  });
});

test('away for eight hours: dialled seldom, then complete', async () => {
  const it = await agent();
  await it.append(figures(1));
  const far = await platform();
  await far.close();
  let [away, appended] = [0, 1];
  const { waits } = dial(it, [to(far.port)], async (realMs) => {
    away += realMs;
    if (away < 8 * 3_600_000) {
      await it.append(figures(1));
      appended++;
    } else if (ends.length === 1) back.resolve(await platform({ port: far.port }));
    await realClock().delay(0);
  });
  const back = Promise.withResolvers<PlatformEnd>();
  const { seqs } = await back.promise;
  await expect.poll(() => seqs.length).toBe(appended);
  expect(seqs).toEqual(range(1, appended));
  expect(waits.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((s) => s * 1_000));
  expect(waits.length).toBeLessThan(8 * 60 + 20);
});

describe('words and waits', () => {
  const reason = async ({ status }: Dialling): Promise<string> => {
    await expect.poll(() => status().statusCode).toBe('bad');
    return status().reason!;
  };

  test('a wrong token is told, and not tried again within half a minute', async () => {
    const it = await agent();
    const far = await platform({ token: 'right' });
    const tokenFile = await fileOf(it, 'token', 'wrong');
    const made = dial(it, [to(far.port, { tokenFile })]);
    expect(await reason(made)).toBe('HTTP status 401: the token is missing or wrong: put a valid one in its place');
    await expect.poll(() => made.waits.length).toBeGreaterThan(3);
    expect(Math.min(...made.waits)).toBeGreaterThanOrEqual(30_000);
    expect(made.platforms.reasons()).toEqual([expect.stringMatching(/^platform head-office is down: HTTP status 401/)]);
    await fileOf(it, 'token', 'right');
    await expect.poll(() => made.status().value).toBe(1);
    const [state] = made.platforms.states();
    expect(state).toMatchObject({ id: 'head-office', state: 'up', since: made.status().since });
    expect(state!.failures).toBeGreaterThan(3);
    expect(state!.lastFailure?.reason).toMatch(/^HTTP status 401/);
  });

  test('a token that is not there is told, without a connection', async () => {
    const it = await agent();
    const far = await platform();
    const made = dial(it, [to(far.port, { tokenFile: '/nowhere/token' })]);
    expect(await reason(made)).toBe('tokenFile: /nowhere/token cannot be read (ENOENT)');
    const named = dial(it, [to(far.port, { tokenEnv: 'PERTONNE_TEST_NO_SUCH' })]);
    expect(await reason(named)).toBe('tokenEnv: the environment has no PERTONNE_TEST_NO_SUCH');
    const odd = dial(it, [to(far.port, { tokenFile: await fileOf(it, 'odd', 'two words\nand lines') })]);
    expect(await reason(odd)).toBe('tokenFile: holds no token (one word of plain letters)');
    expect(far.requests).toEqual([]);
  });

  test('each change of state is logged once, and what would better not be is warned of; never a secret', async () => {
    const it = await agent();
    const far = await platform({ token: `right-${PASSWORD}` });
    process.env.PERTONNE_TEST_TOKEN = `wrong-${PASSWORD}`;
    cleanEnvironment = () => delete process.env.PERTONNE_TEST_TOKEN;
    const made = dial(it, [to(far.port, { tokenEnv: 'PERTONNE_TEST_TOKEN' })]);
    await expect.poll(() => made.waits.length).toBeGreaterThan(3);
    process.env.PERTONNE_TEST_TOKEN = `right-${PASSWORD}`;
    await expect.poll(() => made.status().value).toBe(1);
    expect(made.logged).toMatchObject([
      { event: 'secret-in-environment', platform: 'head-office', variable: 'PERTONNE_TEST_TOKEN' },
      { event: 'platform-down', platform: 'head-office', reason: expect.stringContaining('401') },
      { event: 'platform-up', platform: 'head-office', reason: null },
    ]);
    expect(JSON.stringify(made.logged)).not.toContain(PASSWORD);
  });

  test('what speaks no pertonne.v1 is told', async () => {
    const it = await agent();
    const page = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
    await new Promise((resolve) => page.once('listening', resolve));
    kept({ close: () => new Promise((resolve) => page.close(() => resolve())) });
    const { port } = page.address() as AddressInfo;
    expect(await reason(dial(it, [to(port)]))).toBe('HTTP status 200 instead of a WebSocket');
  });
});

describe('over TLS', () => {
  test('a certificate of an authority that caFile names', async () => {
    const it = await agent();
    await it.append(figures(3));
    const { ca, issue } = await authority();
    const far = await platform({ tls: await issue(['localhost']) });
    const made = dial(it, [secure(far.port, { caFile: await fileOf(it, 'ca.pem', ca) })]);
    await expect.poll(() => far.seqs).toEqual([1, 2, 3]);
    expect(made.status().value).toBe(1);
  });

  test.each([
    ['another authority', ['localhost'], 1, false, /issued by nobody whom we trust.*caFile/],
    [
      'another name',
      ['elsewhere.example'],
      1,
      true,
      /ERR_TLS_CERT_ALTNAME_INVALID: its certificate is for another name/,
    ],
    [
      'the past',
      ['localhost'],
      -1,
      true,
      /CERT_HAS_EXPIRED: its certificate has expired: whoever runs it must renew it/,
    ],
  ])('not one for %s: refused with what to do', async (_, names, days, isTrusted, words) => {
    const it = await agent();
    const { ca, issue } = await authority();
    const far = await platform({ tls: await issue(names, days) });
    const made = dial(it, [secure(far.port, isTrusted ? { caFile: await fileOf(it, 'ca.pem', ca) } : {})]);
    await expect.poll(() => made.status().reason).toMatch(words);
    expect(far.requests).toEqual([]);
  });

  test('where there is none: told', async () => {
    const it = await agent();
    const far = await platform();
    const made = dial(it, [secure(far.port)]);
    await expect.poll(() => made.status().reason).toMatch(/does not speak TLS/);
  });

  test('through a proxy, whose user has a password', async () => {
    const it = await agent();
    await it.append(figures(3));
    const { ca, issue } = await authority();
    const far = await platform({ tls: await issue(['platform.example']) });
    const proxy = kept(await connectProxy());
    const files = {
      caFile: await fileOf(it, 'ca.pem', ca),
      proxyPasswordFile: await fileOf(it, 'pass', `s@cret:${PASSWORD}`),
    };
    const url = `wss://platform.example:${far.port}/agents`;
    dial(it, [{ id: 'head-office', url, proxy: proxy.url, proxyUser: 'agent', ...files }]);
    await expect.poll(() => far.seqs).toEqual([1, 2, 3]);
    expect(proxy.asked[0]).toEqual({ to: `platform.example:${far.port}`, user: `agent:s@cret:${PASSWORD}` });
    process.env.PERTONNE_TEST_PASSWORD = PASSWORD;
    const again = { caFile: files.caFile, proxyPasswordEnv: 'PERTONNE_TEST_PASSWORD' };
    dial(it, [{ id: 'head-office-2', url, proxy: proxy.url, proxyUser: 'agent', ...again }]);
    await expect.poll(() => proxy.asked.map(({ user }) => user)).toContain(`agent:${PASSWORD}`);
  });

  test('a proxy that refuses is told; one that never answers is given up, and nothing is left of it', async () => {
    const it = await agent();
    const refusing = kept(await connectProxy(407));
    const url = 'wss://platform.example/agents';
    const made = dial(it, [{ id: 'head-office', url, proxy: refusing.url }]);
    await expect
      .poll(() => made.status().reason)
      .toBe('the proxy makes no tunnel: HTTP status 407: the proxy wants a user and a password');
    const hanging = kept(await connectProxy('hang'));
    const stuck = dial(it, [{ id: 'head-office', url, proxy: hanging.url }], undefined, 300);
    await expect.poll(() => hanging.asked.length).toBeGreaterThan(2);
    expect(stuck.status().reason).toMatch(/no answer within 0.3 s|timed out/);
    await expect.poll(() => hanging.connections()).toBeLessThanOrEqual(1);
  });
});

test('an agent that stops says so, and dials no more', async () => {
  const it = await agent();
  const far = await platform();
  const { stop, status } = dial(it, [to(far.port), to(1, { id: 'gone' })]);
  await expect.poll(() => status().value).toBe(1);
  const [socket] = far.sockets;
  const closed = new Promise((resolve) => socket!.once('close', (code, reason) => resolve([code, String(reason)])));
  await stop();
  expect(await closed).toEqual([1001, 'shutdown']);
  expect(far.requests).toHaveLength(1);
  await rm(it.folder, { recursive: true, force: true });
});
