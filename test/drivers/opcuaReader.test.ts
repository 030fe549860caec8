import { coerceNodeId, DataType } from 'node-opcua';
import { expect, it } from 'vitest';
import { opcua } from '../../drivers/opcua/index.ts';
import { reader } from '../../drivers/opcua/reader.ts';
import { learn } from '../../drivers/opcua/server.ts';
import { Refused, type Services } from '../../drivers/opcua/services.ts';
import type { Target } from '../../drivers/opcua/target.ts';
import { points } from './host.ts';
import { dataValue } from './opcuaServer.ts';

const ids = Array.from({ length: 20 }, (_, i) => [`t${i}`, { node: `i=${i}` }]);
const twenty = points(opcua, Object.fromEntries(ids)).map(
  (point): Target => ({ ...point, what: { nodeId: coerceNodeId(point.address.node!), attributeId: 13 } }),
);

/** A server that knows its nodes by number and takes no more than `limit` at once, but does not say so. */
function coy(limit: number, refusal: string): { read: Services['read']; asked: number[] } {
  const asked: number[] = [];
  const read: Services['read'] = async (nodes) => {
    asked.push(nodes.length);
    if (nodes.length > limit) throw new Refused(refusal);
    return nodes.map(({ nodeId }) => dataValue(DataType.Double, (nodeId as Target['what']['nodeId']).value));
  };
  return { read, asked };
}

const unlimited = { limits: { read: Infinity, browse: Infinity, translate: Infinity, monitor: Infinity } };

it.each(['BadTooManyOperations', 'BadResponseTooLarge', 'BadRequestTooLarge', 'BadEncodingLimitsExceeded'])(
  'finds a limit that the server only enforces with %s, and keeps to it',
  async (refusal) => {
    const { read, asked } = coy(7, refusal);
    const poll = reader(twenty, unlimited, { read }, () => 0, new Set());
    for (let i = 0; i < 2; i++) {
      expect((await poll()).map(({ tag, value }) => [tag, value])).toEqual(twenty.map(({ tag }, n) => [tag, n]));
    }
    expect(asked).toEqual([20, 10, 5, 5, 5, 5, 5, 5, 5, 5]);
  },
);

it('loses a server that refuses even one', async () => {
  const { read } = coy(0, 'BadTooManyOperations');
  await expect(reader(twenty, unlimited, { read }, () => 0, new Set())()).rejects.toThrow(
    /refuses to be read: BadTooManyOperations/,
  );
});

it('does without what a server does not tell about itself', async () => {
  const read: Services['read'] = async (nodes) => nodes.map(() => dataValue(DataType.Null, null));
  expect(await learn({ read } as Services)).toEqual({ namespaces: [], ...unlimited });
});
