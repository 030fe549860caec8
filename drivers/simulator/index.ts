import type { Ms } from '../../rules/sample.ts';
import type { Clock } from '../driver.ts';
import type { Book, Count, Plant } from './contract.ts';
import { counter } from './counter.ts';
import { demoPlant } from './demo.ts';
import { type Fault, parseFaults, type Targets } from './faults.ts';
import { SECOND } from './flow.ts';
import { serveGateway } from './modbus.ts';
import { servePlc } from './opcua.ts';
import { recordedPlant } from './recorded.ts';
import type { Replay } from './replay.ts';

export type { Book } from './contract.ts';
export { UnknownFault } from './faults.ts';
export { parseReplay, type Replay, ReplayFault, readReplay } from './replay.ts';

export interface PlantOptions {
  /** Plant time: real, sped up or in lock-step. */
  readonly clock: Pick<Clock, 'now'>;
  /** Where the plant begins: the whole second at or before it. A replay has its own beginning. */
  readonly origin: Ms;
  /** The same seed and origin give the same plant. */
  readonly seed: number;
  /** As listed in faults.ts. */
  readonly faults: readonly string[];
  /** For the PLC's keys and certificates. */
  readonly pkiFolder: string;
  /** Serves this record instead of the mill and the potline. */
  readonly replay?: Replay;
  /** By endpoint id; a free one where none is given. */
  readonly ports?: Readonly<Record<string, number>>;
}

export interface RunningPlant {
  /** What to lay over the endpoint of that id: url and serverCertificate, or host and port. */
  readonly endpoints: Readonly<Record<string, Record<string, unknown>>>;
  /** The simulator's own book-keeping now. */
  book(): Book;
  /** The end of a replay. */
  readonly to?: Ms;
  close(): Promise<void>;
}

/** Starts the plant's servers on 127.0.0.1; throws UnknownFault before any socket opens. */
export async function startPlant(options: PlantOptions): Promise<RunningPlant> {
  const { clock, replay } = options;
  const origin = replay?.from ?? Math.floor(options.origin / SECOND) * SECOND;
  const build = (): Plant => (replay ? recordedPlant(replay) : demoPlant(options.seed, origin));
  const plant = build();
  const faults = parseFaults(options.faults, targetsOf(plant));
  const count = counts(plant, faults, build, origin);
  const now = forwards(clock);
  const servers = await serve(plant, faults, count, { ...options, now });
  return {
    endpoints: Object.fromEntries(servers.map(({ id, overlay }) => [id, overlay])),
    book: () => {
      const at = now();
      const registers = plant.meters.map(({ id }) => [id, count(id, at)]);
      return { ...plant.book(at), counts: Object.fromEntries(registers) };
    },
    ...(replay && { to: replay.to }),
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** Plant time that never goes back: when the clock is set back the plant stands until it has caught up. */
function forwards(clock: Pick<Clock, 'now'>): () => Ms {
  let newest = Number.NEGATIVE_INFINITY;
  return () => {
    newest = Math.max(newest, clock.now());
    return newest;
  };
}

function targetsOf(plant: Plant): Targets {
  const gateways = [...plant.gateways(() => 0n)];
  return {
    endpoints: [plant.plc, ...gateways.map(([id]) => id)],
    units: gateways.flatMap(([id, units]) => [...units.keys()].map((unit) => `${id}/${unit}`)),
    nodes: [...plant.nodes.keys()],
    lines: [...new Set(plant.meters.map(({ line }) => line))],
    meters: plant.meters.map(({ id }) => id),
  };
}

/** The registers of all meters. What a meter had counted when it was replaced is read off a second, equal plant. */
function counts(plant: Plant, faults: readonly Fault[], build: () => Plant, origin: Ms): Count {
  const swaps = faults.filter((fault) => fault.kind === 'swap');
  const rollovers = faults.filter((fault) => fault.kind === 'rollover');
  const swapAt = (meter: number, at: Ms) => ({ swap: { at, total: build().meters[meter]!.total(at) } });
  const registers = new Map(
    plant.meters.map((meter, index) => {
      const swap = swaps.find((fault) => fault.meter === meter.id);
      const rollover = rollovers.some((fault) => fault.line === meter.line);
      return [meter.id, counter(meter, { rollover, ...(swap && swapAt(index, origin + swap.after)) })];
    }),
  );
  return (id, at) => registers.get(id)!(at);
}

type Served = Pick<PlantOptions, 'pkiFolder' | 'ports'> & { readonly now: () => Ms };

interface Server {
  readonly id: string;
  readonly overlay: Record<string, unknown>;
  close(): Promise<void>;
}

/** Starts all or none. What is dead was there, so that it has an address, and is gone. */
async function serve(plant: Plant, faults: readonly Fault[], count: Count, options: Served): Promise<Server[]> {
  const servers: Server[] = [];
  const dead = faults.filter((fault) => fault.kind === 'dead');
  const up = async (server: Server): Promise<void> => {
    const isDead = dead.some(({ endpoint, unit }) => endpoint === server.id && unit === undefined);
    if (isDead) await server.close();
    servers.push(isDead ? { ...server, close: async () => {} } : server);
  };
  try {
    await up(await plcServer(plant, faults, options));
    for (const [id, units] of plant.gateways(count)) {
      const silent = dead.filter(({ endpoint }) => endpoint === id).flatMap(({ unit }) => unit ?? []);
      const gateway = await serveGateway(units, new Set(silent), options.now, options.ports?.[id] ?? 0);
      await up({ id, overlay: { host: '127.0.0.1', port: gateway.port }, close: gateway.close });
    }
    return servers;
  } catch (cause) {
    await Promise.all(servers.map((server) => server.close()));
    throw cause;
  }
}

async function plcServer(plant: Plant, faults: readonly Fault[], options: Served): Promise<Server> {
  const bad = faults.flatMap((fault) => (fault.kind === 'bad' ? fault.node : []));
  const plc = await servePlc({
    nodes: plant.nodes,
    devices: plant.devices,
    bad: new Set(bad),
    now: options.now,
    pkiFolder: options.pkiFolder,
    port: options.ports?.[plant.plc] ?? 0,
  });
  return { id: plant.plc, overlay: { url: plc.url, serverCertificate: plc.certificateFile }, close: plc.close };
}
