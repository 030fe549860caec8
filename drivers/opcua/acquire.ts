import type { Ms } from '../../rules/sample.ts';
import type { Host, Point } from '../driver.ts';
import { groupsOf, type Points } from '../points.ts';
import { pollGroups } from '../session.ts';
import type { Address } from './address.ts';
import { Items } from './items.ts';
import { mend } from './mend.ts';
import { Publisher } from './publisher.ts';
import { reader } from './reader.ts';
import { Reading } from './reading.ts';
import type { Services } from './services.ts';
import {
  monitor,
  type Subscribing,
  type Subscription,
  subscribe,
  takeOver,
  unmonitor,
  unsubscribe,
} from './subscription.ts';
import { isTarget, type Located } from './target.ts';

export interface Acquiring extends Subscribing {
  readonly host: Host;
  readonly services: Services;
  /** Tags whose node the server no longer has. */
  readonly gone: Set<string>;
  /** Looks for points, once more. */
  find(points: readonly Point<Address>[]): Promise<readonly Located[]>;
}

/**
 * Acquires all points of a session, and what they become, until its line is lost, and rejects with the reason. `kept` are
 * the subscriptions that an earlier session had; then, those that the next one may take over.
 */
export async function acquire(
  using: Acquiring,
  points: Points<Address>,
  first: Found,
  kept: Subscription[],
): Promise<never> {
  const { host, line } = using;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const acquisition = new Acquisition(using, kept);
  await acquisition.begin(first);
  host.connected();
  const publishing = acquisition.publisher.run();
  const polling = pollGroups(host, acquisition.reading, line.lost);
  let turn = Promise.resolve();
  const follow = (): void => {
    turn = turn.then(() => acquisition.become(points.now));
    turn.catch(failed.reject);
  };
  points.follow(follow, line.lost);
  // They may have become others while they were looked for.
  follow();
  try {
    return await Promise.race([polling, mend(using, acquisition.reading.polled, kept), publishing, failed.promise]);
  } finally {
    line.lose('ended');
    await polling.catch(() => {});
  }
}

/** Points, and where they were found. */
interface Found {
  readonly points: readonly Point<Address>[];
  readonly located: readonly Located[];
}

/** What is polled and what is subscribed to in a session. */
class Acquisition {
  readonly reading: Reading;
  readonly publisher: Publisher;
  readonly #using: Acquiring;
  readonly #kept: Subscription[];
  readonly #subscriptions = new Map<Ms, Subscription>();
  #points: readonly Point<Address>[] = [];

  constructor(using: Acquiring, kept: Subscription[]) {
    const { services, server, host, gone } = using;
    this.#using = using;
    this.#kept = kept;
    this.reading = new Reading((group) => reader(group, server, services, host.clock.now, gone));
    const read = (items: Items) =>
      reader(items.all.map(({ place }) => place).filter(isTarget), server, services, host.clock.now, gone)();
    this.publisher = new Publisher({ ...using, read }, kept);
  }

  /** A subscription for each group, taken over where there still is one; `kept` is what there is then. */
  async begin({ located, points }: Found): Promise<void> {
    this.#points = points;
    for (const [period, group] of groupsOf(located.filter((one) => !this.#isSubscribed(one))))
      this.reading.polled.set(period, group);
    const groups = groupsOf(located.filter((one) => this.#isSubscribed(one)));
    const all = [...groups.values()];
    const known = this.#kept.splice(0).filter(({ id, items }) => id > 0 && all.some((group) => items.are(group)));
    const taken = known.length > 0 ? await takeOver(this.#using, known) : [];
    for (const [period, group] of groups) {
      const old = taken.find(({ subscription }) => subscription.items.are(group))?.subscription;
      if (old) {
        old.items.place(group);
        await monitor(this.#using, old);
      }
      this.#keep(period, old ?? (await subscribe(this.#using, new Items(group))));
    }
    for (const { subscription, available } of taken) await this.publisher.catchUp(subscription, available);
  }

  /** Goes on with other points: those that are as they were are not touched. */
  async become(points: readonly Point<Address>[]): Promise<void> {
    const [before, after] = [new Set(this.#points), new Set(points)];
    const gone = this.#points.filter((point) => !after.has(point));
    const come = points.filter((point) => !before.has(point));
    this.#points = points;
    await this.#leave(new Set(gone.map(({ tag }) => tag)));
    if (come.length > 0) await this.#add(await this.#using.find(come));
    this.reading.changed();
  }

  async #leave(tags: ReadonlySet<string>): Promise<void> {
    if (tags.size === 0) return;
    this.reading.leave(tags);
    for (const [period, subscription] of this.#subscriptions) {
      const { all } = subscription.items;
      if (!all.some(({ place }) => tags.has(place.tag))) continue;
      if (all.every(({ place }) => tags.has(place.tag))) await this.#end(period, subscription);
      else await unmonitor(this.#using, subscription, tags);
    }
  }

  async #end(period: Ms, subscription: Subscription): Promise<void> {
    this.#subscriptions.delete(period);
    this.reading.items.delete(period);
    this.#kept.splice(this.#kept.indexOf(subscription), 1);
    await unsubscribe(this.#using, subscription);
  }

  async #add(located: readonly Located[]): Promise<void> {
    this.reading.add(located.filter((one) => !this.#isSubscribed(one)));
    for (const [period, group] of groupsOf(located.filter((one) => this.#isSubscribed(one)))) {
      const subscription = this.#subscriptions.get(period);
      if (subscription) {
        subscription.items.add(group);
        await monitor(this.#using, subscription);
      } else this.#keep(period, await subscribe(this.#using, new Items(group)));
    }
    this.publisher.fill();
  }

  #keep(period: Ms, subscription: Subscription): void {
    this.#kept.push(subscription);
    this.#subscriptions.set(period, subscription);
    this.reading.items.set(period, subscription.items);
  }

  #isSubscribed({ address }: Located): boolean {
    return (address.acquisition ?? this.#using.options.acquisition) === 'subscribe';
  }
}
