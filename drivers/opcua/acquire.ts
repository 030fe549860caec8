import type { Ms, Sample } from '../../rules/sample.ts';
import type { Host } from '../driver.ts';
import { pollGroups, type Read } from '../session.ts';
import { Items } from './items.ts';
import { mend } from './mend.ts';
import { Publisher } from './publisher.ts';
import { reader } from './reader.ts';
import type { Services } from './services.ts';
import { monitor, type Subscribing, type Subscription, subscribe, takeOver } from './subscription.ts';
import { isTarget, type Located } from './target.ts';

export interface Acquiring extends Subscribing {
  readonly host: Host;
  readonly services: Services;
  /** Tags whose node the server no longer has. */
  readonly gone: Set<string>;
  /** Looks for points once more. */
  find(points: readonly Located[]): Promise<readonly Located[]>;
}

/**
 * Acquires all points of a session until its line is lost, and rejects with the reason. `kept` are the subscriptions
 * that an earlier session had; then, those that the next one may take over.
 */
export async function acquire(using: Acquiring, points: readonly Located[], kept: Subscription[]): Promise<never> {
  const { host, line, services, server, options, gone } = using;
  const isSubscribed = ({ address }: Located): boolean => (address.acquisition ?? options.acquisition) === 'subscribe';
  const reading = (group: readonly Located[]): Read => reader(group, server, services, host.clock.now, gone);
  const polled: Map<Ms, readonly Located[]> = groups(points.filter((point) => !isSubscribed(point)));
  const subscribed = groups(points.filter(isSubscribed));
  const publisher = await subscribeAll(using, [...subscribed.values()], kept);
  host.connected();
  const items = new Map([...subscribed.keys()].map((period, index) => [period, kept[index]!.items]));
  const reads = [...new Set([...polled.keys(), ...items.keys()])].map((period): [Ms, Read] => [
    period,
    together(items.get(period), () => polled.get(period) ?? [], reading),
  ]);
  const polling = pollGroups(host, new Map(reads), line.lost);
  try {
    const running = [polling, mend(using, polled, kept), ...(publisher ? [publisher.run()] : [])];
    return await Promise.race(running);
  } finally {
    line.lose('ended');
    await polling.catch(() => {});
  }
}

const groups = (points: readonly Located[]): Map<Ms, Located[]> => Map.groupBy(points, ({ period }) => period);

/** A subscription for each group, taken over where there still is one; `kept` is what there is then. */
async function subscribeAll(
  using: Acquiring,
  groups: readonly (readonly Located[])[],
  kept: Subscription[],
): Promise<Publisher | null> {
  const known = kept.splice(0).filter(({ id, items }) => id > 0 && groups.some((group) => items.are(group)));
  const taken = known.length > 0 ? await takeOver(using, known) : [];
  for (const group of groups) {
    const old = taken.find(({ subscription }) => subscription.items.are(group))?.subscription;
    if (old) {
      old.items.place(group);
      await monitor(using, old);
    }
    kept.push(old ?? (await subscribe(using, new Items(group))));
  }
  if (kept.length === 0) return null;
  const { services, server, host, gone } = using;
  const read = (items: Items): Promise<readonly Sample[]> =>
    reader(items.all.map(({ place }) => place).filter(isTarget), server, services, host.clock.now, gone)();
  const publisher = new Publisher({ ...using, read }, kept);
  for (const { subscription, available } of taken) await publisher.catchUp(subscription, available);
  return publisher;
}

const NOTHING: readonly Located[] = [];

/** What a subscription has not reported stands; what it does not monitor is read, in one with what is polled. */
function together(
  items: Items | undefined,
  polled: () => readonly Located[],
  reading: (group: readonly Located[]) => Read,
): Read {
  let known: readonly (readonly Located[])[] = [];
  let read: Read = async () => [];
  return async () => {
    const lists = [items?.unmonitored ?? NOTHING, polled()];
    if (lists.some((list, index) => list !== known[index])) {
      known = lists;
      read = reading(lists.flat());
    }
    const standing = items?.standing();
    return standing ? standing.concat(await read()) : read();
  };
}
