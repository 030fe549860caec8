import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { realClock } from '../../agent/clock.ts';
import { NAMESPACE } from '../drivers/opcuaServer.ts';
import { temporaryFolder } from '../support/process.ts';
import type { Manner, Told } from './devices.ts';

/** `npm run soak -- --minutes N`: an agent beside 200 Modbus devices and 5 OPC UA servers, of which some misbehave. */

const { values: given } = parseArgs({ options: { minutes: { type: 'string', default: '3' } } });
const MINUTES = Number(given.minutes);
const DEVICES = 200;
const SERVERS = 5;
const NODES = 20;
/** Real milliseconds. */
const PERIOD = 1_000;
const TIMEOUT = 2_000;
const SLOW = 1_500;
/** Long enough for a server to start, and for the attempt after the one that came too early. */
const WELL_FOR = 35_000;
const ILL_FOR = 10_000;
/** A fault shows within a poll, its timeout, and what a loaded machine may be late by. */
const SHOWN_WITHIN = PERIOD + TIMEOUT + 2_000;
const LOOK_EVERY = 200;
/** Promises: share of values in time, jitter at the device, growth from the first third to the last. */
const LEAST_IN_TIME = 0.95;
const MOST_JITTER = PERIOD / 2;
const MOST_HEAP_GROWTH = 8_000_000;
const MOST_HANDLE_GROWTH = 20;

/** Every fifth device misbehaves, each in its way, again and again. */
const MANNERS: readonly Manner[] = ['dead', 'hanging', 'slow', 'garbage'];
const mannerOf = (device: number): Manner | null => (device % 5 === 0 ? MANNERS[(device / 5) % MANNERS.length]! : null);
/** The OPC UA server that is stopped (SIGSTOP) and continued as often, and the one that is killed and started again. */
const STOPPED = SERVERS - 2;
const KILLED = SERVERS - 1;

const clock = realClock();
const broken: string[] = [];
const promise = (kept: boolean, what: string): void => {
  if (!kept) broken.push(what);
};
const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Fares {
  readonly handles: Record<string, number>;
  /** Only where garbage was collected for it. */
  readonly heap: number | null;
  readonly rss: number;
  readonly cpu: number;
}

async function start<Hello>(
  file: string,
  ...args: (string | number)[]
): Promise<{ child: ChildProcess; hello: Hello }> {
  const child = fork(join(import.meta.dirname, file), args.map(String));
  const [hello] = (await once(child, 'message')) as [Hello];
  return { child, hello };
}

async function ask<Answer>(child: ChildProcess, question: object = {}): Promise<Answer> {
  child.send(question);
  return ((await once(child, 'message')) as [Answer])[0];
}

function plantFile(ports: readonly number[], urls: readonly string[]): string {
  const modbus = ports.map((port, i) => ({
    id: `meter-${i}`,
    protocol: 'modbus',
    host: '127.0.0.1',
    port,
    timeout: `${TIMEOUT}ms`,
  }));
  const opcua = urls.map((url, i) => ({
    id: `plc-${i}`,
    protocol: 'opcua',
    url,
    mode: 'None',
    timeout: `${TIMEOUT}ms`,
  }));
  const registers = ports.map((_, i) => ({
    id: `m${i}`,
    endpoint: `meter-${i}`,
    unit: 'kW',
    address: { register: 0, type: 'uint16' },
  }));
  const nodes = urls.flatMap((_, i) =>
    Array.from({ length: NODES }, (_, n) => ({
      id: `p${i}.${n}`,
      endpoint: `plc-${i}`,
      unit: 'kW',
      address: { node: `nsu=${NAMESPACE};s=v${n}` },
    })),
  );
  const line = {
    id: 'site',
    kind: 'site',
    equipment: 'site',
    main: 'site.electricity',
    name: { en: 'Site', zh: '厂区' },
  };
  const meter = { id: 'energy', line: 'site', kind: 'gauge', quantity: 'electricity', unit: 'kWh', tag: 'm1' };
  const metric = {
    id: 'site.electricity',
    line: 'site',
    unit: '%',
    numerator: [{ meter: 'energy', coefficient: 100, unit: '%' }],
    denominator: ['energy'],
  };
  const plant = {
    version: 1,
    agent: 'soak',
    plant: { path: 'acme/site' },
    lines: [line],
    endpoints: [...modbus, ...opcua],
    tags: [...registers, ...nodes],
    meters: [meter],
    metrics: [metric],
  };
  return JSON.stringify(plant);
}

