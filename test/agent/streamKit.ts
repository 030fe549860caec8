import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { type ClientOptions, WebSocket } from 'ws';
import { OPEN } from '../../agent/access/access.ts';
import { realClock } from '../../agent/clock.ts';
import type { AlarmView, PlantDescription } from '../../agent/http/contract.ts';
import { evaluationKey, type NewRecord } from '../../agent/store/contract.ts';
import { type LogStore, openStore } from '../../agent/store/open.ts';
import type { Bounds } from '../../agent/store/retention.ts';
import { attachStream, type Stream, type StreamOptions } from '../../agent/stream/attach.ts';
import { type AgentFrame, type ReaderFrame, SUBPROTOCOL } from '../../agent/stream/frames.ts';
import type { LiveValue } from '../../agent/stream/protocol.ts';
import type { WireTime } from '../../agent/wire.ts';
import { recordedLog } from '../support/logs.ts';

export const START = Date.UTC(2026, 0, 1);
export const HOUR = 3_600_000;
const utc = (at: number): string => new Date(at).toISOString();
export const wireTime: WireTime = Object.assign(utc, {
  shiftDay: ({ start }: { readonly start: number }) => utc(start).slice(0, 10),
});
export const silent = recordedLog();
const named = (id: string) => ({ id, name: { en: id, zh: id } });

export const plant: PlantDescription = {
  agent: 'test',
  equipment: 'acme/baise',
  timeZone: 'Asia/Shanghai',
  speed: 1,
  simulated: true,
  lines: [
    {
      ...named('mill'),
      kind: 'rolling-mill',
      equipment: 'hot-mill/mill-1',
      main: 'mill.energy',
      load: null,
      metrics: [{ ...named('mill.energy'), unit: 'kWh/t', windows: ['hour'], limit: null }],
      meters: [{ ...named('mill.kwh'), unit: 'kWh', quantity: 'electricity', entries: ['swap'] }],
    },
    {
      ...named('potline'),
      kind: 'potline',
      equipment: 'acme/baise/potroom/potline-1',
      main: 'potline.ac_power',
      load: null,
      metrics: [{ ...named('potline.ac_power'), unit: 'kWh/t', windows: ['hour'], limit: null }],
      meters: [],
    },
  ],
  endpoints: [{ id: 'plc', protocol: 'opcua' }],
  tags: [
    { name: null, lines: [], id: 'mill.power', endpoint: 'plc', unit: 'kW', scale: 1 },
    { name: null, lines: [], id: 'potline.current', endpoint: 'plc', unit: 'kA', scale: 1 },
  ],
};

/** A figure of one hour; as much of an evaluation's body as the stream looks at. */
export function figure(metric: string, hour: number, value: number, padding = 0): NewRecord {
  const start = START + hour * HOUR;
  const window = { kind: 'hour', start: wireTime(start), end: wireTime(start + HOUR) } as const;
  const equipment = metric.startsWith('mill') ? 'acme/baise/hot-mill/mill-1' : 'acme/baise/potroom/potline-1';
  const body = { metric, equipment, window, revision: 1, value, padding: 'x'.repeat(padding) };
  return { kind: 'evaluation', at: start + HOUR, key: evaluationKey(metric, { kind: 'hour', start }), body };
}
export const figures = (count: number, padding = 0): NewRecord[] =>
  Array.from({ length: count }, (_, n) => figure('mill.energy', n, n, padding));
export const down: NewRecord = {
  kind: 'endpoint',
  at: START,
  key: null,
  body: { endpoint: 'plc', state: 'down', reason: 'unplugged' },
};

export function liveValue(of: LiveValue['of'], id: string, value: number): LiveValue {
  const at = wireTime(START);
  return { id, of, value, unit: '', statusCode: 'good', reason: null, at, since: at };
}

export function alarm(metric: string, kind: AlarmView['window']['kind']): AlarmView {
  const [start, end] = [wireTime(START), wireTime(START + HOUR)];
  const limit = { indicator: null, op: '<=', bound: 1, state: 'excursion', stale: false, indicative: false } as const;
  return {
    ...{ metric, equipment: 'acme/baise', window: { kind, start, end }, value: 2, unit: 'kWh/t', since: start },
    ...{ limit: { ...limit, beyondMs: 0 }, state: 'excursion', unacknowledged: true, shelved: null },
  };
}

export interface Kit {
  readonly store: LogStore;
  readonly stream: Stream;
  readonly url: string;
  readonly clock: ReturnType<typeof realClock>;
  /** What the agent's newest values are; tests replace them. */
  live: LiveValue[];
  /** The alarms that stand; tests replace them. */
  standing: AlarmView[];
  /** A metric of the stream, by its labels' values. */
  metric(name: string): Promise<Map<string, number>>;
  append(records: readonly NewRecord[]): Promise<void>;
  connect(options?: ClientOptions, protocols?: string[], path?: string): Reader;
  readonly port: number;
  readonly folder: string;
  /** Ends all but a folder of its own, from which another kit can go on. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

interface KitOptions {
  readonly limits?: StreamOptions['limits'];
  readonly bounds?: Partial<Bounds>;
  readonly port?: number;
  readonly folder?: string;
  /** As short as it can be, if none is given. */
  readonly time?: WireTime;
}

