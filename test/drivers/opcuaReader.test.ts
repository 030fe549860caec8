import { DataType } from 'node-opcua';
import { expect, it } from 'vitest';
import { opcua } from '../../drivers/opcua/index.ts';
import { type Ask, learn, reader } from '../../drivers/opcua/reader.ts';
import { points } from './host.ts';
import { dataValue } from './opcuaServer.ts';

const ids = Array.from({ length: 20 }, (_, i) => [`t${i}`, { node: `i=${i}` }]);
const twenty = points(opcua, Object.fromEntries(ids));

/** A server that knows its nodes by number and takes no more than `limit` at once, but does not say so. */
function coy(limit: number): { ask: Ask; asked: number[] } {
  const asked: number[] = [];
  const ask: Ask = async (nodes) => {
    asked.push(nodes.length);
    if (nodes.length > limit) return null;
    return nodes.map(({ nodeId }) => dataValue(DataType.Double, Number(nodeId.slice(2))));
  };
  return { ask, asked };
}

it('finds a limit that the server only enforces, and keeps to it', async () => {
  const { ask, asked } = coy(7);
  const read = reader(twenty, { namespaces: [], maxNodes: Number.POSITIVE_INFINITY }, ask, () => 0);
  for (let poll = 0; poll < 2; poll++) {
    expect((await read()).map(({ tag, value }) => [tag, value])).toEqual(twenty.map(({ tag }, i) => [tag, i]));
  }
  expect(asked).toEqual([20, 10, 5, 5, 5, 5, 5, 5, 5, 5]);
});

it('does without what a server does not tell about itself', async () => {
  const silent: Ask = async () => [dataValue(DataType.Null, null)];
  expect(await learn(silent)).toEqual({ namespaces: [], maxNodes: Number.POSITIVE_INFINITY });
});
