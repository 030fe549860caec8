import { on } from 'node:events';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Reload } from '../../agent/reload.ts';
import type { AuditEvent } from '../../agent/store/contract.ts';
import type { AgentFrame } from '../../agent/stream/frames.ts';
import type { LiveValue } from '../../agent/stream/protocol.ts';
import { tcpDevice } from '../drivers/modbusDevice.ts';
import { type PlatformEnd, platformEnd } from '../support/platformEnd.ts';
import { type AgentKit, agentKit, plantClock } from './agentKit.ts';

/** What becomes of a plant file that is changed under a running agent, one change at a time. */

const LONG = { timeout: 30_000, interval: 100 };
let device: Awaited<ReturnType<typeof tcpDevice>>;
let platform: PlatformEnd;
let it: AgentKit;
let text: string;

/** Two registers of a meter that stand still. */
const plant = (port: number): string => `version: 1
agent: line
plant: { path: acme/works, windows: [minute], grace: 1s }
lines:
  - { id: mill, name: { en: Mill, zh: 轧机 }, kind: rolling-mill, equipment: hot/mill, main: share }
endpoints:
  - { id: bus, protocol: modbus, host: 127.0.0.1, port: ${port}, period: 100ms }
tags:
  - { id: kwh, endpoint: bus, unit: kWh, address: { register: 0, type: uint16 } }
  - { id: kw, endpoint: bus, unit: kW, address: { register: 1, type: uint16 } }
meters:
  - { id: energy, line: mill, kind: counter, tag: kwh, scale: 1, quantity: electricity, unit: kWh, maxRate: 40000 }
  - { id: power, line: mill, kind: gauge, tag: kw, quantity: electricity, unit: kWh }
metrics:
  - { id: share, line: mill, unit: "%", numerator: [{ meter: energy, coefficient: 100, unit: "%" }], denominator: [power], limit: { op: "<=", bound: 50 } }
`;

beforeAll(async () => {
  device = await tcpDevice('tcp', ({ unitId, code, start, count }) => [
    ...[unitId, code, 2 * count],
    ...Array.from({ length: count }, (_, i) => [0, 10 + start + i]).flat(),
  ]);
  platform = await platformEnd();
  text = plant(device.port);
  it = await agentKit(text, plantClock(), { unwatched: true });
  await it.agent.allUp;
});
afterAll(async () => {
  await it.close();
  await platform.close();
  await device.close();
});

/** Has the agent take up the plant with these changes. */
async function edited(changes: Record<string, string>): Promise<Reload> {
  writeFileSync(it.file, changedBy(changes));
  return it.agent.reload('signal');
}
const asAtFirst = (): Promise<Reload> => edited({});
const changedBy = (changes: Record<string, string>): string =>
  Object.entries(changes).reduce((before, [from, to]) => {
    expect(before).toContain(from);
    return before.replace(from, to);
  }, text);

const system = async () =>
  (await it.json('/v1/system')) as { configuration: string; reload: object; reasons: string[] };
const records = async (kind: string) =>
  ((await it.json(`/v1/records?kinds=${kind}&limit=1000`)) as { records: { kind: string; body: object }[] }).records;
const metric = async (name: string): Promise<string[]> =>
  (await (await it.get('/metrics')).text()).split('\n').filter((line) => line.startsWith(name));
/** What a reader who comes now is told of it. */
async function live(id: string): Promise<LiveValue | undefined> {
  const socket = new WebSocket(`${it.url.replace('http', 'ws')}/v1/stream`, 'pertonne.v1');
  try {
    socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', id: 'now', live: { everyMs: 1_000 } })));
    for await (const [data] of on(socket, 'message')) {
      const frame = JSON.parse(String(data)) as AgentFrame;
      if (frame.type === 'snapshot') return frame.values.find((value) => value.id === id);
    }
  } finally {
    socket.terminate();
  }
}

