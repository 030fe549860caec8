import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { type Agent, startAgent } from '../../agent/agent.ts';
import { scaledClock } from '../../agent/clock.ts';
import { type LogStore, openStore } from '../../agent/store/open.ts';
import { describeFaults, type Loaded, loadConfig } from '../../config/load.ts';
import type { Clock } from '../../drivers/driver.ts';
import { recordedLog } from '../support/logs.ts';
import { temporaryFolder } from '../support/process.ts';
import { wireTime as utc } from './streamKit.ts';

/** A mill whose slabs and coils are weighed by hand, and which has one meter that never answers. */
export const BY_HAND = `
version: 1
agent: by-hand
plant: { path: acme/works, windows: [hour, day], grace: 100ms }
lines:
  - { id: mill, name: { en: Mill, zh: 轧机 }, kind: rolling-mill, equipment: hot/mill, main: mill.yield }
endpoints:
  - { id: feeder, protocol: modbus, host: 127.0.0.1, port: 9 }
tags:
  - { id: feeder.energy, endpoint: feeder, unit: kWh, address: { unitId: 1, register: 0, type: uint32 } }
meters:
  - { id: slabs, line: mill, kind: event, quantity: slabs, unit: t }
  - { id: coils, line: mill, kind: event, quantity: rolled steel, unit: t }
  - { id: energy, line: mill, kind: counter, quantity: electricity, unit: kWh, tag: feeder.energy, maxRate: 40000 }
metrics:
  - id: mill.yield
    name: { en: Yield, zh: 成材率 }
    line: mill
    unit: "%"
    numerator: [{ meter: coils, coefficient: 100, unit: "%" }]
    denominator: [slabs]
    limit: { op: ">=", bound: 95 }
`;

export interface AgentKit {
  readonly url: string;
  readonly agent: Agent;
  readonly dataFolder: string;
  /** The plant file, at which the agent looks now and then. */
  readonly file: string;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  json(path: string): Promise<unknown>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Stops the agent and starts it again on the same data; meanwhile somebody may look at its store. */
  restart(look?: (store: LogStore) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** A whole agent in this process, on a plant file of the test's own; `unwatched`, it reads the file when it is told to only. */
export async function agentKit(
  plant: string = BY_HAND,
  clock: Clock = plantClock(),
  { unwatched = false } = {},
): Promise<AgentKit> {
  const folder = temporaryFolder();
  const [file, dataFolder] = [join(folder.path, 'plant.yaml'), join(folder.path, 'data')];
  writeFileSync(file, plant);
  mkdirSync(dataFolder);
  const loaded = await loadConfig(file);
  if ('faults' in loaded) throw new Error(describeFaults(loaded.faults));
  const nothing = { files: [], places: [] };
  const read = async (): Promise<Loaded> => ({ ...(await loadConfig(file)), ...(unwatched && nothing) });
  const source = { ...(unwatched ? nothing : loaded), read };
  const start = (): Promise<Agent> =>
    startAgent({
      ...{ config: loaded.config, clock, dataFolder, log: recordedLog() },
      ...{ port: 0, speed: 1, simulated: false, source },
    });
  let agent = await start();
  const get: AgentKit['get'] = (path, headers = {}) => fetch(agent.url + path, { headers });
  return {
    ...{ dataFolder, file, get },
    get agent() {
      return agent;
    },
    get url() {
      return agent.url;
    },
    json: async (path) => (await get(path)).json(),
    post: (path, body, headers = {}) =>
      fetch(agent.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async restart(look = async () => {}) {
      await agent.stop('shutdown');
      const store = await openStore({ file: join(dataFolder, 'pertonne.db'), wireTime: utc });
      await look(store);
      await store.close();
      agent = await start();
    },
    async close() {
      await agent.stop('shutdown');
      folder.remove();
    },
  };
}

/** When the tests begin in the plant: no hour ends while they run, and the day is one day whenever that is. */
export const NOW = Date.parse('2026-11-23T10:30:00+08:00');
export const plantClock = (): Clock => scaledClock({ speed: 1, from: NOW, at: Date.now() });

/** An instant so many minutes into an hour that is long over. */
export const HOUR_AGO = Date.parse('2026-11-23T07:00:00+08:00');
export const minute = (n: number): string => new Date(HOUR_AGO + n * 60_000).toISOString();

/** The pieces that make the hour whole, before, in and after it: 100 t of slabs and 96 t of coils are in it. */
export const WHOLE_HOUR = [
  ...[-5, 5, 65].map((at, n) => ({ meter: 'slabs', piece: `S-${n}`, amount: 100, at: minute(at) })),
  ...[-4, 10, 70].map((at, n) => ({ meter: 'coils', piece: `C-${n}`, amount: 96, at: minute(at) })),
].map((piece) => ({ type: 'piece', key: piece.piece, by: 'Wang', ...piece }) as const);

/** Enters the whole hour, and waits for its figure. */
export async function enterHour({ post, json }: AgentKit): Promise<void> {
  for (const piece of WHOLE_HOUR) expect((await post('/v1/entries', piece)).status).toBe(200);
  const isThere = async (): Promise<void> => expect(await json(YIELD)).toMatchObject({ figures: [{ value: 96 }] });
  await vi.waitFor(isThere, { timeout: 30_000 });
}
export const YIELD = `/v1/metrics/mill.yield?window=hour&from=${minute(0)}&to=${minute(60)}`;
