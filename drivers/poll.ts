import type { Ms, Sample } from '../rules/sample.ts';
import type { Host } from './driver.ts';

/** The part of a period, and the most milliseconds, over which polls are spread: so far beyond a window's border a reading may be. */
const SPREAD = 1 / 4;
const MOST_SPREAD: Ms = 500;

/**
 * How long after the instants of its grid an endpoint's polls of one period fall due: always the same for the same
 * endpoint and period, and evenly spread over many, so that they neither load the network nor the agent all at once.
 */
export function phaseOf(endpoint: string, period: Ms): Ms {
  const spread = Math.min(period * SPREAD, MOST_SPREAD);
  return Math.floor((spread * hash(`${endpoint} ${period}`)) / 2 ** 32);
}

/** FNV-1a, with a last mixing since names that differ in their last letter only should lie far apart. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** The next instant after `now` on the grid of `period`, which starts `phase` after the epoch: nearly at the windows' borders. */
export const nextDue = (now: Ms, period: Ms, phase: Ms = 0): Ms =>
  (Math.floor((now - phase) / period) + 1) * period + phase;

/**
 * Polls at once and then on a drift-free grid until aborted. A poll still running when others fall due makes those
 * skipped and counted, never queued; after a step of the clock the grid starts anew. What `read` rejects with ends it.
 */
export async function poll(
  host: Host,
  period: Ms,
  signal: AbortSignal,
  read: () => Promise<readonly Sample[]>,
): Promise<void> {
  const { clock } = host;
  const pacer = clock.pacer();
  const after = (now: Ms): Ms => nextDue(now, period, host.phase(period));
  try {
    let due = clock.now();
    while (!signal.aborted) {
      const began = clock.monotonic();
      const start = clock.now();
      await host.deliver(await read());
      const now = clock.now();
      const steppedBack = now < due - period;
      const begun = after(Math.max(due, start));
      const next = steppedBack ? after(now) : Math.max(begun, after(now));
      const overran = steppedBack ? 0 : Math.round((next - begun) / period);
      const missed = Math.round((begun - after(due)) / period);
      host.polled({ realMs: clock.monotonic() - began, overran, missed });
      due = next;
      await pacer.until(due, signal);
    }
  } catch (cause) {
    if (!signal.aborted) throw cause;
  } finally {
    pacer.leave();
  }
}
