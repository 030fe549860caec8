import type { NodeId, ReferenceDescription } from 'node-opcua-client';
import { Misconfigured } from '../driver.ts';
import type { Library } from './library.ts';
import { withIndex, withUri } from './node.ts';
import { BROWSE_NAME, below, OBJECT, VARIABLE } from './references.ts';
import type { Server } from './server.ts';
import { portions, type Services } from './services.ts';

/** A node of a server, and what lies below it. */
export interface Branch {
  readonly nodeId: NodeId;
  /** As the plant's file has it, with the namespace's URI. */
  readonly node: string;
  readonly name: string;
  readonly isVariable: boolean;
  readonly children: Branch[];
}

export interface Tree {
  readonly root: Branch;
  /** Whether there was more than `most` nodes, and more is not shown. */
  readonly cut: boolean;
  /** Nodes at the deepest level; what lies below them was not looked at. */
  readonly unopened: number;
}

/** Where to begin and how far to go. */
export interface Extent {
  readonly node: string;
  readonly depth: number;
  readonly most: number;
}

/** The server's own diagnostics, which are long: they are looked at only from there. */
const SERVER = 'ns=0;i=2253';
/** Nodes in one request, also of servers that say no limit. */
const PORTION = 100;

/** Objects and variables below a node, each once, level by level. Rejects with Misconfigured when there is no such node. */
export async function growTree(
  { node, depth, most }: Extent,
  library: Library,
  server: Server,
  services: Services,
): Promise<Tree> {
  const root = await rootOf(node, library, server, services);
  const seen = new Set([root.nodeId.toString()]);
  let level = [root];
  let cut = false;
  for (let deep = 0; deep < depth && level.length > 0 && !cut; deep++) {
    const found = await childrenOf(level, most - seen.size, library, server, services);
    const next: Branch[] = [];
    for (const { parent, reference } of found) {
      const key = reference.nodeId.toString();
      if (seen.has(key) || !isShown(reference)) continue;
      cut = seen.size >= most;
      if (cut) break;
      seen.add(key);
      const child = branchOf(reference, server);
      parent.children.push(child);
      next.push(child);
    }
    level = next;
  }
  return { root, cut, unopened: cut ? 0 : level.length };
}

async function rootOf(node: string, { coerceNodeId }: Library, server: Server, services: Services): Promise<Branch> {
  const text = withIndex(node, server.namespaces);
  if (text === null) throw new Misconfigured(`the server has no such namespace: ${node}`);
  const nodeId = coerceNodeId(text);
  const [name] = await services.read([{ nodeId, attributeId: BROWSE_NAME }]);
  if (!name!.statusCode.isGood()) throw new Misconfigured(`the server has no node ${node}: ${name!.statusCode.name}`);
  return { nodeId, node, name: name!.value.value?.name ?? '', isVariable: false, children: [] };
}

interface Child {
  readonly parent: Branch;
  readonly reference: ReferenceDescription;
}

async function childrenOf(
  parents: readonly Branch[],
  room: number,
  library: Library,
  { limits }: Server,
  { browse }: Services,
): Promise<Child[]> {
  const description = below(library, OBJECT | VARIABLE);
  const found: Child[] = [];
  // One more than there is room for, so that it shows that there is more.
  const ask = portions(Math.min(limits.browse, PORTION), (some: readonly Branch[]) =>
    browse(
      some.map(({ nodeId }) => ({ ...description, nodeId })),
      room - found.length + 1,
    ),
  );
  for (let next = 0; next < parents.length && found.length <= room; next += PORTION) {
    const some = parents.slice(next, next + PORTION);
    const references = await ask(some);
    some.forEach((parent, index) => {
      for (const reference of references[index]!) found.push({ parent, reference });
    });
  }
  return found;
}

/** Nodes of other servers are not here, and what OPC UA itself adds to a variable (its unit, its range) is told with it. */
function isShown({ nodeId, browseName, nodeClass, typeDefinition }: ReferenceDescription): boolean {
  const isProperty =
    nodeClass === VARIABLE && browseName.namespaceIndex === 0 && typeDefinition.toString() === PROPERTY;
  return nodeId.serverIndex === 0 && nodeId.toString() !== SERVER && !isProperty;
}
const PROPERTY = 'ns=0;i=68';

const branchOf = ({ nodeId, browseName, nodeClass }: ReferenceDescription, { namespaces }: Server): Branch => ({
  nodeId,
  node: withUri(nodeId.toString(), namespaces),
  name: browseName.name ?? '',
  isVariable: nodeClass === VARIABLE,
  children: [],
});
