import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Agent, startAgent } from '../../agent/agent.ts';
import { lockStepClock } from '../../agent/clock.ts';
import { openStore } from '../../agent/store/open.ts';
import { wireTimeOf } from '../../agent/wire.ts';
import { describeFaults, loadConfig } from '../../config/load.ts';
import type { Clock, Pacer } from '../../drivers/driver.ts';
import { type Answer, tcpDevice } from '../drivers/modbusDevice.ts';
import { growthSince, handles } from '../support/handles.ts';
import { recordedLog } from '../support/logs.ts';
import { temporaryFolder } from '../support/process.ts';
import { type CountingServer, countingServer, nodeOf } from './countingServer.ts';

/** A hundred edits of a plant file, sound and faulty, while devices and a server are polled and report: what they do not concern misses nothing. */

const EDITS = 100;
const WARM_UP = 20;
/** Edits from one piece on the server's scale to the next: each is waited for. */
const PER_PIECE = 4;
const S = 1_000;
const T = Date.parse('2026-11-23T02:00:00Z');

/** What is edited; the tags of a, b and the server o and their meters are in each plant, and always the same. */
interface Plan {
  /** Further tags of the device a, by how often they are read. */
  readonly further: readonly ('1s' | '2s' | null)[];
  /** How another tag of the server is read. */
  readonly node: 'poll' | 'subscribe' | null;
  readonly timeout: number;
  readonly third: boolean;
  readonly scale: number;
  readonly bound: number | null;
  readonly keep: number;
  readonly grace: number;
  readonly hours: boolean;
}
const plans: fc.Arbitrary<Plan> = fc.record({
  further: fc.array(fc.constantFrom('1s' as const, '2s' as const, null), { minLength: 3, maxLength: 3 }),
  node: fc.constantFrom('poll' as const, 'subscribe' as const, null),
  timeout: fc.constantFrom(500, 600),
  third: fc.boolean(),
  scale: fc.constantFrom(1, 10),
  bound: fc.option(fc.constantFrom(1, 2)),
  keep: fc.integer({ min: 10, max: 20 }),
  grace: fc.constantFrom(4, 5),
  hours: fc.boolean(),
});
const BASE: Plan = {
  further: [null, null, null],
  node: null,
  timeout: 500,
  third: false,
  scale: 1,
  bound: null,
  keep: 10,
  grace: 5,
  hours: false,
};

function textOf({ further, node, timeout, third, scale, bound, keep, grace, hours }: Plan): string {
  const [a, b, c] = devices.map(({ port }) => port);
  const more = further.flatMap((period, n) => (period ? [{ n, period }] : []));
  return `version: 1
agent: line
plant: { path: acme/works, windows: [minute${hours ? ', hour' : ''}], grace: ${grace}s }
store: { keep: ${keep}d }
endpoints:
  - { id: a, protocol: modbus, host: 127.0.0.1, port: ${a} }
  - { id: b, protocol: modbus, host: 127.0.0.1, port: ${b} }
  - { id: c, protocol: modbus, host: 127.0.0.1, port: ${c}, timeout: ${timeout}ms }
  - { id: o, protocol: opcua, url: "${server.url}", serverCertificate: "${server.certificateFile}", publishingInterval: 50ms }
${third ? `  - { id: d, protocol: modbus, host: localhost, port: ${c} }\n` : ''}tags:
  - { id: a.kwh, endpoint: a, unit: kWh, address: { unitId: 1, register: 0, type: uint32 } }
${more.map(({ n, period }) => `  - { id: a.more-${n}, endpoint: a, unit: kWh, period: ${period}, address: { unitId: 1, register: ${10 + 2 * n}, type: uint32 } }\n`).join('')}${third ? '  - { id: d.kwh, endpoint: d, unit: kWh, address: { unitId: 3, register: 0, type: uint32 } }\n' : ''}  - { id: b.kwh, endpoint: b, unit: kWh, address: { unitId: 1, register: 0, type: uint32 } }
  - { id: c.kwh, endpoint: c, unit: kWh, address: { unitId: 2, register: 0, type: uint32 } }
  - { id: o.kwh, endpoint: o, unit: kWh, address: { node: "${nodeOf('kwh')}" } }
  - { id: o.piece, endpoint: o, unit: "1", address: { node: "${nodeOf('piece')}", acquisition: subscribe, samplingInterval: 20ms, queueSize: 100 } }
${node ? `  - { id: o.more, endpoint: o, unit: kWh, address: { node: "${nodeOf('more')}", acquisition: ${node} } }\n` : ''}meters:
  - { id: a, kind: counter, tag: a.kwh, quantity: electricity, unit: kWh, maxRate: 40000 }
  - { id: b, kind: counter, tag: b.kwh, quantity: electricity, unit: kWh, maxRate: 40000 }
  - { id: o, kind: counter, tag: o.kwh, quantity: electricity, unit: kWh, maxRate: 40000 }
  - { id: c, kind: counter, tag: c.kwh, scale: ${scale}, quantity: electricity, unit: kWh, maxRate: 400000 }
${bound === null ? '' : `metrics:\n  - { id: share, unit: "%", numerator: [{ meter: a, coefficient: 100, unit: "%" }], denominator: [c], limit: { op: "<=", bound: ${bound} } }\n`}`;
}

