import type { Logger } from 'pino';
import type { Clock } from '../drivers/driver.ts';
import type { SelfMetrics } from './metrics.ts';

/** Real ms between looks at the clock, and how late one is that tells of a standstill. */
const LOOK = 500;
const LATE = 500;

/**
 * Counts and logs each time that the agent did nothing at all: its process was stopped, or its event loop blocked. What
 * polls were missed by it, those count themselves.
 */
export async function watchStandstills(
  clock: Clock,
  log: Logger,
  { standstills, standstillSeconds }: Pick<SelfMetrics, 'standstills' | 'standstillSeconds'>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const began = clock.monotonic();
    await clock.delay(LOOK, signal).catch(() => {});
    const late = clock.monotonic() - began - LOOK;
    if (signal.aborted || late < LATE) continue;
    standstills.inc();
    standstillSeconds.inc(late / 1_000);
    log.warn({ event: 'standstill', realMs: Math.round(late) });
  }
}
