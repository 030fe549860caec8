import {
  type AddressSpace,
  type Namespace,
  PublishResponse,
  type Subscription,
  type UAVariable,
  type Variant,
} from 'node-opcua';
import { describe, expect, it } from 'vitest';
import { ConnectionLost, type Driver } from '../../drivers/driver.ts';
import { opcua } from '../../drivers/opcua/index.ts';
import { impatient, points, type Running } from './host.ts';
import { double } from './opcuaServer.ts';
import { hasValue, nodeOf, ReportsKit, upTo } from './reportsKit.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const at = (name: string, more: object = {}): object => ({ node: nodeOf(name), ...more });

/** One of which a deadband may be a share. */
function analog(namespace: Namespace, space: AddressSpace, value: Variant): UAVariable {
  const range = { engineeringUnitsRange: { low: 0, high: 200 }, organizedBy: space.rootFolder.objects };
  const place = { browseName: 'analog', nodeId: 's=analog', dataType: 'Double', minimumSamplingInterval: 0 };
  return namespace.addAnalogDataItem({ ...place, ...range, value }) as UAVariable;
}

describe('an OPC UA subscription', () => {
  const kit = new ReportsKit(
    { ...Object.fromEntries(NAMES.map((name) => [name, null])), analog },
    { maxMonitoredItemsPerSubscription: 4, operationLimits: { maxMonitoredItemsPerCall: 2 } },
  );
  const { set, begin } = kit;
  const open = (addresses: Record<string, object>, more: object = {}): Driver =>
    kit.open(points(opcua, addresses, 100), more);
  /** That of the present session. */
  const subscription = (): Subscription =>
    kit.server
      .subscriptions()
      .toSorted((one, other) => one.id - other.id)
      .at(-1)!;
  /** What was said of a tag, without repetition of what stands. */
  const course = (...runs: Running[]): string[] =>
    runs
      .flatMap(({ samples }) => samples.filter(({ tag }) => tag === 'a'))
      .filter((sample, index, all) => sample.value !== all[index - 1]?.value)
      .map(({ value, statusCode }) => `${value} ${statusCode}`);

  it('reports each change once and in its order, and between changes that the value stands', async () => {
    set('a', 0);
    begin(open({ a: at('a') }));
    await kit.running.next(hasValue('a', 0));
    set('a', ...upTo(1, 300));
    await kit.running.next(hasValue('a', 300));
    expect(course(kit.running)).toEqual(upTo(0, 300).map((value) => `${value} good`));
    const before = kit.running.samples.at(-1)!;
    const [, , stands] = await kit.running.several('a', 3);
    expect(stands).toMatchObject({ value: 300, statusCode: 'good' });
    expect(stands!.sourceTimestamp).toBeGreaterThan(before.sourceTimestamp);
    expect(stands!.sourceTimestamp).toBeLessThanOrEqual(stands!.receivedAt);
    expect(kit.server.reads.at(-1)).toBeLessThanOrEqual(5);
  });

  it('is uncertain after changes that the server had no room for, and good again while the value stands', async () => {
    set('a', 0);
    begin(open({ a: at('a', { queueSize: 2 }) }));
    await kit.running.next(hasValue('a', 0));
    set('a', ...upTo(1, 9));
    const dropped = await kit.running.next(({ statusCode }) => statusCode !== 'good');
    expect(dropped).toMatchObject({ value: 8, statusCode: 'uncertain' });
    expect(dropped.reason).toMatch(/dropped before|were dropped/);
    await kit.running.next(hasValue('a', 9));
    expect((await kit.running.several('a', 2))[1]).toMatchObject({ value: 9, statusCode: 'good' });
  });

  it('leaves out changes within the deadband', async () => {
    set('a', 0);
    set('analog', 0);
    begin(open({ a: at('a', { deadband: { absolute: 5 } }), p: at('analog', { deadband: { percent: 5 } }) }));
    await Promise.all([kit.running.next(hasValue('a', 0)), kit.running.next(hasValue('p', 0))]);
    set('a', 3, 5, 6, 9, 12);
    set('analog', 9, 11, 15, 30);
    await Promise.all([kit.running.next(hasValue('a', 12)), kit.running.next(hasValue('p', 30))]);
    expect([...new Set(kit.running.samples.map(({ tag, value }) => `${tag}${value}`))].toSorted()).toEqual([
      'a0',
      'a12',
      'a6',
      'p0',
      'p11',
      'p30',
    ]);
  });

  it('polls what the server will not monitor: no room for more, no deadband there, no such node yet', async () => {
    for (const name of NAMES) set(name, 0);
    kit.server.monitored.length = 0;
    begin(open(Object.fromEntries(NAMES.map((name) => [name, at(name)]))));
    await Promise.all(NAMES.map((tag) => kit.running.next(hasValue(tag, 0))));
    expect(kit.server.monitored.every((count) => count <= 2)).toBe(true);
    expect(kit.server.monitored.length).toBeGreaterThan(1);
    for (const [index, name] of NAMES.entries()) set(name, 10 + index);
    await Promise.all(NAMES.map((tag, index) => kit.running.next(hasValue(tag, 10 + index))));
    await kit.running.stop();

    begin(open({ a: at('a', { deadband: { percent: 5 } }), none: at('none') }));
    expect(await kit.running.next(({ tag }) => tag === 'none')).toMatchObject({ statusCode: 'bad' });
    set('a', 10.5);
    await kit.running.next(hasValue('a', 10.5));
  });

  interface Room {
    maxMonitoredItemsPerSubscription: number;
  }

  it('tells what it polls instead, and subscribes once the server has room, or the node', async () => {
    for (const name of NAMES) set(name, 0);
    begin(open(Object.fromEntries([...NAMES, 'none'].map((name) => [name, at(name)]))), impatient(60_000));
    const polled = (tags: number) => ({ event: 'polled', tags });
    await expect.poll(() => kit.running.notices.at(-1)).toMatchObject(polled(2));
    expect(kit.running.notices.at(-1)).toMatchObject({ reason: expect.stringMatching(/^e: Bad/) });
    const { serverCapabilities: room } = subscription() as unknown as { serverCapabilities: Room };
    room.maxMonitoredItemsPerSubscription = 6;
    await expect
      .poll(() => kit.running.notices.at(-1))
      .toMatchObject({ ...polled(1), reason: 'none: BadNodeIdUnknown' });
    kit.server.show('none', double(4));
    await expect.poll(() => kit.running.notices.at(-1)).toEqual({ ...polled(0), reason: '' });
    await kit.running.next(hasValue('none', 4));
    const read = kit.server.reads.length;
    set('e', 1);
    await kit.running.next(hasValue('e', 1));
    await kit.running.several('e', 3);
    expect(kit.server.reads.length).toBe(read);
    room.maxMonitoredItemsPerSubscription = 4;
    expect(kit.running.connections()).toBe(1);
  });

  it('loses nothing when frames are lost, the connection breaks, and values change while it is away', async () => {
    set('a', 0);
    const driver = open({ a: at('a') });
    const first = begin(driver);
    await first.next(hasValue('a', 0));
    set('a', ...upTo(1, 20));
    await first.next(hasValue('a', 20));
    kit.detour.deafen();
    for (const value of upTo(21, 23)) {
      set('a', value);
      await expect.poll(() => subscription().hasPendingNotifications).toBe(false);
    }
    kit.detour.cut();
    await expect(first.ended).rejects.toBeInstanceOf(ConnectionLost);
    set('a', ...upTo(24, 60));
    kit.server.services.clear();
    const second = begin(driver);
    set('a', ...upTo(61, 80));
    await second.next(hasValue('a', 80));
    expect(course(first, second)).toEqual(upTo(0, 80).map((value) => `${value} good`));
    expect([...kit.server.services]).toEqual(
      expect.arrayContaining(['TransferSubscriptionsRequest', 'RepublishRequest']),
    );
    expect(kit.server.services).not.toContain('CreateSubscriptionRequest');
  });

  it('gives up a server that no longer reports, and begins a new subscription with the next', async () => {
    const driver = open({ a: at('a') }, { timeout: '2s' });
    await begin(driver).next(({ tag }) => tag === 'a');
    kit.detour.deafen();
    await expect(kit.running.ended).rejects.toThrow(/no report for more than \d+ ms|no answer within/);
    kit.detour.cut();
    set('a', 7);
    await begin(driver).next(hasValue('a', 7));
  });

  /** The next message of the subscription gets lost on its way, though the server has it sent. */
  function loseNext(one: Subscription, keep: boolean): void {
    const engine = one.publishEngine as unknown as Engine;
    const send = engine._send_response.bind(engine);
    engine._send_response = (to, response) => {
      const { sequenceNumber, notificationData } = response.notificationMessage;
      if (!notificationData?.length) return send(to, response);
      engine._send_response = send;
      if (!keep) one.acknowledgeNotification(sequenceNumber);
      const { subscriptionId } = response;
      send(to, new PublishResponse({ subscriptionId, notificationMessage: { sequenceNumber: sequenceNumber + 1 } }));
    };
  }
  interface Engine {
    _send_response(to: Subscription, response: PublishResponse): void;
  }

  it('has a report sent again that did not arrive', async () => {
    set('a', 0);
    await begin(open({ a: at('a') })).next(hasValue('a', 0));
    kit.server.services.clear();
    loseNext(subscription(), true);
    set('a', 1, 2, 3);
    await kit.running.next(hasValue('a', 3));
    expect(course(kit.running)).toEqual(['0 good', '1 good', '2 good', '3 good']);
    expect(kit.server.services).toContain('RepublishRequest');
  });

  it('marks the stretch when a report is gone for good', async () => {
    set('a', 0);
    set('b', 5);
    await begin(open({ a: at('a'), b: at('b') })).next(hasValue('a', 0));
    loseNext(subscription(), false);
    set('a', 1, 2);
    await kit.running.next(hasValue('a', 2));
    set('a', 3);
    await kit.running.next(hasValue('a', 3));
    expect(course(kit.running)).toEqual(['0 good', '2 uncertain', '3 good']);
    expect(kit.running.samples.filter(({ tag, statusCode }) => tag === 'b' && statusCode !== 'good')).toEqual([]);
    expect(kit.running.samples.find(({ statusCode }) => statusCode === 'uncertain')!.reason).toMatch(/missed/);
  });

  it('makes a subscription anew that the server has ended, and marks the stretch', async () => {
    set('a', 0);
    await begin(open({ a: at('a') })).next(hasValue('a', 0));
    await kit.running.several('a', 2);
    const old = subscription();
    old.terminate();
    set('a', 1, 2);
    await kit.running.next(hasValue('a', 2));
    await expect.poll(() => subscription()?.id).not.toBe(old.id);
    set('a', 3);
    await kit.running.next(hasValue('a', 3));
    expect(course(kit.running)).toEqual(['0 good', '2 uncertain', '3 good']);
    expect(kit.running.connections()).toBe(1);
  });

  it('begins anew with a server that no longer has the subscription to be taken over: BadSubscriptionIdInvalid', async () => {
    set('a', 0);
    const driver = open({ a: at('a') });
    await begin(driver).next(hasValue('a', 0));
    const old = subscription();
    kit.detour.cut();
    await expect(kit.running.ended).rejects.toBeInstanceOf(ConnectionLost);
    old.terminate();
    kit.server.services.clear();
    set('a', 5);
    await begin(driver).next(hasValue('a', 5));
    const asked = ['TransferSubscriptionsRequest', 'CreateSubscriptionRequest'];
    expect([...kit.server.services]).toEqual(expect.arrayContaining(asked));
    expect(kit.running.samples.map(({ statusCode }) => statusCode)).not.toContain('bad');
  });

  it('leaves no subscription behind when it ends', async () => {
    await begin(open({ a: at('a') })).next(({ tag }) => tag === 'a');
    const own = subscription();
    await kit.running.stop();
    await expect.poll(() => kit.server.subscriptions()).not.toContain(own);
  });
});
