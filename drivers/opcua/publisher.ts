import type {
  DataChangeNotification,
  NotificationMessage,
  PublishResponse,
  RepublishResponse,
  StatusChangeNotification,
} from 'node-opcua-client';
import type { Ms, Sample } from '../../rules/sample.ts';
import type { Host } from '../driver.ts';
import type { Items } from './items.ts';
import { after, distance } from './sequence.ts';
import { answered, called, faultIn, Refused } from './services.ts';
import { type Subscribing, type Subscription, subscribe, unsubscribe } from './subscription.ts';

/** Requests for a report that are with the server at a time, beside one for each subscription. */
const SPARE_REQUESTS = 2;
/** Real ms that the library keeps a request: longer than any server is silent without our noticing. */
const LONGEST_WAIT = 600_000;
/** Messages that are asked for again, one by one; were more missed, the values are read instead. */
const MOST_REPUBLISHED = 1_000;
/** Real ms, twice those between two looks at subscriptions that none asks for sooner. */
const LONGEST_PAUSE = 10_000;
/** Real ms after a refusal. */
const PAUSE = 100;

export interface Publishing extends Subscribing {
  readonly host: Host;
  /** Reads all that is monitored. */
  read(items: Items): Promise<readonly Sample[]>;
}

/**
 * Takes the reports of all subscriptions of a session, each in its order and each once, delivers what they say, and
 * acknowledges them only then: what is not acknowledged can be had again.
 */
export class Publisher {
  readonly #using: Publishing;
  readonly #subscriptions: readonly Subscription[];
  readonly #failed = Promise.withResolvers<never>();
  #acknowledgements: { subscriptionId: number; sequenceNumber: number }[] = [];
  #turn: Promise<void> = Promise.resolve();
  #pending = 0;
  /** Counts renewals, so that one loss, which several answers tell of, is made good once. */
  #renewals = 0;

  constructor(using: Publishing, subscriptions: readonly Subscription[]) {
    this.#using = using;
    this.#subscriptions = subscriptions;
    this.#failed.promise.catch(() => {});
  }

  /** Runs until the line is lost, and rejects with what ended it. */
  async run(): Promise<never> {
    this.fill();
    return Promise.race([this.#listen(), this.#failed.promise]);
  }

  /** Asks for as many reports at a time as there are subscriptions, and some more; for none where there is none. */
  fill(): void {
    const wanted = this.#subscriptions.length === 0 ? 0 : this.#subscriptions.length + SPARE_REQUESTS;
    while (this.#pending < wanted && !this.#using.line.lost.aborted) this.#request();
  }

  /** Takes what the server has kept of a subscription since an earlier session last asked. */
  async catchUp(subscription: Subscription, available: readonly number[]): Promise<void> {
    for (const number of available) {
      if (distance(subscription.sequence, number) <= 0) this.#acknowledge(subscription, number);
    }
    const numbers = available.map((number) => distance(subscription.sequence, number));
    const ahead = Math.max(0, ...numbers);
    if (ahead > 0) await this.#fetch(subscription, ahead);
  }

  /** Looks after subscriptions that are silent, between two answers: what has come already is not missing. */
  async #listen(): Promise<never> {
    const { line, clock } = this.#using;
    for (;;) {
      await clock.delay(Math.min(LONGEST_PAUSE, ...this.#subscriptions.map(({ silence }) => silence)) / 2, line.lost);
      this.#turn = this.#turn.then(() => this.#look());
      await this.#turn;
    }
  }

  /**
   * A subscription that is silent for longer than was agreed is made anew where others of the session are heard of: the
   * server has dropped it and not told. Where none is, the line is lost, and they are not taken over either.
   */
  async #look(): Promise<void> {
    const { line, clock } = this.#using;
    const now = clock.monotonic();
    const silent = this.#subscriptions.filter(({ heardAt, since, silence }) => now - (heardAt ?? since) > silence);
    if (silent.length === 0) return;
    const isLost = silent.length === this.#subscriptions.length;
    for (const one of silent) {
      if (line.lost.aborted) return;
      if (!isLost) await this.#replace(one);
      else one.id = 0;
    }
    if (isLost) line.lose(silenceOf(silent[0]!));
  }

  async #replace(subscription: Subscription): Promise<void> {
    const { host } = this.#using;
    await host.deliver(subscription.items.bad(silenceOf(subscription), host.clock.now()));
    await unsubscribe(this.#using, subscription);
    await this.#renew(subscription);
  }

  #request(): void {
    const { library, line, session } = this.#using;
    if (line.lost.aborted) return;
    this.#pending++;
    const renewals = this.#renewals;
    const request = new library.PublishRequest({
      requestHeader: { timeoutHint: LONGEST_WAIT },
      subscriptionAcknowledgements: this.#acknowledgements,
    });
    this.#acknowledgements = [];
    // By callback: a lost line leaves requests unanswered for ever, and nothing may wait for them.
    session.publish(request, (error, response) => {
      this.#pending--;
      if (line.lost.aborted) return;
      this.#turn = this.#turn
        .then(() => (error || !response ? this.#refused(error, renewals) : this.#take(response)))
        .then((goesOn) => {
          if (goesOn) this.#request();
        });
      this.#turn.catch(this.#failed.reject);
    });
  }

  async #take(response: PublishResponse): Promise<boolean> {
    const { subscriptionId, notificationMessage: message, moreNotifications } = response;
    const subscription = this.#subscriptions.find(({ id }) => id === subscriptionId);
    if (!subscription) return true;
    const { clock } = this.#using;
    const isFirst = subscription.heardAt === null;
    subscription.heardAt = clock.monotonic();
    // An empty message has the number of the one that will come next.
    const missing = distance(subscription.sequence, message.sequenceNumber) - 1;
    if (missing > 0) await this.#fetch(subscription, missing);
    if (message.notificationData?.length) {
      if (missing >= 0) await this.#report(subscription, message, isFirst);
      else this.#acknowledge(subscription, message.sequenceNumber);
    }
    if (!moreNotifications && subscription.id === subscriptionId) {
      subscription.items.complete(publishedAt(response), clock.now());
    }
    return true;
  }

  async #report(subscription: Subscription, message: NotificationMessage, isOfTakeOver: boolean): Promise<void> {
    const { host, line } = this.#using;
    const { sequenceNumber, notificationData } = message;
    let isOver = false;
    for (const data of notificationData ?? []) {
      if (data?.schema.name === 'StatusChangeNotification')
        isOver = !(isOfTakeOver && isTransfer(data as StatusChangeNotification));
      if (data?.schema.name !== 'DataChangeNotification' || line.lost.aborted) continue;
      await host.deliver(
        subscription.items.take((data as DataChangeNotification).monitoredItems ?? [], host.clock.now()),
      );
    }
    subscription.sequence = sequenceNumber;
    this.#acknowledge(subscription, sequenceNumber);
    // Timed out, or transferred to somebody else: either way the server reports no more.
    if (isOver) await this.#renew(subscription);
  }

  #acknowledge({ id }: Subscription, sequenceNumber: number): void {
    this.#acknowledgements.push({ subscriptionId: id, sequenceNumber });
  }

  /** Has the next `count` messages sent again. Where one is no longer to be had, the stretch is marked. */
  async #fetch(subscription: Subscription, count: number): Promise<void> {
    const { id } = subscription;
    let isComplete = count <= MOST_REPUBLISHED;
    if (!isComplete) subscription.sequence += count - MOST_REPUBLISHED;
    for (let i = 0; i < Math.min(count, MOST_REPUBLISHED) && subscription.id === id; i++) {
      const number = after(subscription.sequence);
      const message = await this.#republished(id, number);
      subscription.sequence = number;
      if (message) await this.#report(subscription, message, true);
      else isComplete = false;
    }
    if (!isComplete) await this.#doubt(subscription);
  }

