import type { MonitoredItemCreateResult, TransferSubscriptionsResponse } from 'node-opcua-client';
import type { Ms } from '../../rules/sample.ts';
import type { Clock } from '../driver.ts';
import type { Line } from '../session.ts';
import type { Items } from './items.ts';
import type { Library } from './library.ts';
import type { Options } from './options.ts';
import type { Server } from './server.ts';
import { answered, called, portions, Refused, type Session } from './services.ts';
import { isTarget, type Located, type Target } from './target.ts';

/** A session, and what is needed to subscribe in it. */
export interface Subscribing {
  readonly session: Session;
  readonly line: Line;
  readonly library: Library;
  readonly server: Server;
  readonly options: Options;
  readonly clock: Clock;
}

/** A subscription that the server keeps: it outlives the session for a while, and can then be taken over by the next. */
export interface Subscription {
  readonly items: Items;
  id: number;
  /** Longest real time between two messages, by what was agreed. */
  silence: number;
  /** Number of the message that was taken last; 0 before the first. */
  sequence: number;
  /** Monotonic real ms: when it was made or taken over, and when it was last heard of. */
  since: number;
  heardAt: number | null;
}

/** Real ms for which the server keeps a subscription that nobody asks for reports; it outlasts the session. */
const LIFETIME = 60_000;
const LEAST_LIFETIME_COUNT = 3;
const MOST_NOTIFICATIONS = 20_000;
/** Items made in one request, though the server might bear more. */
const MOST_ITEMS = 1_000;
const LEAST_QUEUE = 10;
const FULL = 'BadTooManyMonitoredItems';

/**
 * Has the server keep a subscription to items of one period. What it will not monitor is left unmonitored: it has no
 * room for more, or does not take the deadband, or has no such node.
 */
export async function subscribe(using: Subscribing, items: Items): Promise<Subscription> {
  const { session, line, options, clock } = using;
  const requestedPublishingInterval = publishingInterval(options, items.all[0]!.place);
  const made = await answered(
    line,
    session.createSubscription({
      requestedPublishingInterval,
      requestedLifetimeCount: Math.max(LEAST_LIFETIME_COUNT, Math.ceil(LIFETIME / requestedPublishingInterval)),
      // A message in each interval, be it empty: it says that all else stands as it was.
      requestedMaxKeepAliveCount: 1,
      maxNotificationsPerPublish: MOST_NOTIFICATIONS,
      publishingEnabled: true,
      priority: 0,
    }),
  );
  const id = made.subscriptionId;
  const silence = made.revisedPublishingInterval * (made.revisedMaxKeepAliveCount + 1) + options.timeout;
  await monitor(using, { id, items }, items.handles());
  return { id, items, silence, sequence: 0, since: clock.monotonic(), heardAt: null };
}

const publishingInterval = (options: Options, { period }: Located): Ms => options.publishingInterval ?? period / 2;

/** Has the server monitor those items, or what it does not yet, as far as it will. */
export async function monitor(
  { session, line, library, server, options }: Subscribing,
  { id: subscriptionId, items }: Pick<Subscription, 'id' | 'items'>,
  handles: Iterable<number> = items.unmonitoredHandles(),
): Promise<void> {
  let isFull = false;
  const ask = portions(Math.min(server.limits.monitor, MOST_ITEMS), async (some: readonly Wanted[]) => {
    if (isFull) return some.map(() => null);
    const request = {
      subscriptionId,
      timestampsToReturn: library.TimestampsToReturn.Both,
      itemsToCreate: some.map((one) => itemToCreate(one, library, options)),
    };
    try {
      return (await answered(line, session.createMonitoredItems(request))).results ?? [];
    } catch (cause) {
      if (!(cause instanceof Refused) || cause.message !== FULL || some.length > 1) throw cause;
      isFull = true;
      return [null];
    }
  });
  const wanted = [...handles].flatMap((clientHandle): Wanted[] => {
    const { place } = items.get(clientHandle)!;
    return isTarget(place) ? [{ target: place, clientHandle }] : [];
  });
  const results: (MonitoredItemCreateResult | null)[] = await ask(wanted);
  wanted.forEach(({ clientHandle }, index) => {
    const { statusCode, revisedSamplingInterval, monitoredItemId: id } = results[index] ?? {};
    if (statusCode?.isGood())
      items.monitored(clientHandle, { samplingInterval: Math.max(0, revisedSamplingInterval!), id: id! });
    else items.monitored(clientHandle, null, statusCode?.name ?? FULL);
  });
}

