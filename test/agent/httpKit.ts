import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import type { z } from 'zod';
import { OPEN } from '../../agent/access/access.ts';
import { realClock } from '../../agent/clock.ts';
import { createHttp, type HttpOptions, type HttpServer } from '../../agent/http/server.ts';
import { evaluationKey, type NewRecord } from '../../agent/store/contract.ts';
import { type LogStore, openStore } from '../../agent/store/open.ts';
import { EvaluationBody } from '../../agent/stream/protocol.ts';
import { aSystem } from './aSystem.ts';
import { HOUR, plant, START, silent, wireTime } from './streamKit.ts';

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
    ...{
      access: OPEN,
      host: '127.0.0.1',
      port: 0,
      plant: () => plant,
      store,
      clock: realClock(),
      wireTime,
      log: silent,
    },
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

/** A whole evaluation, as the agent writes it. */
export function evaluation(hour: number, change: Partial<z.input<typeof EvaluationBody>> = {}): NewRecord {
  const start = START + hour * HOUR;
  const amount = { unit: 't', coefficient: 1, statusCode: 'good', coverage: { known: 1, measured: 1 } } as const;
  const body = EvaluationBody.parse({
    ...{ metric: 'mill.energy', equipment: 'acme/mill', revision: 1, value: -2.5, unit: 'kWh/t', statusCode: 'good' },
    ...{ reason: null, coverage: { known: 1, measured: 0.5 }, baseline: null, config: 'sha256:0' },
    window: { kind: 'hour', start: wireTime(start), end: wireTime(start + HOUR) },
    amounts: [
      { ...amount, meter: 'kwh', role: 'numerator', value: 52_500, coefficient: 2, flags: ['rollover'] },
      { ...amount, meter: 'coils', role: 'denominator', value: 88.5, flags: ['estimated', 'rollover'] },
    ],
    limit: null,
    ...change,
  });
  return { kind: 'evaluation', at: start + HOUR, key: evaluationKey(body.metric, { kind: 'hour', start }), body };
}

export const minute = (n: number) => ({
  ...{ tag: 'mill.power', minute: START + n * 60_000, min: -1, max: 3, mean: 1e-7, last: null, goodShare: 0.5 },
});