  async #republished(subscriptionId: number, retransmitSequenceNumber: number): Promise<NotificationMessage | null> {
    const { library, line, session } = this.#using;
    const request = new library.RepublishRequest({ subscriptionId, retransmitSequenceNumber });
    try {
      const work = called<RepublishResponse>((done) => session.republish(request, done));
      return (await answered(line, work)).notificationMessage;
    } catch (cause) {
      if (cause instanceof Refused) return null;
      throw cause;
    }
  }

  /** Reports are missing for good: what may have changed meanwhile is uncertain. */
  async #doubt({ items }: Subscription): Promise<void> {
    const { host, read, line } = this.#using;
    const samples = items.afterLoss(await read(items));
    if (!line.lost.aborted) await host.deliver(samples);
  }

  async #refused(error: Error | null, renewals: number): Promise<boolean> {
    const { line, clock } = this.#using;
    const fault = faultIn(error);
    if (fault === 'BadNoSubscription') {
      if (this.#subscriptions.length === 0) return false;
      if (renewals === this.#renewals) for (const one of this.#subscriptions) await this.#renew(one);
      return true;
    }
    if (fault === 'BadTooManyPublishRequests' && this.#pending > 0) return false;
    if (fault === null || !/Timeout|BadTooManyPublishRequests/.test(fault)) {
      line.lose(fault === null ? String(error) : `the server refuses to report: ${fault}`);
      return false;
    }
    await clock.delay(PAUSE, line.lost);
    return true;
  }

  /** The server has lost a subscription: it is made anew, and what may have changed meanwhile is uncertain. */
  async #renew(subscription: Subscription): Promise<void> {
    const { line } = this.#using;
    this.#renewals++;
    if (subscription.heardAt === null) line.lose('the server ends subscriptions before it has reported');
    line.lost.throwIfAborted();
    Object.assign(subscription, await subscribe(this.#using, subscription.items));
    await this.#doubt(subscription);
  }
}

/**
 * Of a message that was sent again, or is the first in this session, it tells of our own taking over: were it another's
 * subscription now, the server would give us nothing.
 */
const isTransfer = ({ status }: StatusChangeNotification): boolean => status.name === 'GoodSubscriptionTransferred';

/** Some servers leave out when they made a message, which comes as 1601; then, when they sent it. */
function publishedAt({ notificationMessage: { publishTime }, responseHeader: { timestamp } }: PublishResponse): Ms {
  const made = publishTime?.getTime() ?? 0;
  return made > 0 ? made : (timestamp?.getTime() ?? 0);
}

const silenceOf = ({ silence }: Subscription): string => `no report for more than ${Math.round(silence)} ms`;
