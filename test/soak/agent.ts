import { startAgent } from '../../agent/agent.ts';
import { realClock } from '../../agent/clock.ts';
import { describeFaults, loadConfig } from '../../config/load.ts';
import { handles, heapUsed } from '../support/handles.ts';
import { recordedLog } from '../support/logs.ts';

/** The agent in a process of its own, which tells its parent how it fares when asked. */

const [file, dataFolder] = process.argv.slice(2) as [string, string];
const loaded = await loadConfig(file);
if ('faults' in loaded) throw new Error(describeFaults(loaded.faults));
const options = { config: loaded.config, clock: realClock(), dataFolder, port: 0, speed: 1, simulated: false };
const agent = await startAgent({ ...options, log: recordedLog() });

process.on('message', ({ collect }: { collect: boolean }) => {
  const { user, system } = process.cpuUsage();
  process.send!({
    handles: handles(),
    heap: collect ? heapUsed() : null,
    rss: process.memoryUsage().rss,
    cpu: (user + system) / 1_000,
  });
});
process.on('disconnect', () => process.exit());
process.send!({ url: agent.url });
