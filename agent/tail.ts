import type { Clock } from '../drivers/driver.ts';
import type { WindowKind } from '../rules/interval.ts';
import { realClock } from './clock.ts';
import { type FollowOptions, follow } from './stream/client.ts';

export interface TailOptions extends Pick<FollowOptions, 'from' | 'follow' | 'signal'> {
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** A glob: evaluations and alarms of the metrics it names, and nothing else. */
  readonly metric?: string | undefined;
  readonly window?: WindowKind | undefined;
  /** Takes one line, without its line end. */
  readonly out: (line: string) => void;
}

/**
 * `pertonne tail`: prints an agent's records, one JSON line each, until aborted, until the agent has finished, or up
 * to the end of its log without `follow`. Throws RefusedError where the agent will not serve.
 */
export async function tail(
  url: string,
  { metric, window, out, clock = realClock(), ...options }: TailOptions,
): Promise<void> {
  const records = follow(url, {
    ...options,
    clock,
    ...(metric !== undefined && { metrics: [metric], kinds: ['evaluation', 'alarm'] }),
    ...(window !== undefined && { windows: [window] }),
  });
  for await (const { seq, kind, at, body } of records) out(JSON.stringify({ seq, kind, at, body }));
}
