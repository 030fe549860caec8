import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Counter, Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { OPEN } from '../../agent/access/access.ts';
import { realClock } from '../../agent/clock.ts';
import { Fault } from '../../agent/http/errors.ts';
import { ExposedError } from '../../agent/http/exposure.ts';
import { createHttp, type HttpOptions, type HttpServer } from '../../agent/http/server.ts';
import { type LogStore, openStore } from '../../agent/store/open.ts';
import { SUBPROTOCOL } from '../../agent/stream/frames.ts';
import { aSystem } from './aSystem.ts';
import { plant, silent, wireTime } from './streamKit.ts';

let folder: string;
let store: LogStore;
let server: HttpServer;
let health: { ready: boolean; reasons: string[] };
const options = (): HttpOptions => {
  const registry = new Registry();
  new Counter({ name: 'pertonne_test_total', help: 'one', registers: [registry] }).inc();
  return {
    access: OPEN,
    host: '127.0.0.1',
    port: 0,
    allowedHosts: ['agent.plant'],
    plant: () => plant,
    store,
    live: { values: () => [] },
    clock: realClock(),
    wireTime,
    health: () => health,
    registry,
    entries: { enter: async () => 'spent' },
    alarms: { ledger: () => new Map(), act: async () => 'unknown-alarm' },
    explain: async () => ({ refusal: 'no such metric', status: 404 }),
    system: async () => aSystem,
    pageFolder: join(folder, 'page'),
    log: silent,
  };
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pertonne-http-'));
  health = { ready: true, reasons: [] };
  store = await openStore({ file: join(folder, 'log.db'), wireTime });
  await mkdir(join(folder, 'page/assets'), { recursive: true });
  await writeFile(join(folder, 'page/index.html'), '<!doctype html><title>Pertonne</title>');
  await writeFile(join(folder, 'page/assets/main.js'), 'export {};');
  server = await createHttp(options());
});
afterEach(async () => {
  await server.close('shutdown');
  await store.close();
  await rm(folder, { recursive: true });
});

const get = (path: string): Promise<Response> => fetch(server.url + path);
const json = async (path: string): Promise<unknown> => (await get(path)).json();
const status = async (path: string): Promise<number> => (await get(path)).status;

