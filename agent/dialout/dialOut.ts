import type { Logger } from 'pino';
import type { Platform } from '../../config/platforms.ts';
import type { Ms } from '../../rules/sample.ts';
import { type ConnectionSurroundings, connection } from './connection.ts';

/** Real milliseconds between attempts: doubled from the first to the last, each with up to a third of jitter. */
const FIRST_RETRY = 1_000;
const LAST_RETRY = 60_000;
/** After a no that a person must mend: a platform must not lock us out for trying. */
const REFUSED_RETRY = 30_000;

export interface PlatformStatus {
  readonly state: 'starting' | 'up' | 'down';
  readonly reason: string | null;
  /** Plant time. */
  readonly since: Ms;
}

/** What dialling out may do to the rest of the agent. */
export interface DialSurroundings extends Omit<ConnectionSurroundings, 'up'> {
  readonly log: Logger;
  random(): number;
  changed(status: PlatformStatus): void;
  /** A connection ended, or did not come about. */
  failed(reason: string): void;
}

/** Keeps a connection to one platform until aborted, and then until what stands is closed: the one place that dials it again. */
export async function dialOut(platform: Platform, around: DialSurroundings, signal: AbortSignal): Promise<void> {
  const { clock, log } = around;
  let wait = FIRST_RETRY;
  let status: PlatformStatus = { state: 'starting', reason: null, since: clock.now() };
  const change = (state: PlatformStatus['state'], reason: string | null): void => {
    if (state === status.state && reason === status.reason) return;
    log.info({ event: `platform-${state}`, platform: platform.id, reason });
    status = { state, reason, since: state === status.state ? status.since : clock.now() };
    around.changed(status);
  };
  while (!signal.aborted) {
    const began = clock.monotonic();
    const { reason, refused, acknowledged } = await connection(
      platform,
      { ...around, up: () => change('up', null) },
      signal,
    );
    if (signal.aborted) return;
    around.failed(reason);
    change('down', reason);
    // Whatever ended it, a platform that takes something, or stays, works.
    if (acknowledged || clock.monotonic() - began > LAST_RETRY) wait = FIRST_RETRY;
    if (refused) wait = Math.max(wait, REFUSED_RETRY);
    await clock.delay(wait * (1 + around.random() / 3), signal).catch(() => {});
    wait = Math.min(LAST_RETRY, wait * 2);
  }
}
