import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startAgent } from '../../agent/agent.ts';
import { heldClock } from '../../agent/clock.ts';
import { Ready } from '../../agent/http/answers.ts';
import { describeFaults, loadConfig } from '../../config/load.ts';
import { startPlant } from '../../drivers/simulator/index.ts';
import { recordedLog } from './logs.ts';
import { temporaryFolder } from './process.ts';

/** The demo's plant and an agent beside it in this process, on a plant file that differs from the demo's. */
export interface LivePlant {
  readonly url: string;
  stop(): Promise<void>;
}

interface Options {
  /** The demo's plant file, made into the test's own. */
  readonly edit: (file: string) => string;
  readonly faults?: readonly string[];
  /** Plant seconds in a real second. */
  readonly speed: number;
  /** Plant time at the beginning, epoch milliseconds. */
  readonly from: number;
}

/** A device that is dead answers never; all others are waited for, so that the first windows lack nothing. */
async function isStarting(url: string): Promise<boolean> {
  const { reasons } = Ready.parse(await (await fetch(`${url}/readyz`)).json());
  return reasons.some((reason) => reason.startsWith('endpoint') && reason.includes('is starting'));
}

const DEMO = join(import.meta.dirname, '../../config/examples/demo.yaml');

export async function livePlant({ edit, faults = [], speed, from }: Options): Promise<LivePlant> {
  const folder = temporaryFolder();
  const dataFolder = join(folder.path, 'data');
  await mkdir(dataFolder);
  const clock = heldClock(speed, from);
  const pkiFolder = join(folder.path, 'plant-pki');
  const plant = await startPlant({ clock, origin: from, seed: 1, faults, pkiFolder });
  const file = join(folder.path, 'plant.yaml');
  await writeFile(file, edit(await readFile(DEMO, 'utf8')));
  const loaded = await loadConfig(file, { overlay: plant.endpoints });
  if ('faults' in loaded) throw new Error(describeFaults(loaded.faults));
  const agent = await startAgent({
    ...{ config: loaded.config, clock, dataFolder, log: recordedLog() },
    ...{ port: 0, speed, simulated: true },
  });
  while (await isStarting(agent.url)) await clock.delay(50);
  clock.start();
  return {
    url: agent.url,
    async stop() {
      await agent.stop('shutdown');
      await plant.close();
      folder.remove();
    },
  };
}
