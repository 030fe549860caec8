import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { realClock } from '../../agent/clock.ts';
import { createHttp, type HttpOptions, type HttpServer } from '../../agent/http/server.ts';
import { type LogStore, openStore } from '../../agent/store/open.ts';
import { aSystem } from './aSystem.ts';
import { plant, silent, wireTime } from './streamKit.ts';

export interface HttpKit {
  readonly store: LogStore;
  readonly server: HttpServer;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  json(path: string): Promise<unknown>;
  close(): Promise<void>;
}

/** A store in a folder of its own and the HTTP server before it, as the agent puts them together. */
export async function httpKit(change: (options: HttpOptions) => Partial<HttpOptions> = () => ({})): Promise<HttpKit> {
  const folder = await mkdtemp(join(tmpdir(), 'pertonne-http-'));
  const store = await openStore({ file: join(folder, 'log.db'), wireTime });
  const options: HttpOptions = {
    ...{ host: '127.0.0.1', port: 0, plant, store, clock: realClock(), wireTime, log: silent },
    live: { values: () => [] },
    health: () => ({ ready: true, reasons: [] }),
    registry: new Registry(),
    entries: { enter: async () => 'spent' },
    alarms: { ledger: () => new Map(), act: async () => 'unknown-alarm' },
    explain: async () => ({ refusal: 'no such metric', status: 404 }),
    system: async () => aSystem,
  };
  const server = await createHttp({ ...options, ...change(options) });
  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(server.url + path, { headers });
  return {
    store,
    server,
    get,
    json: async (path) => (await get(path)).json(),
    async close() {
      await server.close('shutdown');
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}