/** fetch does not let a caller lie about the host. */
const asked = (path: string, headers: Record<string, string>, method = 'GET'): Promise<number> =>
  new Promise((resolve, reject) => {
    const call = request(server.url + path, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    call.on('error', reject).end();
  });

test('health: alive while it answers, ready while it does what it is for', async () => {
  expect(await json('/healthz')).toEqual({ alive: true });
  expect([await status('/readyz'), await json('/readyz')]).toEqual([200, { ready: true, reasons: [] }]);
  health = { ready: false, reasons: ['endpoint plc is down: unplugged'] };
  expect([await status('/readyz'), await json('/readyz')]).toEqual([503, health]);
  expect(await status('/healthz')).toBe(200);
});

test('metrics of its own, for Prometheus', async () => {
  const response = await get('/metrics');
  expect(response.headers.get('content-type')).toBe(Registry.PROMETHEUS_CONTENT_TYPE);
  expect(await response.text()).toContain('pertonne_test_total 1');
});

test('what there is to see, and the page that shows it', async () => {
  expect(await json('/v1/plant')).toEqual(plant);
  const page = await get('/');
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(await page.text()).toContain('Pertonne');
  expect(await status('/assets/main.js')).toBe(200);
  expect(await status('/assets/none.js')).toBe(404);
  expect(await status('/..%2flog.db')).not.toBe(200);
  expect(await status('/%2e%2e/log.db')).not.toBe(200);
});

test('without a built page it says how to build one', async () => {
  await server.close('shutdown');
  await rm(join(folder, 'page'), { recursive: true });
  server = await createHttp(options());
  expect(await (await get('/')).text()).toContain('npm run page');
  expect(await status('/')).toBe(503);
});

test('what is asked wrongly is answered with 400 and a sentence', async () => {
  for (const path of [
    '/v1/metrics/mill.energy',
    '/v1/metrics/mill.energy?window=week',
    '/v1/metrics/mill.energy?window=hour&limit=2001',
    '/v1/metrics/mill.energy?window=hour&from=yesterday',
    '/v1/metrics/mill.energy?window=hour&from=2026-01-01T00:00:00',
    '/v1/metrics/mill.energy?window=hour&colour=red',
    '/v1/metrics/mill.energy?window=hour&window=day',
    '/v1/tags/mill.power/history?limit=0',
    '/v1/records?after=-1',
  ]) {
    const response = await get(path);
    expect([path, response.status]).toEqual([path, 400]);
    expect(Fault.parse(await response.json())).toMatchObject({
      error: 'bad-request',
      message: expect.any(String),
      faults: [{ in: 'query', path: expect.any(String), message: expect.any(String) }],
    });
  }
});

test('every answer carries the strict headers', async () => {
  for (const path of ['/', '/v1/plant', '/none']) {
    const { headers } = await get(path);
    const host = new URL(server.url).host;
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'self'; connect-src 'self' ws://${host} wss://${host}; base-uri 'none'; form-action 'none'; object-src 'none'; frame-ancestors 'none'`,
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  }
  expect((await get('/v1/plant')).headers.get('cache-control')).toBe('no-store');
  expect((await get('/assets/main.js')).headers.get('cache-control')).not.toBe('no-store');
});

test('known hosts only, nothing but reading, and short requests', async () => {
  expect(await asked('/v1/plant', { host: 'evil.example' })).toBe(403);
  expect(await asked('/', { host: 'evil.example' })).toBe(403);
  expect(await asked('/v1/plant', { host: "agent.plant; script-src 'unsafe-inline'" })).toBe(403);
  expect(await asked('/v1/plant', { host: 'agent.plant:8443' })).toBe(200);
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
    expect(await asked('/v1/plant', {}, method)).toBe(405);
  expect(await asked('/v1/plant', {}, 'HEAD')).toBe(200);
  expect(await asked('/v1/plant', { 'x-long': 'x'.repeat(9_000) })).toBe(431);
  expect(await (await get('/none')).json()).toEqual({ error: 'not-found' });
  expect(await status('/%zz')).toBe(400);
});

test('what goes wrong inside stays inside', async () => {
  const broken = { ...store, read: () => Promise.reject(new Error('SELECT secret FROM log')), epoch: store.epoch };
  const other = await createHttp({ ...options(), store: broken });
  const response = await fetch(`${other.url}/v1/records`);
  expect([response.status, await response.json()]).toEqual([500, { error: 'internal' }]);
  await other.close('shutdown');
});

test('listens to this machine only, and says so when told otherwise', async () => {
  await expect(createHttp({ ...options(), host: '0.0.0.0' })).rejects.toThrow(ExposedError);
  const port = Number(new URL(server.url).port);
  await expect(createHttp({ ...options(), port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('the stream lives on the same port; close says bye and leaves no connection', async () => {
  const reader = new WebSocket(`${server.url.replace('http', 'ws')}/v1/stream`, SUBPROTOCOL);
  const frames: { type: string; reason?: string }[] = [];
  const closed = new Promise((resolve) => reader.once('close', resolve));
  const hello = new Promise<void>((resolve) =>
    reader.on('message', (data) => {
      frames.push(JSON.parse(String(data)));
      resolve();
    }),
  );
  await hello;
  const idle = connect(Number(new URL(server.url).port), '127.0.0.1');
  await new Promise<void>((resolve) => idle.once('connect', resolve));
  const gone = new Promise<void>((resolve) => idle.once('close', () => resolve()));
  await server.close('finished');
  expect(await closed).toBe(1001);
  expect(frames).toMatchObject([{ type: 'hello' }, { type: 'bye', reason: 'finished' }]);
  await gone;
});