/** Endpoints that are down, with the reason, as the agent's health says. */
async function down(url: string): Promise<Map<string, string>> {
  const { reasons } = (await (await fetch(`${url}/readyz`)).json()) as { reasons: string[] };
  const found = reasons.map((reason) => /^endpoint (\S+) is down: (.+)$/.exec(reason));
  return new Map(found.flatMap((match) => (match ? [[match[1]!, match[2]!] as const] : [])));
}

/** A figure of /metrics by endpoint. */
async function figure(url: string, name: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.matchAll(new RegExp(`^${name}\\{endpoint="([^"]+)"\\} (\\S+)$`, 'gm'));
  return new Map([...lines].map(([, endpoint, value]) => [endpoint!, Number(value)]));
}

const folder = temporaryFolder();
const { child: field, hello } = await start<Told>('devices.ts', DEVICES, PERIOD, SLOW);
const servers = [];
const serve = (port = 0) => start<{ url: string }>('../bench/opcuaPublisher.ts', NODES, port);
for (let i = 0; i < SERVERS; i++) servers.push(await serve());
const file = join(folder.path, 'plant.yaml');
writeFileSync(
  file,
  plantFile(
    hello.ports!,
    servers.map((server) => server.hello.url),
  ),
);
const {
  child: agent,
  hello: { url },
} = await start<{ url: string }>('agent.ts', file, join(folder.path, 'data'));

const ill = Array.from({ length: DEVICES }, (_, device) => device).filter((device) => mannerOf(device) !== null);
/** What has to be seen down while the faults last. */
const expected = [
  ...ill.filter((device) => mannerOf(device) !== 'slow').map((device) => `meter-${device}`),
  `plc-${STOPPED}`,
  `plc-${KILLED}`,
];
const faulty = new Set([...ill.map((device) => `meter-${device}`), `plc-${STOPPED}`, `plc-${KILLED}`]);
const [fares, shown]: [Fares[], number[]] = [[], []];
const reasons = new Set<string>();
const wellAgain = async (within: number): Promise<void> => {
  const began = clock.monotonic();
  let away = await down(url);
  while (clock.monotonic() - began < within) {
    away = await down(url);
    await clock.delay(LOOK_EVERY);
  }
  promise(away.size === 0, `not back after ${within} ms: ${[...away].slice(0, 3).join(' ')}`);
  fares.push(await ask<Fares>(agent, { collect: false }));
};

const began = clock.monotonic();
await clock.delay(WELL_FOR / 2);
// To collect garbage at once holds the agent up: what the devices note of that is not counted.
const first = await ask<Fares>(agent, { collect: true });
await clock.delay(2 * PERIOD);
await ask<Told>(field);
while (clock.monotonic() - began < MINUTES * 60_000) {
  const since = clock.monotonic();
  for (const device of ill) field.send({ device, manner: mannerOf(device)! });
  servers[STOPPED]!.child.kill('SIGSTOP');
  servers[KILLED]!.child.kill('SIGKILL');
  const unseen = new Set(expected);
  while (clock.monotonic() - since < ILL_FOR) {
    for (const [endpoint, reason] of await down(url)) {
      promise(faulty.has(endpoint), `${endpoint} is down: ${reason}`);
      reasons.add(reason.replaceAll(/\d+(\.\d+)*/g, 'n').slice(0, 80));
      if (unseen.delete(endpoint)) shown.push(clock.monotonic() - since);
    }
    await clock.delay(LOOK_EVERY);
  }
  promise(unseen.size === 0, `faults not shown within ${ILL_FOR} ms: ${[...unseen].slice(0, 5).join(' ')}`);
  for (const device of ill) field.send({ device, manner: 'well' });
  servers[STOPPED]!.child.kill('SIGCONT');
  servers[KILLED] = await serve(Number(new URL(servers[KILLED]!.hello.url).port));
  await wellAgain(WELL_FOR);
}

