import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { type Agent, startAgent } from '../agent.ts';
import { CertificateFault } from '../http/certificate.ts';
import { ExposedError } from '../http/exposure.ts';
import type { AgentOptions } from '../parts.ts';
import { isMachineFault, LockedError, NewerSchemaError } from '../store/errors.ts';
import { faultInWords, NEWER_REMEDY } from '../store/words.ts';
import { announce, withdraw } from '../whereabouts.ts';
import { onHangup } from './signals.ts';
import { Refused } from './usage.ts';

/** Real milliseconds in which a stop must be done; what hangs then is left to the end of the process. */
const STOP_WITHIN = 4_500;

/** JSON lines on standard output: one a change of state, none a poll. */
export const openLog = (): Logger =>
  pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ sync: true }));

/** Starts the agent; what the machine refuses becomes a Refused that says so in a sentence. */
export async function start(options: AgentOptions): Promise<Agent> {
  const started = Promise.withResolvers<Agent>();
  onHangup(async () => (await started.promise).reload('signal'));
  const agent = await startAgent(options).catch((cause: unknown) => {
    throw refusal(cause, options) ?? cause;
  });
  started.resolve(agent);
  const { log, config, simulated, speed } = options;
  // A disk that takes nothing is no reason not to run.
  await announce(options.dataFolder, agent.url).catch((err: unknown) => log.warn({ event: 'not-announced', err }));
  log.info({ event: 'listening', url: agent.url, agent: config.agent, simulated, speed: speed ?? 'max' });
  return agent;
}

function refusal(cause: unknown, { dataFolder, port, config }: AgentOptions): Refused | null {
  if (cause instanceof LockedError) return new Refused(`another agent works on ${dataFolder}`, { cause });
  if (cause instanceof NewerSchemaError) return new Refused(`${cause.message}: ${NEWER_REMEDY}`, { cause });
  const isSaid = [ExposedError, CertificateFault].some((kind) => cause instanceof kind);
  if (isSaid) return new Refused((cause as Error).message, { cause });
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  if (code === 'EADDRINUSE')
    return new Refused(`port ${port ?? config.http.port} is taken; choose another with --port`, { cause });
  if (code === 'EACCES')
    return new Refused(`no permission for port ${port ?? config.http.port} or ${dataFolder}`, { cause });
  if (code === 'EROFS') return new Refused(`${dataFolder} cannot be written`, { cause });
  if (isMachineFault(cause)) return new Refused(`${dataFolder}: ${faultInWords(cause)}`, { cause });
  return null;
}

/** Runs until the signal or `ended`, then stops the agent and what belongs to it within five seconds. */
export async function runUntil(
  options: AgentOptions,
  agent: Agent,
  signal: AbortSignal,
  ended: Promise<unknown>,
  others: () => Promise<void> = async () => {},
): Promise<void> {
  const { log, clock } = options;
  const stopped = new Promise<'shutdown'>((resolve) => {
    if (signal.aborted) resolve('shutdown');
    signal.addEventListener('abort', () => resolve('shutdown'), { once: true });
  });
  const reason = await Promise.race([stopped, ended.then(() => 'finished' as const), agent.failed]);
  log.info({ event: 'stopping', reason: reason === 'finished' ? reason : String(signal.reason?.message) });
  // First: once the folder is free, what stands there may be another's.
  const withdrawn = withdraw(options.dataFolder).catch(() => {});
  const stop = withdrawn.then(() => agent.stop(reason)).then(others);
  await (reason === 'finished' ? stop : clock.deadline(stop, STOP_WITHIN, () => new Error('the stop took too long')));
  log.info({ event: 'stopped' });
}

/** The folder asked for, or one that goes with the process. */
export async function dataFolder(asked: string | undefined): Promise<{ folder: string; remove(): Promise<void> }> {
  if (asked !== undefined) return { folder: asked, remove: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'pertonne-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
