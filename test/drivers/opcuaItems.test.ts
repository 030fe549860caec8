import { coerceNodeId, DataType, MonitoredItemNotification } from 'node-opcua';
import { beforeEach, describe, expect, it } from 'vitest';
import { opcua } from '../../drivers/opcua/index.ts';
import { Items } from '../../drivers/opcua/items.ts';
import type { Located } from '../../drivers/opcua/target.ts';
import { points } from './host.ts';
import { dataValue } from './opcuaServer.ts';

const SAMPLED = 100;

/** A report on the items by their handles: value, and milliseconds of the source's clock. */
const report = (...values: readonly (readonly [number, number, number])[]): MonitoredItemNotification[] =>
  values.map(([clientHandle, number, at]) => {
    const value = dataValue(DataType.Double, number, undefined, new Date(at));
    return new MonitoredItemNotification({ clientHandle, value });
  });

describe('the items of a subscription', () => {
  let items: Items;
  beforeEach(() => {
    const named = points(opcua, { a: { node: 'i=1' }, b: { node: 'i=2' } });
    items = new Items(named.map((point) => ({ ...point, what: { nodeId: coerceNodeId(point.address.node!) } })));
    for (const handle of [0, 1]) items.monitored(handle, { samplingInterval: SAMPLED, id: handle });
  });
  const told = () => items.standing().map(({ tag, value, sourceTimestamp }) => `${tag} ${value} ${sourceTimestamp}`);

  it('stand, as of when the server last looked, until it reports something else; told once for each report', () => {
    items.take(report([0, 1, 10_000], [1, 2, 10_000]), 10_050);
    expect(told()).toEqual([]);
    items.complete(11_000, 11_020);
    expect(told()).toEqual(['a 1 10900', 'b 2 10900']);
    expect(told()).toEqual([]);
    items.take(report([0, 5, 11_950]), 12_020);
    items.complete(12_000, 12_020);
    expect(told()).toEqual(['b 2 11900']);
  });

  it('do not stand by a server whose clock is ahead', () => {
    items.take(report([0, 1, 10_000]), 10_050);
    items.complete(16_000, 10_999);
    expect(told()).toEqual([]);
  });

  it('keep the times of the source, be they equal, late or from the future: to judge them is not theirs', () => {
    const samples = items.take(report([0, 1, 10_000], [0, 2, 10_000], [0, 3, 4_000], [0, 4, 99_000]), 10_050);
    expect(samples.map(({ value, sourceTimestamp }) => [value, sourceTimestamp])).toEqual([
      [1, 10_000],
      [2, 10_000],
      [3, 4_000],
      [4, 99_000],
    ]);
  });

  it('do not stand where the server does not look', () => {
    items.take(report([0, 1, 10_000], [1, 2, 10_000]), 10_050);
    items.monitored(0, null);
    items.complete(11_000, 11_020);
    expect(told()).toEqual(['b 2 10900']);
    expect(items.unmonitored.map(({ tag }) => tag)).toEqual(['a']);
  });

  it('say nothing of a handle that is none of theirs', () => {
    expect(items.take(report([7, 1, 10_000]), 10_050)).toEqual([]);
  });
});

describe('the items of an earlier session', () => {
  const located = (name: string, id: string | null): Located => {
    const [point] = points(opcua, { [name]: { node: 'i=1' } });
    return id === null ? { ...point!, reason: 'nowhere' } : { ...point!, what: { nodeId: coerceNodeId(id) } };
  };
  const kept = (): Items => {
    const items = new Items([located('a', 'i=1'), located('b', null)]);
    items.monitored(0, { samplingInterval: SAMPLED, id: 0 });
    return items;
  };

  it('are those of the next one while what is monitored is the same nodes, wherever the rest is', () => {
    expect(kept().are([located('a', 'i=1'), located('b', null)])).toBe(true);
    expect(kept().are([located('a', 'i=1'), located('b', 'i=7')])).toBe(true);
    expect(kept().are([located('a', 'i=2'), located('b', null)])).toBe(false);
    expect(kept().are([located('a', null), located('b', null)])).toBe(false);
    expect(kept().are([located('a', 'i=1')])).toBe(false);
    expect(kept().are([located('a', 'i=1'), located('c', null)])).toBe(false);
  });

  it('are taken down anew only where nobody monitors them', () => {
    const items = kept();
    items.place([located('a', 'i=9'), located('b', 'i=7')]);
    expect(items.all.map(({ place }) => 'what' in place && place.what.nodeId.toString())).toEqual([
      'ns=0;i=1',
      'ns=0;i=7',
    ]);
    expect(items.unmonitored.map(({ tag }) => tag)).toEqual(['b']);
  });
});
