import { realClock } from '../clock.ts';
import { tail as follow } from '../tail.ts';
import type { OptionsOf } from './options.ts';
import { onSignals } from './signals.ts';
import { EXIT } from './usage.ts';

/** `pertonne tail`: a platform in its simplest form. */
export async function tail(options: OptionsOf<'tail'>): Promise<number> {
  const { from, metric, window } = options;
  await follow(options.file, {
    from: from === 'earliest' || from === 'now' ? from : Number(from),
    ...(metric !== undefined && { metric }),
    ...(window !== undefined && { window }),
    follow: !options['no-follow'],
    out: (line) => process.stdout.write(`${line}\n`),
    signal: onSignals(),
    clock: realClock(),
  });
  return EXIT.done;
}
