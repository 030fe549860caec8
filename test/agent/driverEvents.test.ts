import { afterEach, expect, test } from 'vitest';
import { answer, exception, rawPeer } from '../drivers/modbusPeer.ts';
import { type AgentKit, agentKit } from './agentKit.ts';

const peer = rawPeer();
let kit: AgentKit;
afterEach(() => kit.close());

const plant = (port: number): string => `
version: 1
agent: busy
plant: { path: acme/works, windows: [hour] }
lines:
  - { id: site, kind: site, equipment: site, main: site.power, name: { en: Site, zh: 厂区 } }
endpoints:
  - { id: feeder, protocol: modbus, host: 127.0.0.1, port: ${port}, period: 100ms, units: { 2: { timeout: 20ms } } }
tags:
  - { id: power, endpoint: feeder, unit: kW, address: { unitId: 1, register: 0, type: uint16 } }
  - { id: slow, endpoint: feeder, unit: kW, address: { unitId: 2, register: 0, type: uint16 } }
meters:
  - { id: energy, line: site, kind: gauge, quantity: electricity, unit: kWh, tag: power }
metrics:
  - { id: site.power, line: site, unit: "%", numerator: [{ meter: energy, coefficient: 100, unit: "%" }], denominator: [energy] }
`;

test('busy replies that were asked again and answers that came too late are at /metrics, by endpoint', async () => {
  let busy = 0;
  peer.replies((request, socket) => {
    if (request.unitId === 2) setTimeout(() => socket.write(answer(request)), 200);
    else socket.write(busy++ % 2 === 0 ? exception(request, 6) : answer(request));
  });
  kit = await agentKit(plant(peer.port()));
  const shown = async (): Promise<string> => (await kit.get('/metrics')).text();
  for (const event of ['busy-retry', 'late-answer']) {
    const counted = new RegExp(`^pertonne_driver_events_total{endpoint="feeder",event="${event}"} [1-9]`, 'm');
    await expect.poll(shown, { timeout: 30_000 }).toMatch(counted);
  }
});
