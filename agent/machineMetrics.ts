import { Gauge, type Registry } from 'prom-client';
import { diskOf, version } from './system.ts';

/** What the agent runs on, read when it is asked for; NaN where the system does not say. */
export function watchMachine(registry: Registry, dataFolder: string, sqlite: string): void {
  const registers = [registry];
  const watch = (name: string, help: string, part: 'freeBytes' | 'totalBytes' | 'logBytes'): void => {
    new Gauge({
      name: `pertonne_${name}_bytes`,
      help,
      registers,
      async collect() {
        this.set((await diskOf(dataFolder))?.[part] ?? Number.NaN);
      },
    });
  };
  watch('disk_free', 'Room that is left on the file system of the data folder', 'freeBytes');
  watch('disk_total', 'Size of the file system of the data folder', 'totalBytes');
  watch('log_file', 'Size of the log, with what is not yet in its main file', 'logBytes');
  new Gauge({
    name: 'pertonne_build_info',
    help: 'Always 1; the versions of the agent, of Node and of SQLite',
    labelNames: ['version', 'node', 'sqlite'],
    registers,
  }).set({ version, node: process.versions.node, sqlite }, 1);
}
