import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MessageSecurityMode, SecurityPolicy } from 'node-opcua';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { double, makeOpcuaServer, NAMESPACE, type TestServer } from '../drivers/opcuaServer.ts';
import { recordOutput } from '../support/logs.ts';
import { ended, Pertonne, temporaryFolder } from '../support/process.ts';

let server: TestServer;
let certificate: X509Certificate;
let print: string;
let folder: ReturnType<typeof temporaryFolder>;

beforeAll(async () => {
  server = await makeOpcuaServer();
  server.show('power', double(42));
  await server.start();
  certificate = new X509Certificate(readFileSync(server.certificateFile));
  print = certificate.fingerprint.replaceAll(':', '');
});
afterAll(() => server.kill());
beforeEach(() => {
  folder = temporaryFolder();
  return () => folder.remove();
});

const trust = (...args: string[]) => ended('trust', ...args, '--data', folder.path);

describe('pertonne trust', () => {
  test('lists nothing where nothing is kept', async () => {
    expect(await trust()).toMatchObject({ code: 0, out: 'ours: none\ntrusted: none\nrejected: none', err: '' });
  });

  test('shows a server’s certificate, and accepts it by nothing but its whole thumbprint', async () => {
    const shown = await trust(server.url);
    expect(shown).toMatchObject({ code: 3, err: expect.stringContaining('--accept THUMBPRINT') });
    for (const part of [print, certificate.fingerprint256.replaceAll(':', ''), 'CN=NodeOPCUA', 'urn:', ' to 20'])
      expect(shown.out).toContain(part);

    expect(await trust(server.url, '--accept', 'A'.repeat(40))).toMatchObject({
      code: 3,
      err: expect.stringContaining('nothing was accepted'),
    });
    expect(await trust(server.url, '--accept', print.slice(0, 8))).toMatchObject({
      code: 2,
      err: expect.stringContaining('a whole thumbprint'),
    });
    expect((await trust()).out).toContain('trusted: none');

    const accepted = await trust(server.url, '--accept', certificate.fingerprint256.toLowerCase());
    expect(accepted).toMatchObject({ code: 0, out: expect.stringContaining('Trusted. A running agent') });
    expect((await trust()).out).toMatch(new RegExp(`trusted: .*\\n  SHA-1 +${print}`));
    expect((await trust(server.url)).out).toContain('It is trusted already.');

    expect(await trust('--remove', print)).toMatchObject({ code: 0, out: expect.stringContaining('removed: ') });
    expect((await trust()).out).toContain('trusted: none');
    expect(await trust('--remove', print)).toMatchObject({ code: 2, err: expect.stringContaining('no certificate') });
  });

  test('a running agent takes what is accepted at its next try; its other endpoints do not mind meanwhile', async () => {
    const file = join(folder.path, 'plant.yaml');
    writeFileSync(file, PLANT.replaceAll('URL', server.url));
    const agent = new Pertonne('run', '-c', file, '--port', '0', '--data', folder.path);
    const down = await agent.line({ event: 'endpoint-down', endpoint: 'plc' });
    expect(down.reason).toContain(`thumbprint ${print}`);
    expect(down.reason).toContain(`pertonne trust ${server.url}`);
    await agent.line({ event: 'endpoint-up', endpoint: 'open' });
    await agent.line({ event: 'endpoint-insecure', endpoint: 'open', level: 40 });
    expect((await trust()).out).toMatch(new RegExp(`rejected: .*\\n  SHA-1 +${print}`));
    expect(await trust('--accept', print)).toMatchObject({ code: 0 });
    await agent.line({ event: 'endpoint-up', endpoint: 'plc' });
    expect(await agent.kill('SIGTERM')).toBe(0);
    expect(agent.lines.join('\n')).not.toContain('PRIVATE KEY');
    expect(agent.lines.filter((line) => line.includes('"endpoint-down","endpoint":"open"'))).toEqual([]);
  });

  test('a server without certificate, one that is away and nonsense are said in a sentence', async () => {
    const none = await makeOpcuaServer({
      securityModes: [MessageSecurityMode.None],
      securityPolicies: [SecurityPolicy.None],
    });
    await none.start();
    const offered = await trust(none.url);
    await none.kill();
    expect(offered.code).toBe(3);
    expect(await trust(none.url)).toMatchObject({ code: 3, err: expect.stringContaining(none.url) });
    expect(await trust('http://plc')).toMatchObject({ code: 2, err: expect.stringContaining('opc.tcp://') });
    expect(await trust('--remove', print, '--accept', print)).toMatchObject({ code: 2 });
  });
});

describe.skipIf(!existsSync('/usr/bin/script'))('on a terminal (skipped without script of util-linux)', () => {
  const answered = (answer: string): Promise<{ code: number | null; out: string }> =>
    new Promise((resolve) => {
      const main = join(import.meta.dirname, '../../agent/main.ts');
      const command = `"${process.execPath}" "${main}" trust ${server.url} --data "${folder.path}"`;
      const terminal = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
      let out = '';
      terminal.stdout.on('data', (chunk: Buffer) => {
        out += chunk;
        recordOutput(String(chunk));
        if (out.includes('(yes/no)?')) terminal.stdin.end(`${answer}\n`);
      });
      terminal.once('close', (code) => resolve({ code, out }));
    });

  test('it asks, and only yes is yes', async () => {
    const refused = await answered('y');
    expect(refused).toMatchObject({ code: 3, out: expect.stringContaining(print) });
    expect((await trust()).out).toContain('trusted: none');
    expect(await answered('yes')).toMatchObject({ code: 0, out: expect.stringContaining('Trusted.') });
    expect((await trust()).out).not.toContain('trusted: none');
  });
});

const PLANT = `version: 1
agent: trusting
plant: { path: acme/works }
endpoints:
  - { id: plc, protocol: opcua, url: "URL" }
  - { id: open, protocol: opcua, url: "URL", mode: None }
tags:
  - { id: power, endpoint: plc, unit: kW, address: { node: "nsu=${NAMESPACE};s=power" } }
  - { id: beside, endpoint: open, unit: kW, address: { node: "nsu=${NAMESPACE};s=power" } }
meters:
  - { id: energy, kind: gauge, tag: power, quantity: electricity, unit: kWh }
metrics:
  - { id: ratio, unit: "1", numerator: [energy], denominator: [energy] }
`;
