import type { BrowsePath, BrowsePathResult, NodeId } from 'node-opcua-client';
import type { Point } from '../driver.ts';
import type { Address } from './address.ts';
import { findInstances, type Wanted } from './instances.ts';
import type { Library } from './library.ts';
import { type IndexedName, indexed, type Place, parsePath, parseQualified, withIndex } from './node.ts';
import { HIERARCHICAL } from './references.ts';
import type { Server } from './server.ts';
import { portions, Refused, type Services } from './services.ts';

const ROOT = 'i=84';
const WHOLE = 0xffff_ffff;

/** Finds the nodes of all points: indexes of namespaces, and what is at a path, may be others after each connect. */
export async function resolve(
  points: readonly Point<Address>[],
  library: Library,
  server: Server,
  services: Services,
): Promise<Place[]> {
  const places = points.map(({ address }) => (address.node ? known(address.node, library, server) : null));
  const paths = points.flatMap(({ address }, index) => (address.path ? [{ address, index }] : []));
  const starts = await startsOf(
    paths.map(({ address }) => address),
    library,
    server,
    services,
  );
  const asked = paths.flatMap(({ address, index }, position) => {
    const start = starts[position]!;
    const names = indexed(parsePath(address.path!)!, server.namespaces, firstNamespace(address, server));
    places[index] = 'reason' in start ? start : names ? null : NO_NAMESPACE;
    return places[index] || 'reason' in start ? [] : [{ index, path: browsePath(library, start.nodeId, names!) }];
  });
  const found = await translated(
    asked.map(({ path }) => path),
    server,
    services,
  );
  asked.forEach(({ index }, position) => {
    places[index] = found[position]!;
  });
  return places.map((place) => place!);
}

export const NO_NAMESPACE = { reason: 'BadNodeIdUnknown: the server has no such namespace' };

function known(node: string, { coerceNodeId }: Library, { namespaces }: Server): Place {
  const nodeId = withIndex(node, namespaces);
  return nodeId === null ? NO_NAMESPACE : { nodeId: coerceNodeId(nodeId) };
}

/** The root, or the one instance of the type that is named. */
async function startsOf(
  addresses: readonly Address[],
  library: Library,
  server: Server,
  services: Services,
): Promise<Place[]> {
  const wanted = addresses.map((address) => wantedOf(address, library, server));
  const sought = wanted.filter((one): one is Wanted => one !== null && !('reason' in one));
  const found = sought.length > 0 ? await findInstances(sought, library, server, services) : [];
  const root = { nodeId: library.coerceNodeId(ROOT) };
  return wanted.map((one) => (one === null ? root : 'reason' in one ? one : found[sought.indexOf(one)]!));
}

function wantedOf(
  { type, instance }: Address,
  { coerceNodeId }: Library,
  { namespaces }: Server,
): Wanted | { reason: string } | null {
  if (type === undefined) return null;
  const node = withIndex(type, namespaces);
  const name = indexed([parseQualified(type)!], namespaces, 0);
  if (node === null || name === null) return NO_NAMESPACE;
  const isNodeId = /^(?:ns=\d+;)?[isgb]=/i.test(node);
  return { type: isNodeId ? coerceNodeId(node).toString() : name[0]!, shown: type, instance };
}

/** The first name of a path below an instance is in the namespace of its type. */
const firstNamespace = ({ type }: Address, { namespaces }: Server): number => {
  const name = type === undefined ? undefined : parseQualified(type);
  return (name && indexed([name], namespaces, 0)?.[0]?.namespaceIndex) ?? 0;
};

export function browsePath(
  { BrowsePath, coerceNodeId }: Library,
  start: NodeId,
  names: readonly IndexedName[],
): BrowsePath {
  const referenceTypeId = coerceNodeId(HIERARCHICAL);
  const elements = names.map((targetName) => ({
    referenceTypeId,
    includeSubtypes: true,
    isInverse: false,
    targetName,
  }));
  return new BrowsePath({ startingNode: start, relativePath: { elements } });
}

/** What is at each path; a server that does not translate at all is a reason too. */
export async function translated(
  paths: readonly BrowsePath[],
  { limits }: Server,
  services: Services,
): Promise<Place[]> {
  const ask = portions(limits.translate, services.translate);
  try {
    return (await ask(paths)).map(placeOf);
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause;
    return paths.map(() => ({ reason: `${cause.message}: the server does not translate browse paths` }));
  }
}

function placeOf({ statusCode, targets }: BrowsePathResult): Place {
  const [target, another] = (targets ?? []).filter(({ remainingPathIndex }) => remainingPathIndex === WHOLE);
  if (!target) return { reason: `${statusCode.isGood() ? 'BadNoMatch' : statusCode.name}: nothing at this path` };
  return another ? { reason: 'BadTooManyMatches: more than one node at this path' } : { nodeId: target.targetId };
}
