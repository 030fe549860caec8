import { NotificationMessage, StatusChangeNotification, StatusCodes, type Subscription } from 'node-opcua';
import { describe, expect, it } from 'vitest';
import { ConnectionLost, type Driver } from '../../drivers/driver.ts';
import { opcua } from '../../drivers/opcua/index.ts';
import { points, type Running } from './host.ts';
import { hasValue, nodeOf, ReportsKit, upTo } from './reportsKit.ts';

/** Periods, in ms; each has a subscription of its own, that is published twice in it. */
const PERIODS = { a: 100, b: 150 };

/** What the server's subscription has inside. */
interface Inside {
  _sent_notification_messages: NotificationMessage[];
  _get_next_sequence_number(): number;
  _addNotificationMessage(data: StatusChangeNotification): void;
  _stop_timer(): void;
  readonly publishEngine: { detach_subscription(one: Subscription): void };
  notifyTransfer(): void;
}
const inside = (one: Subscription): Inside => one as unknown as Inside;
const transferred = (): StatusChangeNotification =>
  new StatusChangeNotification({ status: StatusCodes.GoodSubscriptionTransferred });

describe('the subscriptions of an OPC UA session', () => {
  const kit = new ReportsKit(Object.fromEntries(Object.keys(PERIODS).map((name) => [name, null])));
  const { set, begin } = kit;
  const open = (...names: (keyof typeof PERIODS)[]): Driver =>
    kit.open(names.flatMap((name) => points(opcua, { [name]: { node: nodeOf(name) } }, PERIODS[name])));
  const course = (tag: string, ...runs: Running[]): string[] =>
    runs
      .flatMap(({ samples }) => samples.filter((sample) => sample.tag === tag))
      .filter(({ value, statusCode }, i, all) => value !== all[i - 1]?.value || statusCode !== all[i - 1]?.statusCode)
      .map(({ value, statusCode }) => `${value} ${statusCode}`);
  const good = (values: readonly number[]): string[] => values.map((value) => `${value} good`);
  const published = (every: number): Subscription =>
    kit.server.subscriptions().find(({ publishingInterval }) => publishingInterval === every)!;

  /** The server no longer knows of it, and says nothing. */
  function forget(one: Subscription): void {
    inside(one)._stop_timer();
    inside(one).publishEngine.detach_subscription(one);
  }

  it('one that the server drops without a word is found by its own silence and made anew; the others miss nothing', async () => {
    set('a', 0);
    set('b', 0);
    begin(open('a', 'b'));
    await Promise.all([kit.running.next(hasValue('a', 0)), kit.running.next(hasValue('b', 0))]);
    const dropped = published(PERIODS.b / 2);
    forget(dropped);
    set('b', 1);
    let isOver = false;
    const lost = kit.running
      .next(({ tag, statusCode }) => tag === 'b' && statusCode === 'bad')
      .finally(() => {
        isOver = true;
      });
    const back = kit.running.next(hasValue('b', 1));
    let last = 0;
    while (!isOver) {
      set('a', ++last);
      await kit.running.next(hasValue('a', last));
    }
    expect(await lost).toMatchObject({
      unread: true,
      reason: expect.stringMatching(/^no report for more than \d+ ms$/),
    });
    await back;
    set('b', 2);
    await kit.running.next(hasValue('b', 2));
    // Changes that nobody reported are not passed over in silence.
    expect(course('b', kit.running)).toEqual(['0 good', 'null bad', '1 uncertain', '1 good', '2 good']);
    expect(course('a', kit.running)).toEqual(good(upTo(0, last)));
    expect(kit.running.connections()).toBe(1);
    expect(kit.server.subscriptions()).not.toContain(dropped);
  });

  it('a server that says nothing at all any more is given up, though their times are not the same', async () => {
    const driver = open('a', 'b');
    begin(driver);
    await Promise.all(['a', 'b'].map((name) => kit.running.next(({ tag }) => tag === name)));
    kit.detour.deafen();
    await expect(kit.running.ended).rejects.toThrow(/no report for more than \d+ ms|no answer within/);
    kit.detour.cut();
    set('b', 7);
    await begin(driver).next(hasValue('b', 7));
  });

  /** How the server tells, of each taking over, that it has come about. */
  const tellings: Record<string, (one: Subscription) => void> = {
    'twice among what it sends again': (one) => {
      for (const status of [transferred(), transferred()]) {
        const sequenceNumber = inside(one)._get_next_sequence_number();
        const message = new NotificationMessage({ sequenceNumber, notificationData: [status] });
        inside(one)._sent_notification_messages.push(message);
      }
    },
    'to the session that took it over': (one) => inside(one)._addNotificationMessage(transferred()),
  };

  it.each(Object.keys(tellings))('a taking over that is told %s ends nothing, however often', async (how) => {
    set('a', 0);
    const driver = open('a');
    const runs = [begin(driver)];
    await kit.running.next(hasValue('a', 0));
    const one = published(PERIODS.a / 2);
    inside(one).notifyTransfer = () => tellings[how]!(one);
    kit.server.services.clear();
    for (const round of [1, 2, 3]) {
      kit.detour.cut();
      await expect(kit.running.ended).rejects.toBeInstanceOf(ConnectionLost);
      runs.push(begin(driver));
      await kit.running.several('a', 2);
      set('a', ...upTo(round * 10, round * 10 + 5));
      await kit.running.next(hasValue('a', round * 10 + 5));
    }
    const values = [0, ...[1, 2, 3].flatMap((round) => upTo(round * 10, round * 10 + 5))];
    expect(course('a', ...runs)).toEqual(good(values));
    expect(runs.map((each) => each.connections())).toEqual([1, 1, 1, 1]);
    expect(kit.server.services).not.toContain('CreateSubscriptionRequest');
    expect(published(PERIODS.a / 2)).toBe(one);
  });
});
