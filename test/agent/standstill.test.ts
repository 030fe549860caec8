import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Told } from '../soak/devices.ts';
import { type AgentKit, agentKit } from './agentKit.ts';

let kit: AgentKit;
let devices: ChildProcess;
afterEach(async () => {
  await kit.close();
  devices.disconnect();
});

const STALL = 2_000;
const plant = (port: number): string => `
version: 1
agent: stalled
plant: { path: acme/works, windows: [hour] }
lines:
  - { id: site, kind: site, equipment: site, main: site.power, name: { en: Site, zh: 厂区 } }
endpoints:
  - { id: feeder, protocol: modbus, host: 127.0.0.1, port: ${port}, period: 200ms, timeout: 1s }
tags:
  - { id: power, endpoint: feeder, unit: kW, address: { register: 0, type: uint16 } }
meters:
  - { id: energy, line: site, kind: gauge, quantity: electricity, unit: kWh, tag: power }
metrics:
  - { id: site.power, line: site, unit: "%", numerator: [{ meter: energy, coefficient: 100, unit: "%" }], denominator: [energy] }
`;

test('an event loop blocked for two seconds is counted and shown, and no device is given up for it', async () => {
  devices = fork(join(import.meta.dirname, '../soak/devices.ts'), ['1', '200', '0']);
  const [{ ports }] = (await once(devices, 'message')) as [Told];
  kit = await agentKit(plant(ports![0]!));
  const figure = async (name: string): Promise<number> =>
    Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'm').exec(await (await kit.get('/metrics')).text())?.[1] ?? 0);
  await kit.agent.allUp;
  await expect.poll(() => figure('pertonne_values_good_total'), { timeout: 30_000 }).toBeGreaterThan(3);
  const [missed, stood] = [await figure('pertonne_polls_missed_total'), await figure('pertonne_standstills_total')];

  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL);

  await expect.poll(() => figure('pertonne_standstills_total'), { timeout: 30_000 }).toBeGreaterThan(stood);
  expect(await figure('pertonne_standstill_seconds_total')).toBeGreaterThan((STALL - 600) / 1_000);
  const good = await figure('pertonne_values_good_total');
  await expect.poll(() => figure('pertonne_values_good_total'), { timeout: 30_000 }).toBeGreaterThan(good + 3);
  // Of the ten that fell due meanwhile one may have begun before, and one is made up for at once.
  expect(await figure('pertonne_polls_missed_total')).toBeGreaterThanOrEqual(missed + 7);
  const bad = /^pertonne_samples_total{endpoint="feeder",status="bad"}/m;
  expect(await (await kit.get('/metrics')).text()).not.toMatch(bad);
});
