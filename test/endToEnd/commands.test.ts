import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ended, Pertonne, temporaryFolder } from '../support/process.ts';
import { madeUpRecord } from '../support/steel.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const FAULTY = `version: 1
agent: faulty
plant: { path: acme/works }
endpoints:
  - { id: meter, protocol: modbus, host: 127.0.0.1, port: 1 }
tags:
  - { id: ml3_kwh, endpoint: meter, unit: kWh, address: { unitId: 300, register: 1, type: uint32 } }
meters:
  - { id: energy, kind: counter, tag: m3_kwh, quantity: electricity, unit: kWh, maxRate: 100 }
metrics:
  - { id: ratio, unit: kWh/t, numerator: [energy], denominator: [steel] }
`;

describe('commands', () => {
  test('--version and --help answer; nonsense is refused with exit code 2', async () => {
    expect(await ended('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
    expect(await ended('--help')).toMatchObject({ code: 0, out: expect.stringContaining('pertonne demo') });
    expect(await ended('dance')).toMatchObject({ code: 2, err: expect.stringContaining('no command "dance"') });
    expect(await ended('demo', '--speed', '-3')).toMatchObject({ code: 2 });
    expect(await ended('demo', '--fault', 'dead:nobody')).toMatchObject({
      code: 2,
      err: expect.stringContaining('nobody'),
    });
    expect(await ended('demo', '--replay', join(folder.path, 'none.csv'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('no file'),
    });
  });

  test('every fault of a configuration is listed with line and path before any socket opens', async () => {
    const file = join(folder.path, 'faulty.yaml');
    writeFileSync(file, FAULTY);
    for (const args of [
      ['check', file],
      ['run', '-c', file, '--data', join(folder.path, 'never')],
    ]) {
      const { code, err, out } = await ended(...args);
      expect(code).toBe(2);
      expect(err).toContain(`faulty.yaml:9:39 meters[0].tag: no tag named "m3_kwh"; did you mean "ml3_kwh"?`);
      expect(err).toMatch(/faulty\.yaml:7:\d+ tags\[0\]\.address\.unitId: /);
      expect(err).toMatch(/faulty\.yaml:11:\d+ metrics\[0\]\.denominator\[0\]: no meter named "steel"/);
      expect(out).not.toContain('listening');
    }
  });

  test('a taken port and a folder in use are refused in a sentence, with exit code 3', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => taken.once('listening', listening));
    const { port } = taken.address() as { port: number };
    const data = join(folder.path, 'demo');
    const refused = await ended('demo', '--port', String(port), '--data', data);
    expect(refused).toMatchObject({ code: 3, err: `port ${port} is taken; choose another with --port\n` });
    await new Promise((closed) => taken.close(closed));

    const first = new Pertonne('demo', '--port', '0', '--data', data);
    await first.url();
    expect(await ended('demo', '--port', '0', '--data', data)).toMatchObject({
      code: 3,
      err: `another agent works on ${data}\n`,
    });
    expect(await first.kill('SIGTERM')).toBe(0);
  });

  test('SIGTERM and SIGINT end a demo and a plant within five seconds, with exit code 0', async () => {
    const file = join(folder.path, 'record.csv');
    writeFileSync(file, madeUpRecord(1));
    const signals: [NodeJS.Signals, Pertonne][] = [
      ['SIGTERM', new Pertonne('demo', '--port', '0')],
      ['SIGINT', new Pertonne('demo', '--port', '0', '--replay', file, '--speed', 'max')],
    ];
    for (const [signal, demo] of signals) {
      await demo.line({ event: 'endpoint-up' });
      const asked = performance.now();
      expect(await demo.kill(signal)).toBe(0);
      expect(performance.now() - asked).toBeLessThan(5_000);
      expect(demo.lines.at(-1)).toContain('"event":"stopped"');
      expect(demo.stderr).toBe('');
    }
  });

  test('an agent whose PLC cannot be reached runs on, and says which and why', async () => {
    const file = join(folder.path, 'away.yaml');
    writeFileSync(
      file,
      FAULTY.replace('unitId: 300', 'unitId: 3')
        .replace('tag: m3_kwh', 'tag: ml3_kwh')
        .replace('[steel]', '[energy]')
        .replace('kWh/t', '"1"'),
    );
    const agent = new Pertonne('run', '-c', file, '--port', '0', '--data', join(folder.path, 'away'));
    const url = await agent.url();
    const down = await agent.line({ event: 'endpoint-down', endpoint: 'meter' });
    expect(String(down.reason)).toMatch(/ECONNREFUSED|refused/);
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(503);
    expect(JSON.stringify(await ready.json())).toContain('endpoint meter is down');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('pertonne_endpoint_up{endpoint="meter"} 0');
    expect(await agent.kill('SIGTERM')).toBe(0);
  });
});
