import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MessageSecurityMode, OPCUACertificateManager, SecurityPolicy } from 'node-opcua';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { type Clock, Misconfigured } from '../../drivers/driver.ts';
import { opcua } from '../../drivers/opcua/index.ts';
import { PASSWORD } from '../support/logs.ts';
import { points, type Running, run, temporaryFolder } from './host.ts';
import { double, makeOpcuaServer, NAMESPACE, type TestServer } from './opcuaServer.ts';

const POLICIES = ['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss'] as const;
const MODES = ['Sign', 'SignAndEncrypt'] as const;

const tries: string[] = [];
const users = {
  isValidUser: (user: string, password: string) => {
    tries.push(user);
    return user === 'reader' && password === PASSWORD;
  },
};
const userTrust = new OPCUACertificateManager({ rootFolder: temporaryFolder(), disableFileWatchers: true });
let server: TestServer;
let running: Running;
const ours = temporaryFolder();

beforeAll(async () => {
  await userTrust.initialize();
  server = await makeOpcuaServer({
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
    securityPolicies: [SecurityPolicy.None, ...POLICIES.map((policy) => SecurityPolicy[policy])],
    userManager: users,
    userCertificateManager: userTrust,
  });
  server.show('power', double(42));
  await server.start();
});
afterEach(() => running.stop().catch(() => {}));
afterAll(() => server.kill());

const driverOf = (options: object) => {
  const given = { url: server.url, serverCertificate: server.certificateFile, ...options };
  return opcua.open(opcua.options.parse(given), points(opcua, { power: { node: `nsu=${NAMESPACE};s=power` } }));
};
const begin = (options: object): Running => {
  running = run(driverOf(options), ours);
  return running;
};
const failure = (one: Running): Promise<Error> =>
  one.ended.then(
    () => new Error('it ended without a failure'),
    (cause: Error) => cause,
  );

describe('every mode with every policy', () => {
  const all = MODES.flatMap((mode) => POLICIES.map((policy) => ({ mode, policy })));
  it.each(all)('$mode with $policy: anonymous, and by password', async ({ mode, policy }) => {
    const passwordFile = join(temporaryFolder(), 'password');
    writeFileSync(passwordFile, `${PASSWORD}\n`);
    process.env.PERTONNE_TEST_PASSWORD = PASSWORD;
    const byEnvironment = { user: 'reader', passwordEnv: 'PERTONNE_TEST_PASSWORD' };
    for (const user of [{}, { user: 'reader', passwordFile }, byEnvironment]) {
      server.secured.length = 0;
      expect(await begin({ mode, policy, ...user }).next(() => true)).toMatchObject({ value: 42 });
      expect(server.secured).toEqual([`${mode}/${policy}`]);
      await running.stop();
    }
  });

  it('None only where it is asked for, and then with a standing warning', async () => {
    server.secured.length = 0;
    expect(await begin({ mode: 'None' }).next(() => true)).toMatchObject({ value: 42 });
    expect(server.secured).toEqual(['None/None']);
    expect(running.notices).toEqual([{ event: 'insecure', reason: expect.stringContaining('mode None') }]);
  });
});

describe('a user known by a certificate', () => {
  const folder = temporaryFolder();
  const [userCertificate, userKey] = [join(folder, 'user.pem'), join(folder, 'own/private/private_key.pem')];
  beforeAll(async () => {
    const made = new OPCUACertificateManager({ rootFolder: folder, disableFileWatchers: true });
    await made.initialize();
    await made.createSelfSignedCertificate({
      applicationUri: 'urn:reader',
      dns: [],
      subject: '/CN=Reader',
      startDate: new Date(),
      validity: 365,
      outputFile: userCertificate,
    });
    await made.dispose();
  });

  it('is refused until the server trusts it, and then taken, with every policy', async () => {
    const refused = await failure(begin({ userCertificate, userKey }));
    expect(refused).toBeInstanceOf(Misconfigured);
    expect(refused.message).toContain('refuses the user');
    await userTrust.trustCertificate(new X509Certificate(readFileSync(userCertificate)).raw);
    for (const policy of POLICIES) {
      expect(await begin({ userCertificate, userKey, policy }).next(() => true)).toMatchObject({ value: 42 });
      const whose = (): unknown[] => running.notices.map((one) => 'whose' in one && one.whose);
      await expect.poll(whose).toEqual(['server', 'ours', 'user']);
      await running.stop();
    }
  });

  it('with a key that is not its own is refused', async () => {
    const refused = await failure(begin({ userCertificate, userKey: join(ours, 'own/private/private_key.pem') }));
    expect(refused).toBeInstanceOf(Misconfigured);
  });

  it.each([
    ['userKey', { userCertificate: 'a.pem' }],
    ['userCertificate', { userCertificate: 'a.pem', userKey: 'b.pem', user: 'a', passwordFile: 'c' }],
    ['passwordEnv', { user: 'a', passwordFile: 'c', passwordEnv: 'D' }],
    ['userCertificate', { userCertificate: 'a.pem', userKey: 'b.pem', mode: 'None' }],
  ])('the options are refused at %s: %o', (path, options) => {
    const { error } = opcua.options.safeParse({ url: 'opc.tcp://plc', ...options });
    expect(error?.issues.map((issue) => issue.path)).toEqual([[path]]);
  });
});

it('a user that was refused is not sent again for an hour, so that no server locks it out, unless the file changes', async () => {
  const passwordFile = join(temporaryFolder(), 'password');
  writeFileSync(passwordFile, 'wrong\n');
  let later = 0;
  const clock: Clock = { ...realClock(), monotonic: () => performance.now() + later };
  const driver = driverOf({ user: 'reader', passwordFile });
  const attempt = async (): Promise<Error> => {
    running = run(driver, ours, clock);
    return failure(running);
  };
  tries.length = 0;
  for (let i = 0; i < 20; i++) {
    const refused = await attempt();
    expect(refused).toBeInstanceOf(Misconfigured);
    expect(refused.message).toContain('BadUserAccessDenied');
  }
  expect(tries).toEqual(['reader']);
  later = 3_600_001;
  await attempt();
  expect(tries).toEqual(['reader', 'reader']);

  writeFileSync(passwordFile, `${PASSWORD}\n`);
  running = run(driver, ours, clock);
  expect(await running.next(() => true)).toMatchObject({ value: 42 });
});

it('neither password nor key is in what is told', async () => {
  const passwordFile = join(temporaryFolder(), 'password');
  writeFileSync(passwordFile, `wrong-${PASSWORD}\n`);
  const refused = await failure(begin({ user: 'reader', passwordFile }));
  const told = JSON.stringify([refused.message, running.notices]);
  expect(told).not.toContain(PASSWORD);
  expect(told).not.toContain(readFileSync(join(ours, 'own/private/private_key.pem'), 'utf8').slice(40, 80));
});

it('a server without a session left is Misconfigured, so that it is asked rarely', async () => {
  const small = await makeOpcuaServer({ serverCapabilities: { maxSessions: 1 } });
  small.show('power', double(42));
  await small.start();
  const options = { url: small.url, mode: 'None' };
  await begin(options).next(() => true);
  const second = run(driverOf(options), ours);
  const refused = await failure(second);
  expect(refused).toBeInstanceOf(Misconfigured);
  expect(refused.message).toContain('no session left');
  expect(await running.next(() => true)).toMatchObject({ value: 42 });
  await running.stop();
  await small.kill();
});
