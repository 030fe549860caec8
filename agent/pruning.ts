import type { Parts } from './parts.ts';

/** Real milliseconds from the start to the first look at the log's bounds, and between two. */
const FIRST = 2_000;
const EVERY = 600_000;

/** Drops what is beyond the log's bounds, now and then; readers that miss it are told by a gap. */
export async function keepPruning(
  { store, clock, log, metrics }: Pick<Parts, 'store' | 'clock' | 'log' | 'metrics'>,
  signal: AbortSignal,
): Promise<void> {
  for (let pause = FIRST; !signal.aborted; pause = EVERY) {
    await clock.delay(pause, signal).catch(() => {});
    if (signal.aborted) return;
    const dropped = await store
      .prune(clock.now(), signal)
      .catch((cause: unknown) => log.error({ event: 'prune-failed', err: cause }));
    if (!dropped) continue;
    const { records, minutes, entries, places } = dropped;
    const counts = { records: records ? records.to - records.from + 1 : 0, minutes, entries, places };
    for (const [what, count] of Object.entries(counts)) metrics.pruned.inc({ what }, count);
    if (Object.values(counts).some((count) => count > 0)) log.info({ event: 'pruned', ...dropped });
  }
}
