import type { NodeId, ReferenceDescription } from 'node-opcua-client';
import type { Library } from './library.ts';
import type { IndexedName, Place } from './node.ts';
import { BROWSE_NAME, below, OBJECT, supertypes } from './references.ts';
import type { Server } from './server.ts';
import { portions, Refused, type Services } from './services.ts';

/** An instance of an object type, or of a subtype of it. */
export interface Wanted {
  /** NodeId, or browse name. */
  readonly type: string | IndexedName;
  readonly shown: string;
  /** Browse name of the instance; undefined where there is one only. */
  readonly instance: string | undefined;
}

/** Objects looked at; a server with more has to be addressed by path or node. */
const MOST_OBJECTS = 20_000;
const OBJECTS = 'i=85';

type Browse = (nodes: readonly NodeId[]) => Promise<ReferenceDescription[][]>;

/** Walks all objects of the server once, and says for each of the wanted which one it is. */
export async function findInstances(
  wanted: readonly Wanted[],
  library: Library,
  server: Server,
  services: Services,
): Promise<Place[]> {
  try {
    const objects = await walk(library, browser(below(library, OBJECT), server, services));
    const types = await ancestry(objects, library, server, services);
    return wanted.map((one) => pick(one, objects, types));
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause;
    return wanted.map(() => ({ reason: `${cause.message}: the server does not let itself be browsed` }));
  }
}

function browser(description: ReturnType<typeof below>, { limits }: Server, services: Services): Browse {
  const ask = portions(limits.browse, services.browse);
  return async (nodes) => {
    const found = await ask(nodes.map((nodeId) => ({ ...description, nodeId })));
    return found.map((references) => [...references]);
  };
}

/** All objects below the Objects folder, each once, level by level. */
async function walk({ coerceNodeId }: Library, browse: Browse): Promise<ReferenceDescription[]> {
  const seen = new Map<string, ReferenceDescription>();
  let level = [coerceNodeId(OBJECTS)];
  while (level.length > 0 && seen.size < MOST_OBJECTS) {
    const next: NodeId[] = [];
    for (const object of (await browse(level)).flat()) {
      const key = object.nodeId.toString();
      if (seen.has(key)) continue;
      seen.set(key, object);
      next.push(object.nodeId);
    }
    level = next;
  }
  return [...seen.values()];
}

/** For each type that occurs, by NodeId: NodeIds and browse names of itself and all of its supertypes. */
async function ancestry(
  objects: readonly ReferenceDescription[],
  library: Library,
  server: Server,
  services: Services,
): Promise<Map<string, Set<string>>> {
  const types = new Map(objects.map(({ typeDefinition }) => [typeDefinition.toString(), typeDefinition]));
  const ids = [...types.values()].filter((id) => !id.isEmpty());
  const read = portions(server.limits.read, services.read);
  const names = await read(ids.map((nodeId) => ({ nodeId, attributeId: BROWSE_NAME })));
  const known = new Map(
    ids.map((id, index) => [id.toString(), new Set([id.toString(), nameKey(names[index]!.value.value)])]),
  );
  const browse = browser(supertypes(library), server, services);
  let climbing: { id: NodeId; of: string }[] = ids.map((id) => ({ id, of: id.toString() }));
  while (climbing.length > 0) {
    const supertypes = await browse(climbing.map(({ id }) => id));
    climbing = climbing.flatMap(({ of }, index) =>
      supertypes[index]!.filter(({ nodeId }) => !known.get(of)!.has(nodeId.toString())).map(
        ({ nodeId, browseName }) => {
          known.get(of)!.add(nodeId.toString()).add(nameKey(browseName));
          return { id: nodeId, of };
        },
      ),
    );
  }
  return known;
}

const nameKey = (name: { namespaceIndex: number; name?: string | null } | null | undefined): string =>
  `${name?.namespaceIndex}:${name?.name}`;

function pick(
  { type, shown, instance }: Wanted,
  objects: readonly ReferenceDescription[],
  types: ReadonlyMap<string, ReadonlySet<string>>,
): Place {
  const key = typeof type === 'string' ? type : nameKey(type);
  const all = objects.filter(({ typeDefinition }) => types.get(typeDefinition.toString())?.has(key));
  const found = all.filter(({ browseName }) => instance === undefined || browseName.name === instance);
  if (found.length === 1) return { nodeId: found[0]!.nodeId };
  const names = all.map(({ browseName }) => browseName.name).join(', ');
  if (found.length > 1)
    return { reason: `BadTooManyMatches: ${found.length} instances of ${shown}: ${names}; name one as instance` };
  const cut = objects.length >= MOST_OBJECTS ? ` among the first ${MOST_OBJECTS} objects` : '';
  return {
    reason: `BadNoMatch: no instance of ${shown}${instance ? ` named ${instance}` : ''}${cut}${names ? `, only ${names}` : ''}`,
  };
}
