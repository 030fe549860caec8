import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { DataType, MessageSecurityMode, SecurityPolicy, StatusCodes } from 'node-opcua';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ConnectionLost, Misconfigured } from '../../drivers/driver.ts';
import { opcua } from '../../drivers/opcua/index.ts';
import { PASSWORD } from '../support/logs.ts';
import { points, type Running, run, temporaryFolder } from './host.ts';
import { dataValue, double, makeOpcuaServer, NAMESPACE, type TestServer } from './opcuaServer.ts';

const POWER = { node: `nsu=${NAMESPACE};s=power` };
let running: Running;
afterEach(() => running.stop().catch(() => {}));

const begin = (options: object, pkiFolder?: string, addresses: Record<string, unknown> = { power: POWER }): Running => {
  running = run(opcua.open(opcua.options.parse(options), points(opcua, addresses)), pkiFolder);
  return running;
};
const refusal = (options: object, pkiFolder?: string): Promise<Error> =>
  begin(options, pkiFolder).ended.then(
    () => new Error('it ended without a refusal'),
    (cause: Error) => cause,
  );

/** Serves for the tests of one block; `power` is 42. */
function served(...args: Parameters<typeof makeOpcuaServer>): () => TestServer {
  let server: TestServer;
  beforeAll(async () => {
    server = await makeOpcuaServer(...args);
    server.show('power', double(42));
    await server.start();
  });
  afterAll(() => server.kill());
  return () => server;
}

describe('toward a server that offers SignAndEncrypt', () => {
  const users = { isValidUser: (user: string, password: string) => user === 'reader' && password === PASSWORD };
  const server = served({ userManager: users });

  it('an unknown certificate is refused with its thumbprint, kept for review, and trusted once an operator says so', async () => {
    const folder = temporaryFolder();
    const refused = await refusal({ url: server().url }, folder);
    expect(refused).toBeInstanceOf(Misconfigured);
    const thumbprint = new X509Certificate(readFileSync(server().certificateFile)).fingerprint.replaceAll(':', '');
    expect(refused.message).toContain(thumbprint);
    expect(refused.message).toContain('serverCertificate');
    expect(running.samples).toEqual([]);

    const [kept, ...more] = readdirSync(join(folder, 'rejected'));
    expect(more).toEqual([]);
    expect(await refusal({ url: server().url }, folder)).toBeInstanceOf(Misconfigured);
    renameSync(join(folder, 'rejected', kept!), join(folder, 'trusted/certs', kept!));
    expect(await begin({ url: server().url }, folder).next(() => true)).toMatchObject({ value: 42 });
  });

  it('our key is made at the first start, for our eyes only, and stays', async () => {
    const folder = temporaryFolder();
    const key = join(folder, 'own/private/private_key.pem');
    await refusal({ url: server().url }, folder);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const made = readFileSync(key);
    await begin({ url: server().url, serverCertificate: server().certificateFile }, folder).next(() => true);
    expect(readFileSync(key)).toEqual(made);
  });

  it('a policy that is not offered is refused, and said what is', async () => {
    const refused = await refusal({ url: server().url, policy: 'Aes256_Sha256_RsaPss' });
    expect(refused).toBeInstanceOf(Misconfigured);
    expect(refused.message).toContain('offers no SignAndEncrypt/Aes256_Sha256_RsaPss, only None/None, SignAndEncrypt/');
  });

  it('a wrong password is refused as Misconfigured, the right one is taken', async () => {
    const folder = temporaryFolder();
    const passwordFile = join(folder, 'password');
    const options = { url: server().url, serverCertificate: server().certificateFile, user: 'reader', passwordFile };
    writeFileSync(passwordFile, `wrong-${PASSWORD}\n`);
    const refused = await refusal(options, folder);
    expect(refused).toBeInstanceOf(Misconfigured);
    expect(refused.message).toContain('user or the password');
    writeFileSync(passwordFile, `${PASSWORD}\n`);
    expect(await begin(options, folder).next(() => true)).toMatchObject({ value: 42 });
  });

  it.each(['passwordFile', 'serverCertificate'])('a %s that cannot be read is Misconfigured', async (option) => {
    const options = {
      url: server().url,
      serverCertificate: server().certificateFile,
      user: 'reader',
      passwordFile: '/',
    };
    const refused = await refusal({ ...options, [option]: '/nowhere/at-all' });
    expect(refused).toBeInstanceOf(Misconfigured);
    expect(refused.message).toContain('/nowhere/at-all');
  });

  it('only what reads is ever asked for', async () => {
    await begin({ url: server().url, serverCertificate: server().certificateFile }).several('power', 3);
    await running.stop();
    expect([...server().services].toSorted()).toEqual([
      'ActivateSessionRequest',
      'CloseSessionRequest',
      'CreateSessionRequest',
      'GetEndpointsRequest',
      'ReadRequest',
    ]);
  });

  it('mode None works where it is asked for, and nothing is written to the console by the library', async () => {
    const printed = ['log', 'warn', 'error', 'info'].map((name) => vi.spyOn(console, name as 'log'));
    await begin({ url: server().url, mode: 'None' }).several('power', 3);
    await refusal({ url: server().url });
    for (const one of printed) expect(one).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });
});

describe('toward a server that offers only None', () => {
  const server = served({ securityModes: [MessageSecurityMode.None], securityPolicies: [SecurityPolicy.None] });
  it('SignAndEncrypt is not given up', async () => {
    const refused = await refusal({ url: server().url });
    expect(refused).toBeInstanceOf(Misconfigured);
    expect(refused.message).toContain('offers no SignAndEncrypt/Basic256Sha256, only None/None');
  });
});