/** Has the server look no longer at tags of a subscription; where it does not do so, what it reports of them is left out. */
export async function unmonitor(
  { session, line, server }: Subscribing,
  { id: subscriptionId, items }: Pick<Subscription, 'id' | 'items'>,
  tags: ReadonlySet<string>,
): Promise<void> {
  const ask = portions(Math.min(server.limits.monitor, MOST_ITEMS), async (monitoredItemIds: readonly number[]) => {
    const request = { subscriptionId, monitoredItemIds: [...monitoredItemIds] };
    await answered(
      line,
      called((done) => session.deleteMonitoredItems(request, done)),
    );
    return monitoredItemIds;
  });
  await ask(items.drop(tags)).catch(unlessRefused);
}

/** Has the server give up a subscription. */
export async function unsubscribe({ session, line }: Subscribing, { id }: Pick<Subscription, 'id'>): Promise<void> {
  const request = { subscriptionIds: [id] };
  await answered(
    line,
    called((done) => session.deleteSubscriptions(request, done)),
  ).catch(unlessRefused);
}

function unlessRefused(cause: unknown): void {
  if (!(cause instanceof Refused)) throw cause;
}

interface Wanted {
  readonly target: Target;
  readonly clientHandle: number;
}

function itemToCreate({ target, clientHandle }: Wanted, library: Library, options: Options) {
  const { address, period, what } = target;
  const samplingInterval = address.samplingInterval ?? options.samplingInterval ?? period;
  const some = Math.ceil((2 * publishingInterval(options, target)) / samplingInterval);
  const queueSize = address.queueSize ?? options.queueSize ?? Math.max(LEAST_QUEUE, some);
  const filter = filterOf(address.deadband ?? options.deadband, library);
  return {
    itemToMonitor: what,
    monitoringMode: library.MonitoringMode.Reporting,
    requestedParameters: { clientHandle, samplingInterval, queueSize, discardOldest: true, filter },
  };
}

function filterOf(deadband: Options['deadband'], { DataChangeFilter, DataChangeTrigger }: Library) {
  if (!deadband) return null;
  const [deadbandType, deadbandValue] = 'absolute' in deadband ? [1, deadband.absolute] : [2, deadband.percent];
  return new DataChangeFilter({ trigger: DataChangeTrigger.StatusValue, deadbandType, deadbandValue });
}

/**
 * Takes over in this session what the server still keeps of an earlier one, with all that it has queued since. Those it
 * no longer has are left out. `available` are the numbers of messages that it can still give.
 */
export async function takeOver(
  { session, line, clock }: Subscribing,
  kept: readonly Subscription[],
): Promise<{ subscription: Subscription; available: readonly number[] }[]> {
  const request = { subscriptionIds: kept.map(({ id }) => id), sendInitialValues: false };
  try {
    const work = called<TransferSubscriptionsResponse>((done) => session.transferSubscriptions(request, done));
    const { results } = await answered(line, work);
    return kept.flatMap((subscription, index) => {
      const result = results?.[index];
      if (!result?.statusCode.isGood()) return [];
      Object.assign(subscription, { since: clock.monotonic(), heardAt: null });
      return [{ subscription, available: [...(result.availableSequenceNumbers ?? [])] }];
    });
  } catch (cause) {
    if (cause instanceof Refused) return [];
    throw cause;
  }
}
