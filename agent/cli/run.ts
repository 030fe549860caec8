import { sourceOf } from './check.ts';
import { clockOf } from './clockOf.ts';
import type { OptionsOf } from './options.ts';
import { openLog, runUntil, start } from './session.ts';
import { onSignals } from './signals.ts';
import { EXIT } from './usage.ts';

/** `pertonne run`: the agent beside a plant. */
export async function run({ config: file, port, data, record }: OptionsOf<'run'>): Promise<number> {
  const signal = onSignals();
  const { config, source } = await sourceOf(file);
  const options = {
    config,
    source,
    clock: clockOf(config),
    dataFolder: data ?? 'data',
    log: openLog(),
    port,
    record,
    speed: config.clock?.speed ?? 1,
    simulated: config.clock !== undefined,
  };
  const agent = await start(options);
  await runUntil(options, agent, signal, new Promise(() => {}));
  return EXIT.done;
}
