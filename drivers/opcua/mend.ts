import type { Ms } from '../../rules/sample.ts';
import type { PolledNotice } from '../driver.ts';
import type { Acquiring } from './acquire.ts';
import type { Items } from './items.ts';
import { Refused } from './services.ts';
import { monitor, type Subscription } from './subscription.ts';
import { isTarget, type Located } from './target.ts';

/** Real ms between looks for what the server did not have, or had no room for, when the session began. */
const AGAIN = 60_000;

/**
 * Looks again, now and then, for points that were not found or are gone, and has the server monitor what it would not;
 * tells how many tags are polled instead. Rejects when the line is lost.
 */
export async function mend(
  using: Acquiring,
  polled: Map<Ms, readonly Located[]>,
  subscriptions: readonly Subscription[],
): Promise<never> {
  const { host, line } = using;
  for (;;) {
    if (subscriptions.length > 0) host.notice(polledInstead(subscriptions.map(({ items }) => items)));
    await host.clock.delay(AGAIN, line.lost);
    try {
      await findAgain(using, polled, subscriptions);
      for (const one of subscriptions) await monitor(using, one);
    } catch (cause) {
      // What the server refuses today it may grant tomorrow: the session itself stands.
      if (!(cause instanceof Refused)) throw cause;
    }
  }
}

async function findAgain(
  { find, gone }: Acquiring,
  polled: Map<Ms, readonly Located[]>,
  subscriptions: readonly Subscription[],
): Promise<void> {
  const all = [...polled.values(), ...subscriptions.map(({ items }) => items.unmonitored)];
  // What is at a path may have come back as another node.
  const isAstray = (point: Located): boolean =>
    !isTarget(point) || (point.address.path !== undefined && gone.has(point.tag));
  const strays = all.flat().filter(isAstray);
  gone.clear();
  if (strays.length === 0) return;
  const found = new Map((await find(strays)).map((point) => [point.tag, point]));
  for (const [period, points] of polled) {
    if (points.some(({ tag }) => found.has(tag)))
      polled.set(
        period,
        points.map((point) => found.get(point.tag) ?? point),
      );
  }
  for (const { items } of subscriptions) items.place([...found.values()]);
}

function polledInstead(all: readonly Items[]): PolledNotice {
  const refused = all.flatMap((items) => items.all.filter(({ refusal }) => refusal !== null));
  const [first] = refused;
  return { event: 'polled', tags: refused.length, reason: first ? `${first.place.tag}: ${first.refusal}` : '' };
}
