import type { NodeId } from 'node-opcua-client';

/** How nodes are named in the plant's file, and what the names are in a server whose namespaces are known. */

/** A browse name; `namespace` is a URI or an index, and undefined where the name itself does not say. */
export interface Name {
  readonly namespace: string | number | undefined;
  readonly name: string;
}

const PREFIX = '(?:nsu=(?<uri>[^;]+);|ns=(?<index>\\d{1,5});)?';
const STEP = new RegExp(`/${PREFIX}(?<name>(?:[^/&]|&.)+)`, 'isy');
const QUALIFIED = new RegExp(`^${PREFIX}(?<name>.+)$`, 'is');

/** The names of a path such as `/Objects/nsu=urn:plc;Mill/Power`; null when it is none. */
export function parsePath(path: string): readonly Name[] | null {
  const names: Name[] = [];
  STEP.lastIndex = 0;
  let end = 0;
  for (let step = STEP.exec(path); step; step = STEP.exec(path)) {
    names.push(nameOf(step.groups!, step.groups!.name!.replace(/&(.)/gs, '$1')));
    end = STEP.lastIndex;
  }
  return names.length > 0 && end === path.length ? names : null;
}

/** `nsu=<uri>;Name`; null when it is none. */
export function parseQualified(text: string): Name | null {
  const groups = QUALIFIED.exec(text)?.groups;
  return groups ? nameOf(groups, groups.name!) : null;
}

function nameOf({ uri, index }: Record<string, string | undefined>, name: string): Name {
  return { namespace: uri === undefined ? (index === undefined ? undefined : Number(index)) : decoded(uri), name };
}

/** OPC UA Part 6, 5.1.12: ';' and '%' in a URI are written %3B and %25. */
const decoded = (uri: string): string => uri.replace(/%3B/gi, ';').replaceAll('%25', '%');

/** Puts the server's namespace index in the place of `nsu=<uri>`; null when the server has no such namespace. */
export function withIndex(node: string, namespaces: readonly string[]): string | null {
  const [, uri, identifier] = /^nsu=([^;]+);(.*)$/is.exec(node) ?? [];
  if (uri === undefined) return node;
  const index = namespaces.indexOf(decoded(uri));
  return index < 0 ? null : `ns=${index};${identifier}`;
}

/** A NodeId of the server, such as `ns=2;s=Power`, with the namespace's URI, which is the same after every start. */
export function withUri(node: string, namespaces: readonly string[]): string {
  const [, index, identifier] = /^ns=(\d+);(.*)$/s.exec(node) ?? [];
  const uri = namespaces[Number(index)];
  if (index === undefined || uri === undefined) return node;
  if (index === '0') return identifier!;
  return `nsu=${uri.replaceAll('%', '%25').replaceAll(';', '%3B')};${identifier}`;
}

export interface IndexedName {
  readonly namespaceIndex: number;
  readonly name: string;
}

/** The names with their indexes, the first one in namespace `first` unless it says another; null when one is unknown. */
export function indexed(names: readonly Name[], namespaces: readonly string[], first: number): IndexedName[] | null {
  let namespaceIndex = first;
  const found: IndexedName[] = [];
  for (const { namespace, name } of names) {
    if (namespace !== undefined)
      namespaceIndex = typeof namespace === 'number' ? namespace : namespaces.indexOf(namespace);
    if (namespaceIndex < 0) return null;
    found.push({ namespaceIndex, name });
  }
  return found;
}

/** Where a tag is in the server that is connected, or why it is nowhere. */
export type Place = { readonly nodeId: NodeId } | { readonly reason: string };
