import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPCUACertificateManager } from 'node-opcua';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { type CertificateNotice, type Clock, Misconfigured } from '../../drivers/driver.ts';
import { opcua } from '../../drivers/opcua/index.ts';
import { library } from '../../drivers/opcua/library.ts';
import { ownCertificate } from '../../drivers/opcua/own.ts';
import { checkServer, closeTrust, openTrust } from '../../drivers/opcua/trust.ts';
import { points, type Running, run, temporaryFolder } from './host.ts';
import { double, makeOpcuaServer, NAMESPACE, type TestServer } from './opcuaServer.ts';

const DAY = 86_400_000;
const NOW = Date.now();
const read = (file: string): X509Certificate => new X509Certificate(readFileSync(file));
const printOf = (file: string): string => read(file).fingerprint.replaceAll(':', '');

/** A clock whose wall is set, and whose delays of a day pass when the test says so. */
class Calendar {
  time = NOW;
  #wake: (() => void)[] = [];
  readonly clock: Clock = {
    ...realClock(),
    wall: () => this.time,
    delay: (realMs, signal) =>
      realMs < DAY
        ? realClock().delay(realMs, signal)
        : new Promise((resolve, reject) => {
            this.#wake.push(resolve);
            signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
          }),
  };
  day(time: number): void {
    this.time = time;
    for (const wake of this.#wake.splice(0)) wake();
  }
}

describe('our own certificate', () => {
  const calendar = new Calendar();
  const folder = temporaryFolder();
  const own = async (at: number) => {
    calendar.time = at;
    const trust = await openTrust(await library(), folder, undefined);
    try {
      return await ownCertificate(trust, calendar.clock);
    } finally {
      await closeTrust(trust);
    }
  };

  it('is made once, however many endpoints start at the same time', async () => {
    const all = await Promise.all([1, 2, 3].map(() => own(NOW)));
    expect(new Set(all.map(({ certificate }) => certificate.fingerprint)).size).toBe(1);
    expect(readdirSync(join(folder, 'own/certs'))).toEqual(['client_certificate.pem']);
    expect(all[0]!.certificate.validToDate.getTime()).toBeGreaterThan(NOW + 4 * 365 * DAY);
    expect(all[0]!.certificate.subjectAltName).toContain(all[0]!.applicationUri);
  });

  it('has a successor thirty days before it expires, which takes over on the last day, and so on', async () => {
    const first = await own(NOW);
    const end = first.certificate.validToDate.getTime();
    expect((await own(end - 31 * DAY)).successor).toBeUndefined();
    const near = await own(end - 29 * DAY);
    expect(near.file).toBe(first.file);
    expect(near.successor?.certificate.validToDate.getTime()).toBeGreaterThan(end + 4 * 365 * DAY);
    expect(near.successor?.certificate.publicKey.equals(first.certificate.publicKey)).toBe(true);
    const taken = await own(end - DAY / 2);
    expect([taken.file, taken.successor]).toEqual([near.successor?.file, undefined]);
    expect(taken.applicationUri).toBe(first.applicationUri);
    expect((await own(end + 3 * DAY)).file).toBe(taken.file);

    const longAway = await Promise.all([1, 2].map(() => own(taken.certificate.validToDate.getTime() + 99 * DAY)));
    expect(longAway[0]!.file).toBe(longAway[1]!.file);
    expect(longAway[0]!.certificate.validToDate.getTime()).toBeGreaterThan(calendar.time);
  });
});

describe('toward a server', () => {
  let running: Running;
  afterEach(() => running?.stop().catch(() => {}));
  const address = { power: { node: `nsu=${NAMESPACE};s=power` } };
  const begin = (server: TestServer, folder: string, clock?: Clock, options: object = {}): Running => {
    const given = opcua.options.parse({ url: server.url, ...options });
    running = run(opcua.open(given, points(opcua, address)), folder, clock);
    return running;
  };
  const refusal = (one: Running): Promise<Error> =>
    one.ended.then(
      () => new Error('it ended without a refusal'),
      (cause: Error) => cause,
    );
  /** A server whose certificate is made before it starts; `remake` gives it another. */
  async function certified(
    startDate: Date,
    validity: number,
  ): Promise<{ server: TestServer; remake(): Promise<void> }> {
    const folder = temporaryFolder();
    const certificateFile = join(folder, 'server.pem');
    const serverCertificateManager = new OPCUACertificateManager({
      rootFolder: folder,
      automaticallyAcceptUnknownCertificate: true,
      disableFileWatchers: true,
    });
    await serverCertificateManager.initialize();
    const applicationUri = 'urn:test:server';
    const remake = (): Promise<void> =>
      serverCertificateManager.createSelfSignedCertificate({
        ...{ applicationUri, dns: ['localhost'], subject: '/CN=Server', startDate, validity },
        outputFile: certificateFile,
      });
    await remake();
    const serverInfo = { applicationUri };
    const server = await makeOpcuaServer({ serverCertificateManager, certificateFile, serverInfo });
    server.show('power', double(42));
    return { server: { ...server, certificateFile }, remake };
  }

  it('tells what certificates the connection rests on at once, and every day while it lasts', async () => {
    const { server } = await certified(new Date(NOW - DAY), 365);
    await server.start();
    const [folder, calendar] = [temporaryFolder(), new Calendar()];
    begin(server, folder, calendar.clock, { serverCertificate: server.certificateFile });
    await running.next(() => true);
    const told = (): CertificateNotice[] => running.notices.filter((one) => one.event === 'certificate');
    const ours = join(folder, 'own/certs/client_certificate.pem');
    expect(told()).toEqual([
      {
        event: 'certificate',
        whose: 'server',
        thumbprint: printOf(server.certificateFile),
        validTo: expect.any(Number),
      },
      { event: 'certificate', whose: 'ours', thumbprint: printOf(ours), validTo: expect.any(Number), file: ours },
    ]);
    expect(told()[0]!.validTo).toBe(read(server.certificateFile).validToDate.getTime());

    calendar.day(told()[1]!.validTo - 20 * DAY);
    await expect.poll(() => told().length).toBe(5);
    const successor = told()[4]!;
    expect(successor).toMatchObject({ whose: 'successor', thumbprint: printOf(successor.file!) });
    await running.stop();
    await server.kill();
  });

  it('an expired certificate is refused though it is on the list, and said so', async () => {
    const { server } = await certified(new Date(NOW - 400 * DAY), 365);
    await server.start();
    const options = { serverCertificate: server.certificateFile };
    const refused = await refusal(begin(server, temporaryFolder(), realClock(), options));
    expect(refused).toBeInstanceOf(Misconfigured);
    expect(refused.message).toContain('expired or not yet valid');
    expect(refused.message).toContain(printOf(server.certificateFile));
    await server.kill();
  });

  it('a changed certificate is refused with both thumbprints and what to do, and kept for review', async () => {
    const { server, remake } = await certified(new Date(NOW - DAY), 365);
    await server.start();
    const folder = temporaryFolder();
    await begin(server, folder, realClock(), { serverCertificate: server.certificateFile }).next(() => true);
    await running.stop();
    await server.kill();
    const before = printOf(server.certificateFile);
    await remake();
    await server.start();
    const refused = await refusal(begin(server, folder));
    expect(refused).toBeInstanceOf(Misconfigured);
    expect(refused.message).toContain(`another certificate than the one trusted (thumbprint ${before})`);
    expect(refused.message).toContain(`thumbprint ${printOf(server.certificateFile)}`);
    expect(refused.message).toContain(`pertonne trust ${server.url}`);
    expect(running.samples).toEqual([]);
    expect(readdirSync(join(folder, 'rejected')).map((name) => printOf(join(folder, 'rejected', name)))).toEqual([
      printOf(server.certificateFile),
    ]);
    await server.kill();
  });
});

describe.skipIf(!existsSync('/usr/bin/openssl'))(
  'a certificate trusted by its issuer (skipped without openssl)',
  () => {
    const folder = temporaryFolder();
    const file = (name: string): string => join(folder, name);
    const openssl = (...args: string[]): void =>
      void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe', env: { PATH: '/usr/bin' } });
    const pki = file('pki');

    beforeAll(async () => {
      openssl(
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '30',
        '-subj',
        '/CN=Plant CA',
        '-keyout',
        'ca.key',
        '-out',
        'ca.pem',
      );
      openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=PLC', '-keyout', 'plc.key', '-out', 'plc.csr');
      writeFileSync(
        file('plc.ext'),
        'subjectAltName=URI:urn:maker:plc,DNS:plc-7,IP:192.0.2.7\nauthorityKeyIdentifier=keyid\n',
      );
      openssl(
        'x509',
        '-req',
        '-in',
        'plc.csr',
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        '30',
        '-extfile',
        'plc.ext',
        '-out',
        'plc.pem',
      );
      writeFileSync(file('index.txt'), '');
      writeFileSync(
        file('ca.cnf'),
        '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=30\n',
      );
      openssl('ca', '-gencrl', '-config', 'ca.cnf', '-keyfile', 'ca.key', '-cert', 'ca.pem', '-out', 'ca.crl');
      for (const place of ['issuers/certs', 'trusted/certs']) {
        mkdirSync(join(pki, place), { recursive: true });
        copyFileSync(file('ca.pem'), join(pki, place, 'ca.pem'));
      }
      mkdirSync(join(pki, 'issuers/crl'), { recursive: true });
      copyFileSync(file('ca.crl'), join(pki, 'issuers/crl/ca.pem'));
    });

    const check = async (url: string, applicationUri: string): Promise<unknown> => {
      const trust = await openTrust(await library(), pki, undefined);
      try {
        return (await checkServer(trust, { url, applicationUri, certificate: read(file('plc.pem')).raw })).subject;
      } catch (cause) {
        return cause;
      } finally {
        await closeTrust(trust);
      }
    };

    it.each(['opc.tcp://plc-7:4840', 'opc.tcp://192.0.2.7:4840/UA'])('is taken at %s, which it names', async (url) => {
      expect(await check(url, 'urn:maker:plc')).toBe('CN=PLC');
    });

    it.each([
      ['opc.tcp://plc-8:4840', 'urn:maker:plc', 'is not for plc-8'],
      ['opc.tcp://192.0.2.8:4840', 'urn:maker:plc', 'is not for 192.0.2.8'],
      ['opc.tcp://plc-7:4840', 'urn:other', 'is for urn:maker:plc, not for urn:other'],
    ])('is refused at %s, which says that it is %s', async (url, uri, message) => {
      const refused = await check(url, uri);
      expect(refused).toBeInstanceOf(Misconfigured);
      expect((refused as Error).message).toContain(message);
    });
  },
);