const [due, inTime, overruns] = [
  await figure(url, 'pertonne_values_due_total'),
  await figure(url, 'pertonne_values_in_time_total'),
  await figure(url, 'pertonne_poll_overruns_total'),
];
const { jitter } = await ask<Told>(field);
const last = await ask<Fares>(agent, { collect: true });
const heapGrowth = last.heap! - first.heap!;
const healthy = jitter!
  .filter((_, device) => mannerOf(device) === null)
  .flat()
  .sort((a, b) => a - b);
const sum = (of: ReadonlyMap<string, number>): number =>
  [...of].filter(([id]) => !faulty.has(id)).reduce((all, [, value]) => all + value, 0);
const share = sum(inTime) / sum(due);
const third = Math.max(1, Math.floor(fares.length / 3));
const least = (some: readonly Fares[], of: (one: Fares) => number): number => Math.min(...some.map(of));
const growth = (of: (one: Fares) => number): number =>
  least(fares.slice(-third), of) - least(fares.slice(0, third), of);
const held = (one: Fares): number => Object.values(one.handles).reduce((all, count) => all + count, 0);
const [p99, most] = [healthy[Math.floor(healthy.length * 0.99)]!, healthy.at(-1)!];
const slowly = ill
  .filter((device) => mannerOf(device) === 'slow')
  .map((device) => overruns.get(`meter-${device}`) ?? 0);
const latest = Math.max(...shown);

promise(p99 <= MOST_JITTER, `p99 jitter ${p99} ms`);
promise(share >= LEAST_IN_TIME, `share in time ${share}`);
promise(latest <= SHOWN_WITHIN, `a fault showed after ${latest} ms`);
promise(Math.min(...slowly) > 0, 'a slow device overran no poll');
promise(heapGrowth <= MOST_HEAP_GROWTH, `heap grew by ${heapGrowth} bytes`);
promise(growth(held) <= MOST_HANDLE_GROWTH, `handles grew by ${growth(held)}`);

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
say(`${MINUTES} min, ${DEVICES} Modbus devices (${ill.length} misbehave: ${MANNERS.join(', ')}), ${SERVERS} OPC UA servers (one stopped, one killed and started, again and again)
healthy devices: ${healthy.length} polls, jitter p99 ${p99.toFixed(1)} ms, most ${most.toFixed(1)} ms of a period of ${PERIOD} ms
healthy endpoints: ${(100 * share).toFixed(2)} % of ${sum(due)} values good and in time
faults shown: ${shown.length}, the latest after ${Math.round(latest)} ms; slow devices overran ${slowly.reduce((a, b) => a + b, 0)} polls
agent: heap ${mb(first.heap!)} at first, ${mb(last.heap!)} at last; resident ${mb(last.rss)}; handles ${held(first)} at first, ${held(last)} at last; CPU ${((100 * last.cpu) / (clock.monotonic() - began)).toFixed(1)} %
reasons:\n${[...reasons].map((reason) => `  ${reason}`).join('\n')}`);
say(broken.length === 0 ? 'all promises kept' : `BROKEN:\n  ${[...new Set(broken)].join('\n  ')}`);
for (const { child } of servers) child.kill('SIGKILL');
for (const child of [agent, field]) child.disconnect();
await once(agent, 'exit');
folder.remove();
process.exit(broken.length === 0 ? 0 : 1);
