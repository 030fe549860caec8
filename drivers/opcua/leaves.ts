import type { NodeId } from 'node-opcua-client';
import type { Ms, Sample } from '../../rules/sample.ts';
import { engineeringUnits } from './engineeringUnits.ts';
import type { Library } from './library.ts';
import { BROWSE_NAME, supertypes } from './references.ts';
import { type Server, VALUE } from './server.ts';
import { portions, type Services } from './services.ts';
import { unitOf } from './units.ts';
import { toSample } from './value.ts';

/** What a variable holds, as far as a tag can have it. */
export type Kind = 'number' | 'flag' | 'text' | 'time' | 'other';

export interface Leaf {
  readonly dataType: string;
  readonly kind: Kind;
  /** In our own symbols; null where the server gives none that we know. */
  readonly unit: string | null;
  /** How many values, where it is an array. */
  readonly length: number | null;
  /** As a poll would have it; null of a structure, which no tag can have. */
  readonly sample: Sample | null;
}

/** Built-in types and their abstract parents, by numeric id (OPC UA Part 6, 5.1.2 and A.3). */
const KINDS: ReadonlyMap<number, Kind> = new Map([
  [1, 'flag'],
  ...[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 26, 27, 28].map((id): [number, Kind] => [id, 'number']),
  [12, 'text'],
  [13, 'time'],
]);
const ENUMERATION = 29;
const STRUCTURE = 22;
const LAST_OF_THEM = 29;
const DATA_TYPE = 14;
/** Nodes in one request, also of servers that say no limit. */
const PORTION = 500;
/** Steps up from a data type; no sound server has as many. */
const MOST_STEPS = 20;

/** Reads type, unit and value of variables, in their order. */
export async function readLeaves(
  nodes: readonly NodeId[],
  now: () => Ms,
  library: Library,
  told: Server,
  services: Services,
): Promise<Leaf[]> {
  const limits = Object.fromEntries(Object.entries(told.limits).map(([name, most]) => [name, Math.min(most, PORTION)]));
  const server = { ...told, limits: limits as Server['limits'] };
  const read = portions(server.limits.read, services.read);
  const types = await read(nodes.map((nodeId) => ({ nodeId, attributeId: DATA_TYPE })));
  const known = await typesOf(
    types.map(({ value }): NodeId => value.value ?? library.coerceNodeId('i=24')),
    library,
    services,
  );
  const own = types.map(({ value }) => known.get(String(value.value ?? 'ns=0;i=24'))!);
  const units = await engineeringUnits(nodes, library, server, services);
  // A structure is not read: the library would first learn its type, with many requests.
  const plain = nodes.flatMap((nodeId, index) => (own[index]!.base === STRUCTURE ? [] : [{ nodeId, index }]));
  const values = await read(plain.map(({ nodeId }) => ({ nodeId, attributeId: VALUE })));
  const leaves = own.map(({ name, base }, index): Leaf => {
    const kind = base === ENUMERATION ? 'number' : (KINDS.get(base) ?? 'other');
    const unit = units[index] && kind === 'number' && base !== ENUMERATION ? unitOf(units[index]) : null;
    return { dataType: name, kind, unit, length: null, sample: null };
  });
  plain.forEach(({ index }, position) => {
    const data = values[position]!;
    const list: unknown = data.value.value;
    const length = data.value.arrayType === 0 || !isList(list) ? null : list.length;
    leaves[index] = { ...leaves[index]!, length, sample: toSample('', data, now()) };
  });
  return leaves;
}

const isList = (value: unknown): value is ArrayLike<unknown> => Array.isArray(value) || ArrayBuffer.isView(value);

interface Type {
  readonly name: string;
  /** Numeric id of the built-in type, or of the abstract parent, that it is of. */
  readonly base: number;
}

/** The data types that occur, each asked for once. */
async function typesOf(ids: readonly NodeId[], library: Library, services: Services): Promise<Map<string, Type>> {
  const different = new Map(ids.map((id) => [id.toString(), id]));
  const found = new Map<string, Type>();
  for (const [key, id] of different) {
    const [name] = await services.read([{ nodeId: id, attributeId: BROWSE_NAME }]);
    found.set(key, { name: name!.value.value?.name ?? key, base: await baseOf(id, library, services) });
  }
  return found;
}

async function baseOf(id: NodeId, library: Library, { browse }: Services): Promise<number> {
  const upwards = supertypes(library);
  let at: NodeId | undefined = id;
  for (let step = 0; at && step < MOST_STEPS; step++) {
    if (at.namespace === 0 && typeof at.value === 'number' && at.value <= LAST_OF_THEM) return at.value;
    const [parents] = await browse([{ ...upwards, nodeId: at }]);
    at = parents?.[0]?.nodeId;
  }
  return 0;
}
