import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Replay,
  ReplayFault,
  type RunningPlant,
  readReplay,
  UnknownFault,
} from '../../drivers/simulator/index.ts';
import { Refused, UsageError } from './usage.ts';

/** What `demo` and `plant` share: which plant is meant, and the configuration that fits it. */

export const exampleFile = (replay: Replay | undefined): string =>
  fileURLToPath(new URL(`../../config/examples/${replay ? 'replay' : 'demo'}.yaml`, import.meta.url));

/** The record to replay, or none; a file that is none is a UsageError naming the line. */
export async function replayOf(file: string | undefined): Promise<Replay | undefined> {
  if (file === undefined) return undefined;
  if (!existsSync(file)) throw new UsageError(`--replay: there is no file ${file}`);
  return readReplay(file).catch((cause: unknown) => {
    throw cause instanceof ReplayFault ? new UsageError(`${file}: ${cause.message}`) : cause;
  });
}

/** Starting the plant; a fault that it does not know is a UsageError. */
export async function started(plant: Promise<RunningPlant>): Promise<RunningPlant> {
  return plant.catch((cause: unknown) => {
    if (cause instanceof UnknownFault) throw new UsageError(`--fault: ${cause.message}`);
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    throw taken ? new Refused('a port of the simulated plant is taken', { cause }) : cause;
  });
}

/** When a demo's plant began and how its time runs; kept beside its data, so that a demo started again goes on. */
export interface Beginning {
  readonly seed: number;
  readonly origin: number;
  readonly speed: number;
  readonly from: number;
  readonly at: number;
}

export const beginningFile = (folder: string): string => join(folder, 'demo.json');

export function savedBeginning(folder: string): Beginning | undefined {
  const file = beginningFile(folder);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Beginning) : undefined;
}