describe('a sound change', () => {
  beforeEach(asAtFirst);

  test('of a scale is in force at once, stands in log and audit trail, and its meter counts anew', async () => {
    const { configuration } = await system();
    expect(await edited({ 'scale: 1,': 'scale: 10,' })).toMatchObject({ result: 'applied', waiting: [] });
    const after = await system();
    expect(after.configuration).not.toBe(configuration);
    await vi.waitFor(async () => {
      const told = (await records('config')).at(-1)!;
      expect(told.body).toEqual({
        ...{ before: configuration, after: after.configuration, more: 0, redefined: ['energy'], waiting: [] },
        changes: [{ part: 'meters', id: 'energy', change: 'changed', keys: ['scale'] }],
      });
      expect((await records('meter')).at(-1)!.body).toMatchObject({ meter: 'energy', event: 'redefined' });
    }, LONG);
    await it.restart(async (store) => {
      const events = (await store.auditTrail(0, 1_000)).map(({ text }) => JSON.parse(text) as AuditEvent);
      const own = events.findLast(({ action }) => action === 'config');
      expect(own!.detail).toMatchObject({ cause: 'signal', before: configuration, after: after.configuration });
    });
  });

  test('that adds an endpoint and takes it away again: it is read, and then nothing is left of it', async () => {
    const more = `  - { id: new, protocol: modbus, host: localhost, port: ${device.port} }\ntags:\n  - { id: new.kwh, endpoint: new, unit: kWh, address: { register: 5, type: uint16 } }`;
    const before = device.sockets.size;
    expect(await edited({ 'tags:': more })).toMatchObject({ result: 'applied' });
    await vi.waitFor(async () => expect(await live('new.kwh')).toMatchObject({ value: 15, statusCode: 'good' }), LONG);
    expect(await metric('pertonne_endpoint_up{endpoint="new"}')).toEqual(['pertonne_endpoint_up{endpoint="new"} 1']);
    expect(await edited({})).toMatchObject({ result: 'applied' });
    await vi.waitFor(async () => expect(device.sockets.size).toBe(before), LONG);
    expect(await live('new')).toBeUndefined();
    expect(await live('new.kwh')).toBeUndefined();
    expect((await metric('pertonne_')).filter((line) => line.includes('endpoint="new"'))).toEqual([]);
    expect(JSON.stringify(await it.json('/v1/plant'))).not.toContain('new.kwh');
  });

  test('of the tags of an endpoint is taken up on its connection; history is there for what is read now', async () => {
    const [socket] = device.sockets;
    expect(await edited({ 'id: kw, endpoint': 'id: other, endpoint', 'tag: kw,': 'tag: other,' })).toMatchObject({
      result: 'applied',
    });
    await vi.waitFor(async () => expect(await live('other')).toMatchObject({ value: 11, statusCode: 'good' }), LONG);
    expect((await it.get('/v1/tags/other/history')).status).toBe(200);
    expect((await it.get('/v1/tags/kw/history')).status).toBe(404);
    expect(await live('kw')).toBeUndefined();
    expect([...device.sockets]).toEqual([socket]);
  });

  test('of a platform connects to it, and parts from it when it is gone', async () => {
    const platforms = `platforms:\n  - { id: office, url: "ws://127.0.0.1:${platform.port}/agents" }\nmeters:`;
    expect(await edited({ 'meters:': platforms })).toMatchObject({ result: 'applied' });
    await vi.waitFor(async () => expect(await live('office')).toMatchObject({ value: 1 }), LONG);
    expect(await edited({})).toMatchObject({ result: 'applied' });
    await vi.waitFor(() => expect(platform.sockets.size).toBe(0), LONG);
    expect(await live('office')).toBeUndefined();
    expect((await metric('pertonne_platform')).filter((line) => line.includes('office'))).toEqual([]);
  });

  test('of how long records are kept, of a limit, and of nothing at all', async () => {
    expect(await edited({ 'endpoints:': 'store: { keep: 10d }\nendpoints:', 'bound: 50': 'bound: 40' })).toMatchObject({
      result: 'applied',
    });
    expect(JSON.stringify(await it.json('/v1/plant'))).toContain('"bound":40');
    await vi.waitFor(
      async () =>
        expect((await records('config')).at(-1)!.body).toMatchObject({
          changes: [
            { part: 'metrics', id: 'share', keys: ['limit'] },
            { part: 'settings', id: 'store.keep', change: 'changed' },
          ],
          redefined: [],
        }),
      LONG,
    );
    expect(
      await edited({ 'endpoints:': '# said otherwise\nstore: { keep: 10d }\nendpoints:', 'bound: 50': 'bound: 40' }),
    ).toMatchObject({ result: 'unchanged' });
  });
});

describe('what only a new start takes up', () => {
  beforeEach(asAtFirst);

  test('is left and told, and the rest of the file is taken up', async () => {
    const changes = { 'endpoints:': 'http: { port: 9999 }\nendpoints:', 'bound: 50': 'bound: 30' };
    expect(await edited(changes)).toMatchObject({ result: 'applied', waiting: ['http.port'] });
    expect(JSON.stringify(await it.json('/v1/plant'))).toContain('"bound":30');
    expect(await edited(changes)).toMatchObject({ result: 'waiting', waiting: ['http.port'] });
    expect((await system()).reasons).toContain('the plant file waits for a new start: http.port');
  });

  test('of the calendar leaves the whole file: figures would rest on the one and on the other', async () => {
    const { configuration } = await system();
    const changes = { 'grace: 1s': 'grace: 1s, timeZone: Europe/Berlin', 'bound: 50': 'bound: 20' };
    expect(await edited(changes)).toMatchObject({ result: 'waiting', waiting: ['plant.calendar.timeZone'] });
    expect(await system()).toMatchObject({ configuration, reload: { result: 'waiting' } });
  });
});

