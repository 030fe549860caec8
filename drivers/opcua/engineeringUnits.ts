import type { NodeId, Variant } from 'node-opcua-client';
import type { Library } from './library.ts';
import type { Place } from './node.ts';
import { HIERARCHICAL } from './references.ts';
import { browsePath, translated } from './resolve.ts';
import { type Server, VALUE } from './server.ts';
import { portions, Refused, type Services } from './services.ts';
import { type EngineeringUnits, mismatch } from './units.ts';

/**
 * The EngineeringUnits of nodes, or of the variables that these are part of; null where there are none. `Services` that
 * a server refuses are taken for none.
 */
export async function engineeringUnits(
  nodes: readonly NodeId[],
  library: Library,
  server: Server,
  services: Services,
): Promise<(EngineeringUnits | null)[]> {
  const found = await propertiesOf(nodes, library, server, services);
  const without = nodes.flatMap((node, index) => (found[index] ? [] : [{ node, index }]));
  const parents = await parentsOf(
    without.map(({ node }) => node),
    library,
    server,
    services,
  );
  const children = without.flatMap(({ index }, position) =>
    parents[position] ? [{ index, parent: parents[position] }] : [],
  );
  const inherited = await propertiesOf(
    children.map(({ parent }) => parent),
    library,
    server,
    services,
  );
  children.forEach(({ index }, position) => {
    found[index] = inherited[position]!;
  });
  return found;
}

const PROPERTY = [{ namespaceIndex: 0, name: 'EngineeringUnits' }];

async function propertiesOf(
  nodes: readonly NodeId[],
  library: Library,
  server: Server,
  services: Services,
): Promise<(EngineeringUnits | null)[]> {
  const paths = nodes.map((node) => browsePath(library, node, PROPERTY));
  const places = await translated(paths, server, services);
  const there = places.flatMap((place, index) => ('nodeId' in place ? [{ nodeId: place.nodeId, index }] : []));
  const read = portions(server.limits.read, services.read);
  const values = await read(there.map(({ nodeId }) => ({ nodeId, attributeId: VALUE }))).catch(refusedIs([]));
  const found: (EngineeringUnits | null)[] = nodes.map(() => null);
  values.forEach(({ value }, position) => {
    found[there[position]!.index] = unitsIn(value);
  });
  return found;
}

function unitsIn({ value }: Variant): EngineeringUnits | null {
  return value !== null && typeof value === 'object' && 'unitId' in value && 'displayName' in value
    ? (value as EngineeringUnits)
    : null;
}

const VARIABLE_CLASS = 2;
const ALL_FIELDS = 63;

/** The variable that each node is a part of; null where there is none. */
async function parentsOf(
  nodes: readonly NodeId[],
  { coerceNodeId, BrowseDirection }: Library,
  { limits }: Server,
  services: Services,
): Promise<(NodeId | null)[]> {
  const browse = portions(limits.browse, services.browse);
  const inverse = {
    referenceTypeId: coerceNodeId(HIERARCHICAL),
    includeSubtypes: true,
    browseDirection: BrowseDirection.Inverse,
    nodeClassMask: VARIABLE_CLASS,
    resultMask: ALL_FIELDS,
  };
  const found = await browse(nodes.map((nodeId) => ({ nodeId, ...inverse }))).catch(refusedIs(nodes.map(() => [])));
  return found.map(([parent]) => parent?.nodeId ?? null);
}

/** The reasons why each point cannot be used because of its unit; null where nothing is against it. */
export async function unitFaults(
  points: readonly { readonly unit?: string | undefined; readonly address: { readonly checkUnit: boolean } }[],
  places: readonly Place[],
  library: Library,
  server: Server,
  services: Services,
): Promise<(string | null)[]> {
  const checked = points.flatMap(({ unit, address: { checkUnit } }, index) => {
    const place = places[index]!;
    return unit !== undefined && checkUnit && 'nodeId' in place ? [{ unit, index, nodeId: place.nodeId }] : [];
  });
  const units = await engineeringUnits(
    checked.map(({ nodeId }) => nodeId),
    library,
    server,
    services,
  );
  const faults: (string | null)[] = points.map(() => null);
  checked.forEach(({ unit, index }, position) => {
    const given = units[position];
    faults[index] = given ? mismatch(unit, given) : null;
  });
  return faults;
}

const refusedIs =
  <T>(value: T) =>
  (cause: unknown): T => {
    if (cause instanceof Refused) return value;
    throw cause;
  };
