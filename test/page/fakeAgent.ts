import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { setInterval } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  AgentFrame,
  type ReaderFrame,
  ReaderFrame as ReaderFrameSchema,
  SUBPROTOCOL,
} from '../../agent/stream/frames.ts';
import type { Scene } from './scene.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const EPOCH = 'e1';

export interface FakeAgent {
  readonly url: string;
  readonly port: number;
  /** Frames that readers sent, oldest first. */
  readonly received: ReaderFrame[];
  scene: Scene;
  /** Stops sending, and keeps the connections open. */
  silent: boolean;
  send(frame: AgentFrame): void;
  stop(): Promise<void>;
}

/** A small real server that shows `scene` as the agent would: the built page, the API and the stream. */
export async function startFakeAgent(page: string, scene: Scene, port = 0): Promise<FakeAgent> {
  const server = createServer((request, response) => void answer(agent.scene, page, request, response));
  const stream = new WebSocketServer({ server, path: '/v1/stream', handleProtocols: () => SUBPROTOCOL });
  const ended = new AbortController();
  const agent: FakeAgent = {
    url: '',
    port: 0,
    received: [],
    scene,
    silent: false,
    send: (frame) => {
      for (const socket of stream.clients) tell(socket, frame);
    },
    stop: async () => {
      ended.abort();
      for (const socket of stream.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  stream.on('connection', (socket) => {
    tell(socket, hello(agent.scene));
    socket.on('message', (text) => {
      const frame = ReaderFrameSchema.parse(JSON.parse(String(text)));
      agent.received.push(frame);
      if (frame.type === 'subscribe') for (const reply of welcome(frame.id, agent.scene)) tell(socket, reply);
    });
  });
  void beat(agent, ended.signal);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  return Object.assign(agent, { port: bound, url: `http://127.0.0.1:${bound}/` });
}

const tell = (socket: WebSocket, frame: AgentFrame): void => socket.send(JSON.stringify(AgentFrame.parse(frame)));

async function beat(agent: FakeAgent, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of setInterval(500, null, { signal }))
      if (!agent.silent) agent.send({ type: 'live', id: 'page', at: agent.scene.at, values: [] });
  } catch (cause) {
    if (!signal.aborted) throw cause;
  }
}

const hello = (scene: Scene): AgentFrame => ({
  type: 'hello',
  protocol: SUBPROTOCOL,
  agent: scene.plant.agent,
  equipment: scene.plant.equipment,
  epoch: EPOCH,
  firstSeq: 1,
  lastSeq: 41,
  time: scene.at,
  heartbeatSeconds: 10,
  limits: { maxFrameBytes: 65_536, windowBytes: 1_048_576, maxSubscriptions: 8 },
});

const welcome = (id: string, scene: Scene): AgentFrame[] => [
  { type: 'subscribed', id, from: { epoch: EPOCH, seq: 41 }, metrics: [], tags: [] },
  { type: 'snapshot', id, at: scene.at, values: [...scene.values], records: [...scene.records], alarms: [] },
];

async function answer(scene: Scene, page: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://agent');
  response.setHeader('content-security-policy', "default-src 'self'");
  const json = (body: unknown): unknown =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (pathname === '/v1/session') return void json({ name: null, scope: 'admin', lines: null, expires: null });
  if (pathname === '/v1/plant') return void json(scene.plant);
  if (pathname.startsWith('/v1/metrics/')) {
    const from = Date.parse(searchParams.get('from') ?? '');
    const to = Date.parse(searchParams.get('to') ?? '');
    const metric = decodeURIComponent(pathname.slice('/v1/metrics/'.length));
    const figures = (scene.trends[metric] ?? []).filter(
      ({ window: { kind, start } }) =>
        kind === searchParams.get('window') && Date.parse(start) >= from && Date.parse(start) < to,
    );
    return void json({ metric, figures, next: null });
  }
  try {
    const file = join(page, pathname === '/' ? 'index.html' : pathname);
    const content = await readFile(file);
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(content);
  } catch {
    response.writeHead(404).end();
  }
}