type Fault = (text: string) => string | null;
const FAULTS: readonly [string, Fault][] = [
  ['an unknown key', (text) => text.replace('agent: line', 'agent: line\nagnet: line')],
  [
    'a tag twice',
    (text) =>
      text.replace(
        'meters:',
        '  - { id: a.kwh, endpoint: b, unit: kWh, address: { register: 4, type: uint32 } }\nmeters:',
      ),
  ],
  ['a tag of nowhere', (text) => text.replace('endpoint: b,', 'endpoint: nowhere,')],
  [
    'units that do not fit',
    (text) =>
      text.replace(
        'id: b, kind: counter, tag: b.kwh, quantity: electricity, unit: kWh',
        'id: b, kind: counter, tag: b.kwh, quantity: electricity, unit: m3',
      ),
  ],
  ['half of it', (text) => text.slice(0, text.length / 2)],
  ['nothing', () => ''],
  ['no file', () => null],
  ['bombs', (text) => `${text}x: &x [a]\ny: [*x, *x]\n__proto__: { polluted: true }\n`],
];
const edits = fc.oneof(
  { weight: 2, arbitrary: plans.map((plan) => ({ plan })) },
  { weight: 1, arbitrary: fc.nat({ max: FAULTS.length - 1 }).map((fault) => ({ fault })) },
);

type Device = Awaited<ReturnType<typeof meterDevice>>;

/** A device that counts a kilowatt-hour a second, and how often each of its units is asked for its first register. */
async function meterDevice(now: () => number) {
  const asked = new Map<number, number>();
  const answer: Answer = ({ unitId, code, start, count }) => {
    if (start === 0) asked.set(unitId, (asked.get(unitId) ?? 0) + 1);
    const seconds = Math.floor((now() - T) / S);
    const words = Array.from({ length: count }, (_, i) => ((start + i) % 2 === 0 ? seconds >>> 16 : seconds & 0xffff));
    return [unitId, code, 2 * count, ...words.flatMap((word) => [word >> 8, word & 0xff])];
  };
  return { ...(await tcpDevice('tcp', answer)), asked };
}

const folder = temporaryFolder();
const file = join(folder.path, 'plant.yaml');
const dataFolder = join(folder.path, 'data');
const record = join(folder.path, 'record.jsonl');
const warnings: Error[] = [];
const warn = (warning: Error): void => void warnings.push(warning);
let clock: Clock;
let pacer: Pacer;
let agent: Agent;
let devices: Device[];
let server: CountingServer;
let second = 0;

/** So many seconds of plant time, in each of which all is polled. */
async function pass(seconds: number): Promise<void> {
  second += seconds;
  await pacer.until(T + second * S + S / 2);
}

beforeAll(async () => {
  process.on('warning', warn);
  mkdirSync(dataFolder);
  clock = lockStepClock(T, T + 86_400_000);
  devices = await Promise.all([1, 2, 3].map(() => meterDevice(clock.now)));
  server = await countingServer(T, clock.now);
  writeFileSync(file, textOf(BASE));
  const loaded = await loadConfig(file);
  if ('faults' in loaded) throw new Error(describeFaults(loaded.faults));
  // Read when the test says so, not when it is seen that the file has changed.
  const unwatched = { files: [], places: [] };
  const source = { ...unwatched, read: async () => ({ ...(await loadConfig(file)), ...unwatched }) };
  agent = await startAgent({
    ...{ config: loaded.config, source, clock, dataFolder, log: recordedLog() },
    ...{ port: 0, speed: null, simulated: false, record },
  });
  pacer = clock.pacer();
  await agent.allUp;
  await pass(1);
});
afterAll(async () => {
  pacer?.leave();
  await agent?.stop('shutdown');
  await Promise.all([server?.kill(), ...devices.map((device) => device.close())]);
  process.off('warning', warn);
  folder.remove();
});

