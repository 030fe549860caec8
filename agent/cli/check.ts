import { describeFaults } from '../../config/faults.ts';
import { loadConfig } from '../../config/load.ts';
import type { PlantConfig } from '../../config/plant.ts';
import { loadApart } from '../loadApart.ts';
import type { Source } from '../parts.ts';
import type { OptionsOf } from './options.ts';
import { EXIT, UsageError } from './usage.ts';

/** `pertonne check`: every fault of the file, or what it comes to; with `--online` what its devices give. */
export async function check({ file, online: asked, data = 'data' }: OptionsOf<'check'>): Promise<number> {
  const result = await loadConfig(file);
  if ('faults' in result) {
    process.stderr.write(`${describeFaults(result.faults)}\n`);
    return EXIT.faulty;
  }
  const { endpoints, tags, meters, metrics, fingerprint } = result.config;
  const counts = Object.entries({ endpoint: endpoints, tag: tags, meter: meters, metric: metrics })
    .map(([noun, { length }]) => `${length} ${noun}${length === 1 ? '' : 's'}`)
    .join(', ');
  process.stdout.write(`${file}: no faults; ${counts}; ${fingerprint}\n`);
  return asked ? (await import('./online.ts')).online(result.config, data) : EXIT.done;
}

type LoadOptions = NonNullable<Parameters<typeof loadConfig>[1]>;

/** The configuration, or a UsageError with all its faults: nothing starts on a faulty one. */
export const configOf = async (file: string, options: LoadOptions = {}): Promise<PlantConfig> =>
  (await sourceOf(file, options)).config;

/** The same, and where it is from. */
export async function sourceOf(
  file: string,
  options: LoadOptions = {},
): Promise<{ readonly config: PlantConfig; readonly source: Source }> {
  const loaded = await loadConfig(file, options);
  if ('faults' in loaded) throw new UsageError(describeFaults(loaded.faults));
  const { config, files, places } = loaded;
  return { config, source: { files, places, read: () => loadApart(file, options) } };
}