describe('toward a server that does not trust us', () => {
  const server = served({}, false);
  it('is Misconfigured, with our thumbprint and where our certificate lies', async () => {
    const folder = temporaryFolder();
    const refused = await refusal({ url: server().url, serverCertificate: server().certificateFile }, folder);
    expect(refused).toBeInstanceOf(Misconfigured);
    const ours = join(folder, 'own/certs/client_certificate.pem');
    expect(refused.message).toContain(ours);
    expect(refused.message).toContain(new X509Certificate(readFileSync(ours)).fingerprint.replaceAll(':', ''));
  });
});

describe('a server with limits and restarts', () => {
  it('is read with no more nodes at once than it allows', async () => {
    const server = await makeOpcuaServer({ serverCapabilities: { operationLimits: { maxNodesPerRead: 10 } } });
    const names = Array.from({ length: 25 }, (_, i) => `n${i}`);
    for (const [i, name] of names.entries()) server.show(name, double(i));
    await server.start();
    const addresses = Object.fromEntries(names.map((name) => [name, { node: `nsu=${NAMESPACE};s=${name}` }]));
    begin({ url: server.url, mode: 'None' }, undefined, { ...addresses, lost: { node: 'nsu=urn:nobody;s=a' } });
    await running.several('n24', 2);
    for (const [i, name] of names.entries()) {
      expect(running.samples.find(({ tag }) => tag === name)).toMatchObject({ value: i, statusCode: 'good' });
    }
    expect(running.samples.find(({ tag }) => tag === 'lost')).toMatchObject({
      value: null,
      statusCode: 'bad',
      reason: expect.stringContaining('BadNodeIdUnknown'),
    });
    expect(Math.max(...server.reads)).toBe(10);
    await running.stop();
    await server.kill();
  });

  it('is read by namespace URI, whatever index that has after a restart', async () => {
    const server = await makeOpcuaServer();
    server.show('power', double(42));
    for (const earlier of ['urn:first', 'urn:second']) {
      await server.start();
      await begin({ url: server.url, mode: 'None' }).next(({ value }) => value === 42);
      await running.stop();
      await server.kill();
      server.earlier.push(earlier);
    }
  });

  it('hands over status, text and time as they are', async () => {
    const server = await makeOpcuaServer();
    server.show('coil', dataValue(DataType.String, 'C-0417', StatusCodes.Good, new Date(1000)));
    server.show('count', dataValue(DataType.UInt64, [0x200000, 1], StatusCodes.Good, new Date(2000)));
    server.show('doubtful', dataValue(DataType.Double, 3, StatusCodes.UncertainSensorNotAccurate, new Date(3000)));
    server.show('broken', dataValue(DataType.Double, 3, StatusCodes.BadDeviceFailure, new Date(4000)));
    await server.start();
    const names = ['coil', 'count', 'doubtful', 'broken'];
    const addresses = Object.fromEntries(names.map((name) => [name, { node: `nsu=${NAMESPACE};s=${name}` }]));
    begin({ url: server.url, mode: 'None' }, undefined, addresses);
    await Promise.all(names.map((name) => running.several(name, 1)));
    expect(running.samples.slice(0, 4)).toMatchObject([
      { tag: 'coil', value: 'C-0417', statusCode: 'good', sourceTimestamp: 1000 },
      { tag: 'count', value: 2n ** 53n + 1n, statusCode: 'good', sourceTimestamp: 2000 },
      { tag: 'doubtful', value: 3, statusCode: 'uncertain', reason: 'UncertainSensorNotAccurate' },
      { tag: 'broken', value: null, statusCode: 'bad', reason: 'BadDeviceFailure', sourceTimestamp: 4000 },
    ]);
    await running.stop();
    await server.kill();
  });
});

describe('a link that is cut without a word', () => {
  const server = served();
  const pairs: [Socket, Socket][] = [];
  const proxy = createServer((socket) => {
    const far = connect(server().port, '127.0.0.1');
    pairs.push([socket, far]);
    for (const one of [socket, far]) one.on('error', () => {});
    socket.pipe(far).pipe(socket);
  });
  const options = (): object => {
    const { port } = proxy.address() as { port: number };
    return { url: `opc.tcp://127.0.0.1:${port}`, mode: 'None', timeout: '1s' };
  };
  const cut = (): void => {
    for (const one of pairs.flat()) one.unpipe();
  };
  beforeAll(() => new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    for (const one of pairs.flat()) one.destroy();
    proxy.close();
  });

  it('is noticed by the deadline', async () => {
    await begin(options()).several('power', 2);
    cut();
    await expect(running.ended).rejects.toThrow('no answer within 1000 ms');
    await expect(running.ended).rejects.toBeInstanceOf(ConnectionLost);
  });

  it('does not hold up an abort', async () => {
    await begin(options()).several('power', 2);
    cut();
    await expect(running.stop()).resolves.toBeUndefined();
  });
});

describe('a server that accepts and then says nothing', () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => {
    sockets.add(socket);
    socket
      .on('error', () => {})
      .on('close', () => sockets.delete(socket))
      .resume();
  });
  beforeAll(() => new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve)));
  afterAll(() => silent.close());

  it('is ConnectionLost by the deadline, and no socket stays', async () => {
    const { port } = silent.address() as { port: number };
    begin({ url: `opc.tcp://127.0.0.1:${port}`, timeout: '200ms' });
    await expect(running.ended).rejects.toBeInstanceOf(ConnectionLost);
    await expect.poll(() => sockets.size).toBe(0);
  });
});
