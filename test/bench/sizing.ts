import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { realClock } from '../../agent/clock.ts';
import { temporaryFolder } from '../support/process.ts';

/** `npm run bench:sizing [-- [--minutes N] TAGS…]`: what an agent of so many tags at one second takes: processor, memory, disk. Linux only. */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '3' } },
});
/** Minutes of each run. */
const MINUTES = Number(values.minutes);
/** Real milliseconds after a start that are left out. */
const SETTLING = (MINUTES * 60_000) / 9;
/** Tags of one counter meter, and meters of one metric. */
const TAGS_PER_METER = 10;
const METERS_PER_METRIC = 10;
/** Tags of a device, each two registers. */
const TAGS_PER_DEVICE = 500;
const clock = realClock();
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Devices that answer every read, with counts that rise by the second. */
function device(): Promise<Server> {
  const answer = (socket: Socket, bytes: Buffer): void => {
    for (let at = 0; at + 12 <= bytes.length; at += 12) {
      const registers = bytes.readUInt16BE(at + 10);
      const body = Buffer.alloc(9 + 2 * registers);
      bytes.copy(body, 0, at, at + 8);
      body.writeUInt16BE(3 + 2 * registers, 4);
      body[8] = 2 * registers;
      const count = Math.floor(clock.monotonic() / 1_000);
      for (let word = 1; word < registers; word += 2) body.writeUInt16BE(count & 0xffff, 9 + 2 * word);
      socket.write(body);
    }
  };
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => answer(socket, bytes));
  });
  return new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(server)));
}

const portOf = (server: Server): number => (server.address() as { port: number }).port;

function plantOf(count: number, ports: readonly number[]): object {
  const tags = Array.from({ length: count }, (_, at) => ({
    id: `t${at}`,
    endpoint: `d${Math.floor(at / TAGS_PER_DEVICE)}`,
    unit: 'kWh',
    address: { register: 2 * (at % TAGS_PER_DEVICE), type: 'uint32' },
  }));
  const meters = Array.from({ length: Math.ceil(count / TAGS_PER_METER) }, (_, at) => ({
    ...{ id: `m${at}`, kind: 'counter', quantity: 'electricity', unit: 'kWh', maxRate: 10_000 },
    tag: `t${at * TAGS_PER_METER}`,
  }));
  const metrics = Array.from({ length: Math.ceil(meters.length / METERS_PER_METRIC) }, (_, at) => {
    const meter = `m${at * METERS_PER_METRIC}`;
    return { id: `x${at}`, unit: '%', numerator: [{ meter, coefficient: 100, unit: '%' }], denominator: [meter] };
  });
  const endpoints = ports.map((port, at) => ({ id: `d${at}`, protocol: 'modbus', host: '127.0.0.1', port }));
  return { version: 1, agent: 'sizing', plant: { path: 'bench/sizing' }, endpoints, tags, meters, metrics };
}

/** Processor seconds and MiB of memory of a process so far. */
function used({ pid }: ChildProcess): { cpu: number; rss: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, rss: Number(rss![1]) / 1_024 };
}

const bytesIn = (folder: string): number =>
  readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);

interface Run {
  readonly child: ChildProcess;
  readonly url: string;
  stop(): Promise<void>;
}

async function started(file: string, data: string): Promise<Run> {
  const main = join(import.meta.dirname, '../../agent/main.ts');
  const child = spawn(process.execPath, [main, 'run', '-c', file, '--data', data, '--port', '0']);
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => {
    log += chunk;
  });
  while (!log.includes('"listening"')) await clock.delay(200);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { child, url: /"url":"([^"]+)"/.exec(log)![1]!, stop };
}

async function measure(count: number): Promise<void> {
  const servers = await Promise.all(Array.from({ length: Math.ceil(count / TAGS_PER_DEVICE) }, device));
  const folder = temporaryFolder();
  const [file, data] = [join(folder.path, 'plant.yaml'), join(folder.path, 'data')];
  writeFileSync(file, stringify(plantOf(count, servers.map(portOf))));
  // What an empty log takes is there at once; what is measured is what comes to it.
  const first = await started(file, data);
  await clock.delay(SETTLING);
  await first.stop();
  const empty = bytesIn(data);
  const agent = await started(file, data);
  await clock.delay(SETTLING);
  const before = used(agent.child);
  await clock.delay(MINUTES * 60_000);
  const after = used(agent.child);
  const missed = await sumOf(agent.url, 'pertonne_polls_missed_total', 'pertonne_poll_overruns_total');
  await agent.stop();
  const core = ((after.cpu - before.cpu) / (MINUTES * 60)) * 100;
  const daily = ((bytesIn(data) - empty) / (MINUTES + SETTLING / 60_000)) * 1_440;
  say(
    `${count} tags: ${core.toFixed(1)} % of a core, ${after.rss.toFixed(0)} MiB of memory, ` +
      `${(daily / 2 ** 20).toFixed(0)} MiB a day on disk; polls left out: ${missed}`,
  );
  for (const server of servers) server.close();
  folder.remove();
}

async function sumOf(url: string, ...names: string[]): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.matchAll(new RegExp(`^(?:${names.join('|')})(?:\\{.*\\})? (\\d+)$`, 'gm'));
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}

const counts = positionals.map(Number);
say(
  `${cpus()[0]!.model}, ${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)}; ${MINUTES} minutes each, every tag once a second`,
);
for (const count of counts.length > 0 ? counts : [100, 1_000, 10_000]) await measure(count);
process.exit();
