import { RefusedError } from '../client/contract.ts';
import { tail as follow } from '../tail.ts';
import type { OptionsOf } from './options.ts';
import { onSignals } from './signals.ts';
import { tokenFrom } from './tokenFrom.ts';
import { EXIT, Refused } from './usage.ts';

/** `pertonne tail`: a platform in its simplest form. */
export async function tail(options: OptionsOf<'tail'>): Promise<number> {
  const { from, metric, window } = options;
  const token = await tokenFrom(options['token-file']);
  const signal = onSignals();
  // Whoever read our output has gone: so do we.
  const unread = new AbortController();
  process.stdout.once('error', () => unread.abort());
  await follow(options.file, {
    from: from === 'earliest' || from === 'now' ? from : Number(from),
    ...(metric !== undefined && { metric }),
    ...(window !== undefined && { window }),
    ...(token !== undefined && { token }),
    follow: !options['no-follow'],
    out: (line) => process.stdout.write(`${line}\n`),
    notice: (text) => process.stderr.write(`${text}\n`),
    signal: AbortSignal.any([signal, unread.signal]),
  }).catch((cause: unknown) => {
    throw cause instanceof RefusedError ? new Refused(`${options.file}: ${cause.message}`, { cause }) : cause;
  });
  return EXIT.done;
}
