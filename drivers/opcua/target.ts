import type { NodeId, ReadValueIdOptions } from 'node-opcua-client';
import type { Ms, Sample } from '../../rules/sample.ts';
import type { Point } from '../driver.ts';
import type { Address } from './address.ts';
import { unitFaults } from './engineeringUnits.ts';
import type { Library } from './library.ts';
import { resolve } from './resolve.ts';
import { type Server, VALUE } from './server.ts';
import type { Services } from './services.ts';

/** A tag whose node is known. */
export interface Target extends Point<Address> {
  readonly what: ReadValueIdOptions & { readonly nodeId: NodeId };
}

/** A tag that cannot be read in this session, and why. */
export interface Stray extends Point<Address> {
  readonly reason: string;
}

export type Located = Target | Stray;

/** Finds out what to ask the server for each point. */
export async function locate(
  points: readonly Point<Address>[],
  library: Library,
  server: Server,
  services: Services,
): Promise<Located[]> {
  const places = await resolve(points, library, server, services);
  const faults = await unitFaults(points, places, library, server, services);
  return points.map((point, index) => {
    const place = places[index]!;
    const reason = 'reason' in place ? place.reason : faults[index];
    return typeof reason === 'string' || 'reason' in place
      ? { ...point, reason: String(reason) }
      : { ...point, what: whatOf(place.nodeId, point.address) };
  });
}

function whatOf(nodeId: NodeId, { indexRange }: Address): Target['what'] {
  if (indexRange === undefined) return { nodeId, attributeId: VALUE };
  // The library reads it from text, which its types do not say.
  return {
    nodeId,
    attributeId: VALUE,
    indexRange: indexRange as unknown as NonNullable<ReadValueIdOptions['indexRange']>,
  };
}

export const isTarget = (one: Located): one is Target => 'what' in one;

export const badSample = (tag: string, reason: string, now: Ms): Sample => ({
  tag,
  value: null,
  statusCode: 'bad',
  reason,
  sourceTimestamp: now,
  receivedAt: now,
});
