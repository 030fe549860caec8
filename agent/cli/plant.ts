import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Document, isMap, isSeq, parseDocument } from 'yaml';
import { type RunningPlant, startPlant } from '../../drivers/simulator/index.ts';
import { scaledClock, wallNow } from '../clock.ts';
import type { OptionsOf } from './options.ts';
import { dataFolder } from './session.ts';
import { onSignals } from './signals.ts';
import { exampleFile, replayOf, started } from './simulated.ts';
import { EXIT, UsageError } from './usage.ts';

interface PlantClock {
  readonly speed: number;
  readonly from: string;
  readonly at: string;
}

/** `pertonne plant`: the simulated or replayed plant alone, for an agent in another process or container. */
export async function plant(options: OptionsOf<'plant'>): Promise<number> {
  if (options.speed === null) throw new UsageError('--speed max needs plant and agent in one process: see demo');
  const signal = onSignals();
  const replay = await replayOf(options.replay);
  const data = await dataFolder(options.data);
  await mkdir(data.folder, { recursive: true });
  const at = wallNow() + options.delay * 1000;
  const pace = { speed: options.speed ?? 1, from: replay?.from ?? at, at };
  const { seed, fault: faults } = options;
  const pkiFolder = join(data.folder, 'plant-pki');
  const clock = scaledClock(pace);
  const running = await started(
    startPlant({ clock, origin: pace.from, seed, faults, pkiFolder, ...(replay && { replay }) }),
  );
  const instants = { speed: pace.speed, from: new Date(pace.from).toISOString(), at: new Date(at).toISOString() };
  const config = resolve(options.config ?? join(data.folder, 'plant.yaml'));
  await writeFile(config, await configText(exampleFile(replay), running, instants));
  process.stdout.write(`${JSON.stringify({ endpoints: running.endpoints, clock: instants, config })}\n`);
  await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
  await running.close();
  await data.remove();
  return EXIT.done;
}

/** The example's text with this plant's endpoints and clock in it, comments and all. */
async function configText(file: string, { endpoints }: RunningPlant, clock: PlantClock): Promise<string> {
  const document = parseDocument(await readFile(file, 'utf8'));
  for (const [id, values] of Object.entries(endpoints)) lay(document, id, values);
  document.set('clock', clock);
  return document.toString();
}

function lay(document: Document, id: string, values: Readonly<Record<string, unknown>>): void {
  const list = document.get('endpoints');
  if (!isSeq(list)) throw new TypeError('the example has no list of endpoints');
  const endpoint = list.items.find((item) => isMap(item) && item.get('id') === id);
  if (!isMap(endpoint)) throw new TypeError(`the example has no endpoint ${id}`);
  for (const [key, value] of Object.entries(values)) endpoint.set(key, value);
}
