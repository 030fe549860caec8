import { writeFileSync } from 'node:fs';
import { type Agent, request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { realClock } from '../../agent/clock.ts';
import { CertificateFault, type Pair, ServerCertificate } from '../../agent/http/certificate.ts';
import { SUBPROTOCOL } from '../../agent/stream/frames.ts';
import { type Authority, authority, type Pem } from '../support/certificates.ts';
import { recordedLog } from '../support/logs.ts';
import { temporaryFolder } from '../support/process.ts';
import { type HttpKit, httpKit } from './httpKit.ts';
import { Reader, silent } from './streamKit.ts';

/** The port under TLS: what it refuses, and how it takes up another certificate. */

const DAY = 86_400_000;
let ca: Authority;
let folder: ReturnType<typeof temporaryFolder>;
let files: { readonly certFile: string; readonly keyFile: string };
beforeAll(async () => {
  ca = await authority();
});
beforeEach(() => {
  folder = temporaryFolder();
  files = { certFile: join(folder.path, 'tls.crt'), keyFile: join(folder.path, 'tls.key') };
});
afterEach(() => folder.remove());

function put({ cert, key }: Pem): void {
  writeFileSync(files.certFile, cert);
  writeFileSync(files.keyFile, key);
}

describe('a server', () => {
  let kit: HttpKit;
  let port: number;
  beforeEach(async () => {
    put(await ca.issue(['127.0.0.1']));
    const certificate = await ServerCertificate.open({ ...files, clock: realClock(), log: silent, expires: () => {} });
    kit = await httpKit(() => ({ certificate }));
    port = Number(new URL(kit.server.url).port);
  });
  afterEach(() => kit.close());

  const shaken = (versions: { maxVersion?: SecureVersion; minVersion?: SecureVersion } = {}): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', ca: ca.ca, ...versions }, () => resolve(socket));
      socket.once('error', reject);
    });
  const serial = async (): Promise<string> => {
    const socket = await shaken();
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };
  const asked = (path: string, agent?: Agent): Promise<{ status: number; headers: Record<string, unknown> }> =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, ca: ca.ca, agent }, (response) => {
        response.resume();
        resolve({ status: response.statusCode!, headers: response.headers });
      })
        .on('error', reject)
        .end();
    });

  test('speaks TLS 1.2 and 1.3, and nothing older', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await shaken({ minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
      socket.destroy();
    }
    await expect(shaken({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })).rejects.toThrow();
  });

  test('tells browsers to stay with TLS, and its address as https', async () => {
    expect(kit.server.url).toMatch(/^https:/);
    const { status, headers } = await asked('/healthz');
    expect([status, headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
  });

  test('answers plain HTTP not at all', async () => {
    const socket = connectPlain(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => (answer += data)).on('error', () => {});
    socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(answer).not.toContain('HTTP/1.1 200');
    expect((await asked('/healthz')).status).toBe(200);
  });

  test('shows a renewed certificate to whoever comes, and loses nobody who is there', async () => {
    const reader = new Reader(
      new WebSocket(`${kit.server.url.replace('http', 'ws')}/v1/stream`, SUBPROTOCOL, { ca: ca.ca }),
    );
    await reader.next('hello');
    const before = await serial();
    put(await ca.issue(['127.0.0.1']));
    await expect.poll(serial, { timeout: 20_000 }).not.toBe(before);
    reader.send({ type: 'subscribe', id: 's', records: { from: 'earliest' }, live: { everyMs: 50 } });
    await reader.next('subscribed');
    for (let times = 0; times < 5; times++) await reader.next('live');
    reader.socket.terminate();
  });

  test('closes although somebody never finished shaking hands', async () => {
    const idle = connectPlain(port, '127.0.0.1');
    await new Promise((resolve) => idle.once('connect', resolve));
    const gone = new Promise((resolve) => idle.once('close', resolve));
    await kit.server.close('shutdown');
    await gone;
  });
});

describe('the certificate in its files', () => {
  let now: number;
  let logged: { event: string; validTo?: string }[];
  let expires: number[];
  const opened = (): Promise<ServerCertificate> =>
    ServerCertificate.open({
      ...files,
      clock: { wall: () => now, delay: async () => {} },
      log: recordedLog((line) => logged.push(JSON.parse(line))),
      expires: (at) => expires.push(at),
    });
  const events = (): string[] => logged.map(({ event }) => event);
  beforeEach(() => {
    now = Date.now();
    [logged, expires] = [[], []];
  });

  test('is not taken where it is none, or the key is another one', async () => {
    const [one, other] = [await ca.issue(['a']), await ca.issue(['a'])];
    await expect(opened()).rejects.toThrow(/tls\.crt cannot be read \(ENOENT\)/);
    for (const [pem, words] of [
      [{ cert: 'nothing', key: one.key }, /tls\.crt is no certificate/],
      [{ cert: one.cert, key: other.key }, /tls\.key is not the key \(PEM\) of .*tls\.crt/],
      [{ cert: one.cert, key: '' }, /tls\.key is not the key/],
    ] as const) {
      put(pem);
      const refusal = opened();
      await expect(refusal).rejects.toThrow(CertificateFault);
      await expect(refusal).rejects.toThrow(words);
    }
  });

  test('goes on while a faulty one lies there, which is told at the second look', async () => {
    const [one, other] = [await ca.issue(['a'], 100), await ca.issue(['a'], 200)];
    put(one);
    const certificate = await opened();
    const renewed = vi.fn<(pair: Pair) => void>();
    writeFileSync(files.certFile, other.cert);
    await certificate.look(renewed);
    expect([events(), certificate.reasons()]).toEqual([['tls-certificate'], []]);
    for (let times = 0; times < 3; times++) await certificate.look(renewed);
    expect(events()).toEqual(['tls-certificate', 'tls-certificate-faulty']);
    expect(certificate.reasons()).toEqual([expect.stringContaining('the new certificate cannot be used')]);
    expect([certificate.pair.cert, renewed.mock.calls]).toEqual([one.cert, []]);
    writeFileSync(files.keyFile, other.key);
    await certificate.look(renewed);
    expect([certificate.pair.cert, certificate.reasons(), renewed.mock.calls]).toEqual([other.cert, [], [[other]]]);
    expect(expires.map((at) => Math.round((at - now) / DAY))).toEqual([100, 200]);
  });

  test('is warned of from thirty days before it expires on, once a day', async () => {
    put(await ca.issue(['a'], 31));
    const certificate = await opened();
    const look = () => certificate.look(() => {});
    await look();
    expect([events(), certificate.reasons()]).toEqual([['tls-certificate'], []]);
    now += 1.5 * DAY;
    for (let times = 0; times < 3; times++) await look();
    expect(events()).toEqual(['tls-certificate', 'tls-certificate-expires']);
    expect(certificate.reasons()).toEqual([expect.stringMatching(/tls\.crt expires 20.*renewed/)]);
    now += 1.1 * DAY;
    await look();
    expect(events()).toHaveLength(3);
    now += 30 * DAY;
    expect(certificate.reasons()).toEqual([expect.stringContaining('has expired')]);
  });
});
