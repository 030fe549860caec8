import type { Ms, Sample } from '../rules/sample.ts';
import type { Host } from './driver.ts';

/** The next instant on the grid of `period` after `now`; the grid starts at the epoch, so polls meet window borders. */
export const nextDue = (now: Ms, period: Ms): Ms => (Math.floor(now / period) + 1) * period;

/**
 * Polls at once and then on a drift-free grid until aborted. A poll still running when others fall due makes those
 * skipped and counted, never queued; after a step of the clock the grid starts anew. What `read` rejects with ends it.
 */
export async function poll(
  host: Host,
  period: Ms,
  signal: AbortSignal,
  read: (due: Ms) => Promise<readonly Sample[]>,
): Promise<void> {
  const pacer = host.clock.pacer();
  try {
    let due = host.clock.now();
    while (!signal.aborted) {
      const began = host.clock.monotonic();
      await host.deliver(await read(due));
      const now = host.clock.now();
      const steppedBack = now < due - period;
      const next = nextDue(steppedBack ? now : Math.max(due, now), period);
      const skipped = steppedBack ? 0 : Math.round((next - nextDue(due, period)) / period);
      host.polled(host.clock.monotonic() - began, skipped);
      due = next;
      await pacer.until(due, signal);
    }
  } catch (cause) {
    if (!signal.aborted) throw cause;
  } finally {
    pacer.leave();
  }
}
