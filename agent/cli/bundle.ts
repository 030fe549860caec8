import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import { contentsOf } from '../bundle/contents.ts';
import { realClock } from '../clock.ts';
import type { OptionsOf } from './options.ts';
import { onSignals } from './signals.ts';
import { tokenFrom } from './tokenFrom.ts';
import { EXIT, Refused } from './usage.ts';

/** `pertonne bundle`: what support asks for, in one file, without secrets and without figures. */
export async function bundle({ out, config, data, log, ...given }: OptionsOf<'bundle'>): Promise<number> {
  if (existsSync(out)) throw new Refused(`${out} is there already; name another with --out`);
  const files = await contentsOf({
    ...{ plantFile: config, logFile: log, dataFolder: data },
    token: await tokenFrom(given['token-file']),
    ...{ clock: realClock(), signal: onSignals() },
  });
  await pack(files, out).catch((cause: unknown) => {
    throw new Refused(`${out} cannot be written: ${(cause as Error).message}`, { cause });
  });
  process.stdout.write(`${out}: ${[...files.keys()].join(', ')}\n`);
  process.stdout.write(
    'It names machines, addresses and tags of your plant; passwords, tokens and keys were removed.\n',
  );
  return EXIT.done;
}

/** All in one folder of the archive; a file that could not be finished is none. */
async function pack(files: ReadonlyMap<string, string>, out: string): Promise<void> {
  const folder = await mkdtemp(join(dirname(out), '.pertonne-bundle-'));
  const part = `${out}.part`;
  try {
    for (const [name, text] of files) {
      const file = join(folder, 'pertonne-bundle', name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    await create({ file: part, gzip: true, cwd: folder, portable: true }, ['pertonne-bundle']);
    await rename(part, out);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(part, { force: true });
  }
}