describe('a faulty file', () => {
  beforeEach(asAtFirst);

  test('is refused with every fault and its place, and the one before runs on', async () => {
    const { configuration } = await system();
    const [before] = await metric('pertonne_config_reloads_total{result="refused"}');
    const refused = await edited({ 'unit: "%"': 'unit: kWh', 'tag: kwh': 'tag: kwk' });
    expect(refused).toMatchObject({ result: 'refused' });
    expect(refused.faults.length).toBeGreaterThan(1);
    expect(refused.faults[0]).toMatch(/plant\.yaml:12:\d+ meters\[0\]\.tag: .*did you mean "kwh"/);
    expect(await system()).toMatchObject({
      configuration,
      reload: { cause: 'signal', result: 'refused', faults: refused.faults },
    });
    expect(await it.json('/readyz')).toMatchObject({
      ready: true,
      reasons: [expect.stringContaining('the one before runs on')],
    });
    expect(await metric('pertonne_config_reloads_total{result="refused"}')).not.toEqual([before]);
    expect(await live('kwh')).toMatchObject({ statusCode: 'good' });
    await edited({});
    expect((await system()).reasons).toEqual([]);
  });
});

describe('a file at which the agent looks itself', () => {
  beforeAll(async () => {
    await it.close();
    it = await agentKit(text);
  });
  const seen = (reload: object) => vi.waitFor(async () => expect(await system()).toMatchObject({ reload }), LONG);

  test('that an editor is still writing is refused at most until it is whole; nobody needs to ask for it', async () => {
    const whole = changedBy({ 'bound: 50': 'bound: 45' });
    writeFileSync(it.file, whole.slice(0, whole.indexOf('metrics:') - 20));
    await seen({ cause: 'file', result: 'refused' });
    writeFileSync(it.file, whole);
    await seen({ cause: 'file', result: 'applied', faults: [] });
    expect(JSON.stringify(await it.json('/v1/plant'))).toContain('"bound":45');
  });

  test('that is gone is refused; one that takes its place by another name is taken', async () => {
    rmSync(it.file);
    await seen({ cause: 'file', result: 'refused', faults: [expect.stringContaining('plant.yaml')] });
    writeFileSync(`${it.file}.new`, changedBy({ 'bound: 50': 'bound: 44' }));
    renameSync(`${it.file}.new`, it.file);
    await seen({ cause: 'file', result: 'applied' });
  });

  const beside = (name: string): string => join(dirname(it.file), name);

  test('that was not there is taken up when a pattern of include fits it, its folder being new too, and left when it is gone again', async () => {
    const include = { 'agent: line': 'agent: line\ninclude: [more/*.yaml]' };
    expect(await edited(include)).toMatchObject({
      result: 'refused',
      faults: [expect.stringContaining('more/*.yaml')],
    });
    mkdirSync(beside('more'));
    writeFileSync(
      beside('more/a.yaml'),
      'tags:\n  - { id: more.a, endpoint: bus, unit: kWh, address: { register: 6, type: uint16 } }\n',
    );
    await seen({ cause: 'file', result: 'applied' });
    await vi.waitFor(async () => expect(await live('more.a')).toMatchObject({ value: 16, statusCode: 'good' }), LONG);
    writeFileSync(
      beside('more/b.yaml'),
      'tags:\n  - { id: more.b, endpoint: bus, unit: kWh, address: { register: 7, type: uint16 } }\n',
    );
    await vi.waitFor(async () => expect(await live('more.b')).toMatchObject({ value: 17, statusCode: 'good' }), LONG);
    rmSync(beside('more/b.yaml'));
    await vi.waitFor(async () => expect(await live('more.b')).toBeUndefined(), LONG);
  });

  test('that was not there is taken up when it is a profile that the plant file names', async () => {
    const named = { 'unit: kW, address: { register: 1, type: uint16 }': 'address: { profile: own, point: power }' };
    expect(await edited(named)).toMatchObject({ result: 'refused', faults: [expect.stringContaining('own')] });
    mkdirSync(beside('profiles'));
    writeFileSync(
      beside('profiles/own.yaml'),
      'maker: Own\nmodel: One\nmanual: none\nprotocol: modbus\npoints:\n  power: { register: 8, type: uint16, unit: kW }\n',
    );
    await seen({ cause: 'file', result: 'applied' });
    await vi.waitFor(async () => expect(await live('kw')).toMatchObject({ value: 18, statusCode: 'good' }), LONG);
  });
});