/** Writes what an edit makes of the file, and has it read. */
async function take(edit: { plan: Plan } | { fault: number }, last: Plan) {
  const text = 'plan' in edit ? textOf(edit.plan) : FAULTS[edit.fault]![1](textOf(last));
  if (text === null) rmSync(file);
  else writeFileSync(file, text);
  return agent.reload('file');
}

/** How often what is never edited was asked for. */
const asked = () => ({ a: devices[0]!.asked.get(1)!, b: devices[1]!.asked.get(1)!, o: server.asked() });

/** The pieces that the agent was told of, in their order. */
const pieces = (): number[] =>
  readFileSync(record, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"tag":"o.piece"'))
    .map((line) => JSON.parse(line).value);

test(`${EDITS} edits of the plant file cost what they do not concern no poll, no connection and no kilowatt-hour`, {
  timeout: 240_000,
}, async () => {
  const all = fc.sample(edits, { numRuns: EDITS, seed: Number(process.env.PROPERTY_SEED ?? 0) });
  const sockets = (): number[] => devices.map((device) => device.sockets.size);
  const results = new Map<string, number>();
  let [last, before] = [BASE, handles()];
  const [a, b] = devices as [Device, Device];
  const [began, subscriptions] = [{ second, ...asked() }, server.subscriptions()];
  const kept = [a, b].map((device) => [...device.sockets][0]!);
  for (const [index, edit] of all.entries()) {
    const piece = Math.floor(index / PER_PIECE) + 1;
    server.piece(piece);
    const { result, faults } = await take(edit, last);
    results.set(result, (results.get(result) ?? 0) + 1);
    if ('plan' in edit) {
      expect({ result, faults }).toEqual({ result: expect.stringMatching(/applied|unchanged/), faults: [] });
      last = edit.plan;
    } else {
      expect({ of: FAULTS[edit.fault]![0], result }).toEqual({ of: FAULTS[edit.fault]![0], result: 'refused' });
      expect(faults.length).toBeGreaterThan(0);
    }
    await expect.poll(pieces, { interval: 10 }).toContain(piece);
    await pass(1 + ((7 * index) % 30));
    if (index === WARM_UP) {
      await take({ plan: BASE }, last);
      await pass(3);
      before = handles();
    }
  }
  await take({ plan: BASE }, last);
  await pass(3);
  expect(results.get('refused')).toBeGreaterThan(EDITS / 5);
  expect(results.get('applied')).toBeGreaterThan(EDITS / 3);

  const polls = second - began.second;
  const { a: ofA, b: ofB, o: ofO } = asked();
  expect({ a: ofA - began.a, b: ofB - began.b, o: ofO - began.o }).toEqual({ a: polls, b: polls, o: polls });
  expect(pieces()).toEqual(Array.from({ length: EDITS / PER_PIECE + 1 }, (_, piece) => piece));
  expect(server.subscriptions()).toEqual(expect.arrayContaining(subscriptions));
  expect(server.sessions()).toBe(1);
  for (const socket of kept) expect(socket.destroyed).toBe(false);
  await expect.poll(sockets).toEqual([1, 1, 1]);
  expect(await growthSince(before, 3)).toEqual({});
  expect(warnings).toEqual([]);
  expect(await (await fetch(`${agent.url}/metrics`)).text()).not.toMatch(
    /^pertonne_polls_(missed|overran)\S*endpoint="[abo]"\S* [1-9]/m,
  );

  await pass(120);
  await agent.stop('shutdown');
  await expectWhole();
});

/** Every minute of the meters that were never edited is measured from end to end, and each says the configuration that filled it. */
async function expectWhole(): Promise<void> {
  const store = await openStore({
    file: join(dataFolder, 'pertonne.db'),
    wireTime: wireTimeOf({ timeZone: 'UTC' } as never),
  });
  const figures = (await store.read(0, 100_000))
    .filter(({ kind }) => kind === 'evaluation')
    .map(({ body }) => JSON.parse(body));
  await store.close();
  const minutes = Math.floor(second / 60) - 1;
  for (const meter of ['a', 'b', 'o']) {
    const own = new Map(
      figures
        .filter(({ metric, window }) => metric === meter && window.kind === 'minute')
        .map((one) => [Date.parse(one.window.start), one]),
    );
    for (let minute = 1; minute < minutes; minute++)
      expect(own.get(T + minute * 60 * S)).toMatchObject({ value: 60, statusCode: 'good', coverage: { measured: 1 } });
  }
  expect(new Set(figures.map(({ config }) => config)).size).toBeGreaterThan(10);
}
