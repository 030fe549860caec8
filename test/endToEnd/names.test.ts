import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Pertonne, temporaryFolder } from '../support/process.ts';

/** Runs the agent where its names come from files of the test's own: a mount namespace, which needs root on Linux. */
const MOUNT = 'mount --bind "$0" /etc/hosts && mount --bind "$1" /etc/nsswitch.conf && shift && exec "$@"';
const canMount =
  existsSync('/etc/nsswitch.conf') &&
  spawnSync('unshare', ['--mount', 'mount', '--bind', '/etc/hosts', '/etc/hosts']).status === 0;

const folder = temporaryFolder();
const ends = new AsyncDisposableStack();
afterEach(async () => {
  await ends.disposeAsync();
  folder.remove();
});

/** Counts the connections made to it, and ends them. */
async function door(host: string, port: number): Promise<{ port: number; knocks: () => number; close(): void }> {
  let knocks = 0;
  const server = createServer((socket) => {
    knocks++;
    socket.on('error', () => {}).destroy();
  }).listen(port, host);
  await once(server, 'listening');
  ends.defer(() => void server.close());
  return { port: (server.address() as AddressInfo).port, knocks: () => knocks, close: () => void server.close() };
}

const plantFile = (meter: number, plc: number): string => `
version: 1
agent: named
plant: { path: acme/works, windows: [hour] }
lines:
  - { id: site, kind: site, equipment: site, main: site.power, name: { en: Site, zh: 厂区 } }
endpoints:
  - { id: meter, protocol: modbus, host: device.plant, port: ${meter} }
  - { id: plc, protocol: opcua, url: "opc.tcp://device.plant:${plc}", mode: None }
tags:
  - { id: power, endpoint: meter, unit: kW, address: { register: 0, type: uint16 } }
  - { id: speed, endpoint: plc, unit: m/s, address: { node: "ns=2;s=speed" } }
meters:
  - { id: energy, line: site, kind: gauge, quantity: electricity, unit: kWh, tag: power }
metrics:
  - { id: site.power, line: site, unit: "%", numerator: [{ meter: energy, coefficient: 100, unit: "%" }], denominator: [energy] }
`;

test.skipIf(!canMount)(
  'a name that is not known yet, and one whose address changes, is asked for again at each attempt (skipped without the right to mount)',
  async () => {
    const [hosts, order, plant] = ['hosts', 'nsswitch.conf', 'plant.yaml'].map((name) => join(folder.path, name));
    const [meter, plc] = [await door('127.0.0.1', 0), await door('127.0.0.1', 0)];
    const [meterMoved, plcMoved] = [await door('127.0.0.2', meter.port), await door('127.0.0.2', plc.port)];
    writeFileSync(order!, 'hosts: files\n');
    const names = (address: string | null): void =>
      writeFileSync(hosts!, `127.0.0.1 localhost\n${address === null ? '' : `${address} device.plant\n`}`);
    names(null);
    writeFileSync(plant!, plantFile(meter.port, plc.port));
    class Elsewhere extends Pertonne {
      static override readonly through = ['unshare', '--mount', 'sh', '-c', MOUNT, hosts!, order!];
    }
    const agent = new Elsewhere('run', '-c', plant!, '--port', '0', '--data', folder.path);
    ends.defer(async () => void (await agent.kill('SIGKILL')));
    const url = await agent.url();
    const reasons = async (): Promise<string> => (await fetch(`${url}/readyz`)).text();
    await expect.poll(reasons, { timeout: 60_000 }).toMatch(/meter is down[^"]*device\.plant/);
    await expect.poll(reasons, { timeout: 60_000 }).toMatch(/plc is down[^"]*device\.plant/);

    names('127.0.0.1');
    for (const one of [meter, plc]) await expect.poll(one.knocks, { timeout: 60_000 }).toBeGreaterThan(0);
    expect([meterMoved.knocks(), plcMoved.knocks()]).toEqual([0, 0]);

    names('127.0.0.2');
    for (const one of [meterMoved, plcMoved]) await expect.poll(one.knocks, { timeout: 60_000 }).toBeGreaterThan(0);
  },
);
