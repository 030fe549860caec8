import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { demo } from './demo.ts';
import { type OptionsOf, readOptions } from './options.ts';
import { run } from './run.ts';
import { openLog } from './session.ts';
import { beginningFile } from './simulated.ts';
import { Refused } from './usage.ts';

/**
 * `pertonne start`, what an image does by itself: the plant of the file, or where there is none the demo. A file that was
 * not mounted must not mix simulated figures into a plant's log; a folder is the one's or the other's for good.
 */
export async function start({ config, data, port }: OptionsOf<'start'>): Promise<number> {
  const where = ['--data', data, ...(port === undefined ? [] : ['--port', String(port)])];
  const isDemos = existsSync(beginningFile(data));
  if (existsSync(config)) {
    if (isDemos) throw new Refused(`${data} holds the log of a demo: give the plant of ${config} a folder of its own`);
    return run(readOptions('run', ['--config', config, ...where]));
  }
  if (!isDemos && existsSync(join(data, 'pertonne.db')))
    throw new Refused(`${data} holds the log of a plant, and there is no ${config}: mount the plant's file there`);
  openLog().info({ event: 'no-plant-file', file: config, note: 'the demo: all figures are simulated' });
  return demo(readOptions('demo', where));
}
