import type { BrowseDescriptionOptions } from 'node-opcua-client';
import type { Library } from './library.ts';

/** Reference types (OPC UA Part 3, 7); the first with all its subtypes is a tree: Organizes, HasComponent, HasProperty … */
export const HIERARCHICAL = 'i=33';
const HAS_SUBTYPE = 'i=45';

/** Classes of nodes, to be added up (Part 3, 8.29). */
export const OBJECT = 1;
export const VARIABLE = 2;

export const BROWSE_NAME = 3;
const ALL_FIELDS = 63;

type Description = Omit<BrowseDescriptionOptions, 'nodeId'>;

/** Asks for what lies below a node: nodes of these classes. */
export const below = ({ coerceNodeId, BrowseDirection }: Library, classes: number): Description => ({
  referenceTypeId: coerceNodeId(HIERARCHICAL),
  includeSubtypes: true,
  browseDirection: BrowseDirection.Forward,
  nodeClassMask: classes,
  resultMask: ALL_FIELDS,
});

/** Asks for what a type is a subtype of. */
export const supertypes = ({ coerceNodeId, BrowseDirection }: Library): Description => ({
  referenceTypeId: coerceNodeId(HAS_SUBTYPE),
  includeSubtypes: true,
  browseDirection: BrowseDirection.Inverse,
  nodeClassMask: 0,
  resultMask: ALL_FIELDS,
});
