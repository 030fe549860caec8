import type { Ms, Sample } from '../../rules/sample.ts';
import type { Host } from '../driver.ts';
import { byPeriod, pollGroups, type Read } from '../session.ts';
import { Items } from './items.ts';
import { Publisher } from './publisher.ts';
import { reader } from './reader.ts';
import type { Services } from './services.ts';
import { type Subscribing, type Subscription, subscribe, takeOver } from './subscription.ts';
import { isTarget, type Stray, type Target } from './target.ts';

export interface Acquiring extends Subscribing {
  readonly host: Host;
  readonly services: Services;
}

/**
 * Acquires all points of a session until its line is lost, and rejects with the reason. `kept` are the subscriptions
 * that an earlier session had; then, those that the next one may take over.
 */
export async function acquire(
  using: Acquiring,
  points: readonly (Target | Stray)[],
  kept: Subscription[],
): Promise<never> {
  const { host, line, services, server, options } = using;
  const isSubscribed = (point: Target | Stray): point is Target =>
    isTarget(point) && (point.address.acquisition ?? options.acquisition) === 'subscribe';
  const read = (group: readonly (Target | Stray)[]): Read => reader(group, server, services, host.clock.now);
  const polled = byPeriod(
    points.filter((point) => !isSubscribed(point)),
    read,
  );
  const periods = [...Map.groupBy(points.filter(isSubscribed), ({ period }) => period)];
  const publisher = await subscribed(
    using,
    periods.map(([, targets]) => targets),
    kept,
  );
  host.connected();
  const standing = periods.map(([period], index): [Ms, Read] => [period, standingOf(kept[index]!.items, read)]);
  const polling = pollGroups(host, both(polled, standing), line.lost);
  try {
    return await Promise.race([polling, ...(publisher ? [publisher.run()] : [])]);
  } finally {
    line.lose('ended');
    await polling.catch(() => {});
  }
}

/** A subscription for each group, taken over where there still is one; `kept` is what there is then. */
async function subscribed(
  using: Acquiring,
  groups: readonly (readonly Target[])[],
  kept: Subscription[],
): Promise<Publisher | null> {
  const known = kept.splice(0).filter(({ id, items }) => id > 0 && groups.some((group) => isOf(items, group)));
  const taken = known.length > 0 ? await takeOver(using, known) : [];
  for (const group of groups) {
    const old = taken.find(({ subscription }) => isOf(subscription.items, group));
    kept.push(old?.subscription ?? (await subscribe(using, new Items(group))));
  }
  if (kept.length === 0) return null;
  const { services, server, host } = using;
  const read = (items: Items): Promise<readonly Sample[]> =>
    reader(
      items.all.map(({ target }) => target),
      server,
      services,
      host.clock.now,
    )();
  const publisher = new Publisher({ ...using, read }, kept);
  for (const { subscription, available } of taken) await publisher.catchUp(subscription, available);
  return publisher;
}

/** Whether the items are these very nodes: after a reboot they may have other ids. */
const isOf = ({ all }: Items, group: readonly Target[]): boolean =>
  all.length === group.length &&
  all.every(({ target: { tag, what } }, index) => {
    const other = group[index]!;
    return tag === other.tag && what.nodeId.toString() === other.what.nodeId.toString();
  });

/** What a subscription has not reported stands; what it does not monitor is read. */
function standingOf(items: Items, reading: (targets: readonly Target[]) => Read): Read {
  let unmonitored: readonly Target[] = [];
  let read: Read | null = null;
  return async () => {
    if (items.unmonitored !== unmonitored) {
      unmonitored = items.unmonitored;
      read = unmonitored.length > 0 ? reading(unmonitored) : null;
    }
    const standing = items.standing();
    return read ? standing.concat(await read()) : standing;
  };
}

/** One poll for all that is due together. */
function both(polled: ReadonlyMap<Ms, Read>, standing: readonly (readonly [Ms, Read])[]): ReadonlyMap<Ms, Read> {
  const all = new Map(polled);
  for (const [period, read] of standing) {
    const other = polled.get(period);
    all.set(period, other ? async () => [...(await read()), ...(await other())] : read);
  }
  return all;
}
