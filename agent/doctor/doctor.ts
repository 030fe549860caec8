import type { PlantConfig } from '../../config/plant.ts';
import type { Clock } from '../../drivers/driver.ts';
import { ask, whereabouts } from '../whereabouts.ts';
import { diskFindings, secretsFindings } from './disk.ts';
import { type Finding, ok } from './finding.ts';
import { logFindings } from './log.ts';
import { clockFinding, filesFinding, isSynchronised, limitsOfProcess } from './machine.ts';
import { runningFindings } from './running.ts';
import { stoppedFindings, tlsFinding } from './stopped.ts';

export interface Patient {
  /** Null: nobody has named a plant file, and what stands in it is not looked at. */
  readonly config: PlantConfig | null;
  readonly dataFolder: string;
  /** What a running agent is asked with, where it asks for one. */
  readonly token: string | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Looks at all that an agent rests on. Devices are read only where no agent runs that reads them already. */
export async function examined({ config, dataFolder, token, clock, signal }: Patient): Promise<Finding[]> {
  const now = clock.wall();
  const agent = await runningAgent(dataFolder);
  const own = [
    clockFinding(now, await isSynchronised()),
    ...(await diskFindings(dataFolder)),
    ...(await secretsFindings(dataFolder)),
    ...(await logFindings(dataFolder)),
  ];
  if (config) {
    own.push(filesFinding(await limitsOfProcess(), config.http.maxReaders, config.endpoints.length));
    own.push(...(await tlsFinding(config, now)));
  }
  if (agent) return [...own, ...(await runningFindings(agent, token, now))];
  own.push(ok('agent', 'none runs on this folder'));
  return config ? [...own, ...(await stoppedFindings(config, dataFolder, clock, signal))] : own;
}

/** Where the agent on this folder answers; null where none does. */
export async function runningAgent(dataFolder: string): Promise<URL | null> {
  const agent = await whereabouts(dataFolder);
  const answer = agent && (await ask(agent, '/healthz').catch(() => null));
  return answer?.status === 200 ? agent : null;
}

const STATE = { ok: 'ok   ', warn: 'warn ', fault: 'FAULT' };

/** For people: a line for each finding, and below it what to do. */
export function inWords(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ about }) => about.length));
  const lines = findings.flatMap(({ about, state, says, todo }) => [
    `${STATE[state]}  ${about.padEnd(width)}  ${says}`,
    ...(todo === undefined ? [] : [`${' '.repeat(width + 9)}-> ${todo}`]),
  ]);
  const count = (state: Finding['state']): number => findings.filter((finding) => finding.state === state).length;
  return `${lines.join('\n')}\n${count('fault')} faults, ${count('warn')} warnings\n`;
}
