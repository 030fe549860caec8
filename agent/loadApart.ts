import { Worker } from 'node:worker_threads';
import { unpacked } from '../config/apart.ts';
import type { Loaded, LoadOptions } from '../config/load.ts';

export interface Wanted {
  readonly file: string;
  readonly options: LoadOptions;
}

/** Reads a plant's file as `loadConfig` does, in a thread of its own: reading ten thousand tags takes seconds, in which polls fall due. */
export async function loadApart(file: string, options: LoadOptions = {}): Promise<Loaded> {
  const wanted: Wanted = { file, options };
  const worker = new Worker(new URL('./loadWorker.ts', import.meta.url), { workerData: wanted });
  const loaded = await new Promise<Loaded>((resolve, reject) => {
    let answer: Loaded | null = null;
    worker.once('message', (message: Loaded) => {
      answer = message;
    });
    worker.once('error', reject);
    worker.once('exit', (code) => (answer ? resolve(answer) : reject(new Error(`reading it ended with ${code}`))));
  });
  return 'config' in loaded ? { ...loaded, config: unpacked(loaded.config) } : loaded;
}
