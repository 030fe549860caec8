import type { ClientSession, DataValue } from 'node-opcua-client';
import type { Ms, Sample } from '../../rules/sample.ts';
import type { Point } from '../driver.ts';
import type { Line, Read } from '../session.ts';
import { withIndex } from './node.ts';
import type { Address } from './options.ts';
import { confirmed, toSample } from './value.ts';

/** The Value of a node, and where a server says the two things it is asked first (OPC UA Part 6, A.1 and A.3). */
const VALUE = 13;
const NAMESPACE_ARRAY = { nodeId: 'i=2255', attributeId: VALUE };
const MAX_NODES_PER_READ = { nodeId: 'i=11705', attributeId: VALUE };

const TOO_MANY = /BadTooManyOperations|BadResponseTooLarge|BadEncodingLimitsExceeded/;

type Node = typeof NAMESPACE_ARRAY;
/** Reads nodes in one request; null when they are too many for the server. Rejects only when the line is lost. */
export type Ask = (nodes: Node[]) => Promise<DataValue[] | null>;

export const asker =
  (session: ClientSession, line: Line): Ask =>
  async (nodes) => {
    try {
      const values = await line.inTime(session.read(nodes));
      if (values.length === nodes.length) return values;
      line.lose(`${values.length} values for ${nodes.length} nodes`);
    } catch (cause) {
      if (nodes.length > 1 && TOO_MANY.test(String(cause))) return null;
      line.lose(String(cause));
    }
    throw line.lost.reason;
  };

/** What a server tells about itself. */
export interface Server {
  /** In the order of their indexes, which may be another after each start of the server. */
  readonly namespaces: readonly string[];
  /** Most nodes in one Read; Infinity when it does not say. */
  readonly maxNodes: number;
}

/** Asks a server about itself. */
export async function learn(ask: Ask): Promise<Server> {
  const told = async (node: Node): Promise<unknown> => (await ask([node]))?.[0]?.value.value;
  const namespaces = await told(NAMESPACE_ARRAY);
  const maxNodes = await told(MAX_NODES_PER_READ);
  return {
    namespaces: Array.isArray(namespaces) ? namespaces.map(String) : [],
    maxNodes: typeof maxNodes === 'number' && maxNodes > 0 ? maxNodes : Number.POSITIVE_INFINITY,
  };
}

/** Reads the points that fall due together, with one Read or as few as the server allows. */
export function reader(points: readonly Point<Address>[], server: Server, ask: Ask, now: () => Ms): Read {
  const tags: string[] = [];
  const nodes: Node[] = [];
  const strays: string[] = [];
  for (const { tag, address } of points) {
    const nodeId = withIndex(address.node, server.namespaces);
    if (nodeId === null) strays.push(tag);
    else nodes[tags.push(tag) - 1] = { nodeId, attributeId: VALUE };
  }
  const last: Sample[] = [];
  let most = server.maxNodes;

  return async () => {
    const samples = strays.map((tag) => stray(tag, now()));
    for (let next = 0; next < nodes.length; ) {
      const some = nodes.slice(next, next + most);
      const values = await ask(some);
      const receivedAt = now();
      if (!values) most = Math.ceil(some.length / 2);
      for (const data of values ?? []) {
        const sample = toSample(tags[next]!, data, receivedAt);
        last[next] = confirmed(last[next], sample, data.serverTimestamp?.getTime());
        samples.push(last[next++]!);
      }
    }
    return samples;
  };
}

const stray = (tag: string, now: Ms): Sample => ({
  tag,
  value: null,
  statusCode: 'bad',
  reason: 'BadNodeIdUnknown: the server has no such namespace',
  sourceTimestamp: now,
  receivedAt: now,
});
