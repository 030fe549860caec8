import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../drivers/driver.ts';
import { type Replay, type RunningPlant, startPlant } from '../../drivers/simulator/index.ts';
import { windowAt } from '../../rules/interval.ts';
import { CalendarOptions } from '../../rules/options.ts';
import type { Ms } from '../../rules/sample.ts';
import type { Agent } from '../agent.ts';
import { heldClock, lockStepClock, realClock, wallNow } from '../clock.ts';
import type { AgentOptions } from '../parts.ts';
import { sourceOf } from './check.ts';
import type { OptionsOf } from './options.ts';
import { dataFolder, openLog, runUntil, start } from './session.ts';
import { onSignals } from './signals.ts';
import { type Beginning, beginningFile, exampleFile, replayOf, savedBeginning, started } from './simulated.ts';
import { EXIT, UsageError } from './usage.ts';

type Options = OptionsOf<'demo'>;

/** Plant seconds in a real second where none is asked for: a shift passes in eight minutes. */
const DEMO_SPEED = 60;
/** Plant time after a replay's end in which its last windows close. */
const CLOSING: Ms = 60_000;
/** Real milliseconds that the devices get to answer before plant time runs without them. */
const PATIENCE = 5_000;

/** `pertonne demo`: the simulated or replayed plant and an agent beside it, in one process. */
export async function demo(options: Options): Promise<number> {
  const signal = onSignals();
  const replay = await replayOf(options.replay);
  if (options.once && !replay) throw new UsageError('--once needs --replay');
  if (options.speed === null && !replay) throw new UsageError('--speed max needs --replay');
  const data = await dataFolder(options.data);
  try {
    await mkdir(data.folder, { recursive: true });
    await runDemo(options, replay, data.folder, signal);
  } finally {
    await data.remove();
  }
  return EXIT.done;
}

async function runDemo(
  options: Options,
  replay: Replay | undefined,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const beginning = beginningOf(options, replay, folder);
  // Before there is a log: whose it is must be known however soon this ends.
  await keep(beginning, folder);
  const clock = clockOf(options, replay, beginning);
  const { seed, origin } = beginning;
  const pkiFolder = join(folder, 'plant-pki');
  const plant = await started(
    startPlant({ clock, origin, seed, faults: options.fault, pkiFolder, ...(replay && { replay }) }),
  );
  try {
    const { config, source } = await sourceOf(exampleFile(replay), { overlay: plant.endpoints });
    const speed = options.speed === null ? null : beginning.speed;
    const agentOptions = {
      config,
      source,
      clock,
      dataFolder: folder,
      log: openLog(),
      port: options.port,
      record: options.record,
      speed,
      simulated: true,
    };
    await runAgent(agentOptions, plant, options, signal, () => begin(clock, beginning, folder));
  } finally {
    await plant.close();
  }
}

async function runAgent(
  agentOptions: AgentOptions,
  plant: RunningPlant,
  { once }: Options,
  signal: AbortSignal,
  begin: () => Promise<void>,
): Promise<void> {
  const agent = await start(agentOptions);
  await patient(agent, signal);
  await begin();
  const ended = once && plant.to !== undefined ? agent.closedThrough(plant.to) : new Promise(() => {});
  await runUntil(agentOptions, agent, signal, ended);
}

/** Plant time starts when the devices have answered, so that the first window lacks nothing. */
const patient = (agent: Agent, signal: AbortSignal): Promise<unknown> =>
  Promise.race([
    agent.allUp,
    realClock()
      .delay(PATIENCE, signal)
      .catch(() => {}),
  ]);

/** A new demo begins with the shift; one that has run before goes on as if its plant had never stopped. */
function beginningOf({ seed, speed }: Options, replay: Replay | undefined, folder: string): Beginning {
  const at = wallNow();
  const saved = savedBeginning(folder);
  const wanted = speed ?? saved?.speed ?? (replay ? 1 : DEMO_SPEED);
  if (saved) return { ...saved, speed: wanted, from: saved.from + (at - saved.at) * saved.speed, at };
  const origin = replay?.from ?? windowAt(CalendarOptions.parse({}), 'shift', at).start;
  return { seed, origin, speed: wanted, from: origin, at };
}

type StartingClock = Clock & { start?(): void };

function clockOf({ speed }: Options, replay: Replay | undefined, { from, speed: wanted }: Beginning): StartingClock {
  return speed === null && replay ? lockStepClock(replay.from, replay.to + CLOSING) : heldClock(wanted, from);
}

async function begin(clock: StartingClock, beginning: Beginning, folder: string): Promise<void> {
  clock.start?.();
  await keep(beginning, folder);
}

async function keep(beginning: Beginning, folder: string): Promise<void> {
  await writeFile(beginningFile(folder), `${JSON.stringify({ ...beginning, at: wallNow() })}\n`);
}
