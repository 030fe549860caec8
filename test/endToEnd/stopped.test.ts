import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { realClock } from '../../agent/clock.ts';
import { fromWire } from '../../agent/wire.ts';
import { tcpDevice } from '../drivers/modbusDevice.ts';
import { Pertonne, temporaryFolder } from '../support/process.ts';
import { finals, readUntil } from '../support/reading.ts';

/** Plant time runs so fast that four minutes of it are some seconds of the test's. */
const SPEED = 60;
const STOPPED = 4_000;
const PERIOD = 5_000;
const FROM = Date.parse('2026-03-02T08:00:00Z');
/** kWh in an hour. */
const POWER = 3_600;

const folder = temporaryFolder();
const ends = new AsyncDisposableStack();
afterEach(async () => {
  await ends.disposeAsync();
  folder.remove();
});

const plantFile = (port: number, at: number): string => `
version: 1
agent: stopped
plant: { path: acme/works, timeZone: UTC, windows: [minute] }
clock: { speed: ${SPEED}, from: "${new Date(FROM).toISOString()}", at: "${new Date(at).toISOString()}" }
lines:
  - { id: site, kind: site, equipment: site, main: site.energy, name: { en: Site, zh: 厂区 } }
endpoints:
  - { id: feeder, protocol: modbus, host: 127.0.0.1, port: ${port}, period: ${PERIOD}ms, timeout: 1s }
tags:
  - { id: register, endpoint: feeder, unit: Wh, address: { register: 0, type: uint32 } }
meters:
  - { id: energy, line: site, kind: counter, quantity: electricity, unit: kWh, tag: register, scale: 0.001, maxRate: 10000 }
metrics:
  - { id: site.energy, line: site, unit: "%", numerator: [{ meter: energy, coefficient: 100, unit: "%" }], denominator: [energy] }
`;

test('an agent stopped for four minutes and continued polls no more than before, gives no device up, and calls the gap one', async () => {
  const at = Date.now();
  const asked: number[] = [];
  let [connections, atRequest] = [0, (): void => {}];
  const device = await tcpDevice('tcp', ({ unitId, code }) => {
    asked.push(Date.now());
    atRequest();
    const count = Buffer.alloc(4);
    count.writeUInt32BE(Math.floor(((Date.now() - at) * SPEED * POWER) / 3_600));
    return [unitId, code, 4, ...count];
  });
  ends.defer(device.close);
  writeFileSync(join(folder.path, 'plant.yaml'), plantFile(device.port, at));
  const agent = new Pertonne('run', '-c', join(folder.path, 'plant.yaml'), '--port', '0', '--data', folder.path);
  ends.defer(async () => void (await agent.kill('SIGKILL')));
  const url = await agent.url();
  await agent.line({ event: 'endpoint-up', endpoint: 'feeder' });
  connections = device.sockets.size;
  await realClock().delay(2_000);

  // In the middle of a request: its answer comes while nobody is there to take it.
  await new Promise<void>((resolve) => {
    atRequest = resolve;
  });
  agent.signal('SIGSTOP');
  const stoppedAt = Date.now();
  await realClock().delay(STOPPED);
  const before = asked.length;
  agent.signal('SIGCONT');
  const continuedAt = Date.now();
  await expect.poll(() => asked.length, { timeout: 30_000 }).toBeGreaterThan(before + 20);

  const periods = (asked.at(-1)! - continuedAt) / (PERIOD / SPEED);
  expect(asked.length - before, 'no more polls than periods since').toBeLessThan(periods + 3);
  expect(device.sockets.size).toBe(connections);
  expect(agent.lines.filter((line) => line.includes('endpoint-down'))).toEqual([]);
  await agent.line({ event: 'standstill' });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  // Those that fell due while a request was under way are overruns.
  const skipped = [...metrics.matchAll(/^pertonne_polls?_(?:missed|overruns)_total\S* (\d+)/gm)];
  const sum = skipped.reduce((all, [, count]) => all + Number(count), 0);
  expect(sum).toBeGreaterThan((0.8 * STOPPED * SPEED) / PERIOD);

  const inPlant = (real: number): number => FROM + (real - at) * SPEED;
  const inside = (start: string): boolean =>
    fromWire(start) > inPlant(stoppedAt) && fromWire(start) + 60_000 < inPlant(continuedAt);
  const lines = await readUntil(url, {}, (some) =>
    some.some(({ body }) => body.window !== undefined && fromWire(body.window.start) > inPlant(continuedAt)),
  );
  const gap = [...finals(lines, 'site.energy', 'minute').values()].filter(({ window }) => inside(window.start));
  expect(gap.length).toBeGreaterThan(0);
  for (const { amounts, statusCode, coverage } of gap) {
    expect(statusCode).toBe('uncertain');
    expect(amounts[0]!.flags).toContain('estimated');
    expect(amounts[0]!.value).toBeCloseTo(POWER / 60, 0);
    expect(coverage.known).toBeCloseTo(1, 9);
    expect(coverage.measured).toBeCloseTo(0, 9);
  }
  expect(device.sockets.size).toBe(connections);
});
