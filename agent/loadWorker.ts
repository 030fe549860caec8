import { parentPort, workerData } from 'node:worker_threads';
import { packed } from '../config/apart.ts';
import { loadConfig } from '../config/load.ts';
import type { Wanted } from './loadApart.ts';

/** The thread of `loadApart`. */
const { file, options } = workerData as Wanted;
const loaded = await loadConfig(file, options);
parentPort!.postMessage('config' in loaded ? { ...loaded, config: packed(loaded.config) } : loaded);