/** A store in a folder of its own and a stream on a free port, as the agent puts them together. */
export async function kit({
  limits = {},
  bounds = {},
  port = 0,
  folder,
  time = wireTime,
}: KitOptions = {}): Promise<Kit> {
  const own = folder ?? (await mkdtemp(join(tmpdir(), 'pertonne-stream-')));
  const store = await openStore({ file: join(own, 'log.db'), wireTime: time, ...bounds });
  const server = createServer();
  const clock = realClock();
  const readers: Reader[] = [];
  const registry = new Registry();
  let closed = false;
  const live = { values: () => it.live };
  const stream = attachStream(server, {
    access: OPEN,
    mayAsk: () => true,
    store,
    live,
    standing: () => it.standing,
    registry,
    plant: () => plant,
    clock,
    wireTime: time,
    log: silent,
    allowedHosts: ['agent.plant'],
    limits,
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  const url = `ws://127.0.0.1:${bound}/v1/stream`;
  const it: Kit = {
    store,
    stream,
    url,
    clock,
    live: [],
    standing: [],
    async metric(name) {
      const found = (await registry.getMetricsAsJSON()).find((one) => one.name === `pertonne_stream_${name}`);
      return new Map(found?.values.map(({ labels, value }) => [Object.values(labels).join(), Number(value)]));
    },
    async append(records) {
      await store.write((tx) => tx.append(records));
      stream.wake();
    },
    connect(options = {}, protocols = [SUBPROTOCOL], path = '/v1/stream') {
      const reader = new Reader(new WebSocket(new URL(path, url), protocols, options));
      readers.push(reader);
      return reader;
    },
    folder: own,
    port: bound,
    async stop() {
      if (closed) return;
      closed = true;
      for (const { socket } of readers) socket.terminate();
      await stream.close('shutdown');
      await new Promise((resolve) => server.close(resolve));
      await store.close();
    },
    async close() {
      await it.stop();
      if (folder === undefined) await rm(own, { recursive: true, force: true });
    },
  };
  return it;
}

/** Kits that a test file opens, and closes after each test. */
export function kits(): { agent: typeof kit; close(): Promise<void> } {
  let open: Kit[] = [];
  return {
    async agent(options) {
      const made = await kit(options);
      open.push(made);
      return made;
    },
    async close() {
      for (const one of open.reverse()) await one.close();
      open = [];
    },
  };
}

export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

type Type = AgentFrame['type'];
type Frame<T extends Type> = Extract<AgentFrame, { type: T }>;

/** A reader made of nothing but a socket, so that it can misbehave. */
export class Reader {
  readonly socket: WebSocket;
  readonly frames: AgentFrame[] = [];
  /** Resolves to the close code. */
  readonly closed: Promise<number>;
  /** Resolves to the HTTP status of a refused upgrade. */
  readonly refused: Promise<number>;
  #wake = (): void => {};
  #read = 0;

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    this.refused = new Promise((resolve) =>
      socket.once('unexpected-response', (request, response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      }),
    );
    socket.on('error', () => {});
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)) as AgentFrame);
      this.#wake();
    });
  }

  /** The next frame of this type; frames before it are passed over. */
  async next<T extends Type>(type: T): Promise<Frame<T>> {
    for (;;) {
      const frame = this.frames[this.#read];
      if (frame) this.#read++;
      if (frame?.type === type) return frame as Frame<T>;
      if (!frame) await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  send(frame: ReaderFrame): void {
    this.socket.send(JSON.stringify(frame));
  }

  async subscribe(options: Omit<Extract<ReaderFrame, { type: 'subscribe' }>, 'type' | 'id'>): Promise<void> {
    await this.next('hello');
    this.send({ type: 'subscribe', id: 's', ...options });
  }

  ack(epoch: string, seq: number): void {
    this.send({ type: 'ack', id: 's', cursor: { epoch, seq } });
  }

  /** Reads records until seq `last`, acknowledging each batch. */
  async readTo(last: number, epoch: string): Promise<number[]> {
    const seqs: number[] = [];
    while (seqs.at(-1) !== last) {
      const { prev, records } = await this.next('records');
      if (seqs.length > 0 && prev !== seqs.at(-1)) throw new Error(`prev ${prev} after ${seqs.at(-1)}`);
      seqs.push(...records.map(({ seq }) => seq));
      if (records.length > 0) this.ack(epoch, seqs.at(-1)!);
    }
    return seqs;
  }
}
