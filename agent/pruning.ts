import type { Parts } from './parts.ts';

/** Real milliseconds from the start to the first look at the log's bounds, and between two. */
const FIRST = 2_000;
const EVERY = 600_000;

/** Drops what is beyond the log's bounds, now and then; readers that miss it are told by a gap. */
export async function keepPruning(
  { store, clock, log }: Pick<Parts, 'store' | 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  for (let pause = FIRST; !signal.aborted; pause = EVERY) {
    await clock.delay(pause, signal).catch(() => {});
    if (signal.aborted) return;
    const dropped = await store
      .prune(clock.now(), signal)
      .catch((cause: unknown) => log.error({ event: 'prune-failed', err: cause }));
    if (dropped) log.info({ event: 'pruned', ...dropped });
  }
}
