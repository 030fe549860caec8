import { address } from '../../drivers/opcua/address.ts';
import type { Leaf } from '../../drivers/opcua/leaves.ts';
import { printable } from '../../drivers/opcua/printable.ts';
import type { Branch } from '../../drivers/opcua/tree.ts';
import { Id } from '../../rules/options.ts';
import type { Browsed } from './browse.ts';
import type { Found, FoundTag } from './found.ts';

/** Characters of a text that are shown. */
const MOST_TEXT = 60;

/** For people: a node a line, with type, value, unit and status. */
export const treeText = ({ root, leaves }: Browsed): string => lines(root, leaves, '').join('');

function lines(branch: Branch, leaves: Browsed['leaves'], indent: string): string[] {
  const leaf = leaves.get(branch);
  const line = [`${indent}${printable(branch.name)}`, printable(branch.node), ...(leaf ? [leafText(leaf)] : [])];
  return [`${line.join('  ')}\n`, ...branch.children.flatMap((child) => lines(child, leaves, `${indent}  `))];
}

function leafText({ dataType, kind, unit, length, sample }: Leaf): string {
  const type = printable(dataType) + (length === null ? '' : `[${length}]`);
  if (!sample) return `${type}  (structure)`;
  const { value, statusCode, reason } = sample;
  const status = reason === undefined ? statusCode : `${statusCode}: ${printable(reason)}`;
  if (length !== null && length !== 1) return type;
  return [type, value === null ? '-' : valueText(value, kind), ...(unit ? [unit] : []), status].join('  ');
}

function valueText(value: bigint | number | string, kind: Leaf['kind']): string {
  if (kind === 'time' && typeof value === 'number') return new Date(value).toISOString();
  if (typeof value !== 'string') return String(value);
  return `"${printable(value.slice(0, MOST_TEXT))}${value.length > MOST_TEXT ? '…' : ''}"`;
}

/** Endpoint and tags for the plant's file, under the endpoint's name. */
export function found(id: string, endpoint: Readonly<Record<string, unknown>>, { root, leaves }: Browsed): Found {
  const ids = new Set<string>();
  const tags: FoundTag[] = [];
  const left: string[] = [];
  for (const { branch, names } of below(root, [])) {
    const leaf = leaves.get(branch);
    if (!leaf) continue;
    const why = unusable(branch, leaf);
    const unit = unitOf(leaf);
    if (why) left.push(`${printable(branch.node)}: ${why}`);
    else
      tags.push({
        entry: { id: idOf(names, ids), endpoint: id, unit, address: { node: branch.node } },
        seen: leafText(leaf),
        unit,
        perCount: 1,
      });
  }
  return { endpoint: { id, protocol: 'opcua', ...endpoint }, tags, left };
}

interface Named {
  readonly branch: Branch;
  readonly names: readonly string[];
}

function* below({ children }: Branch, names: readonly string[]): Generator<Named> {
  for (const branch of children) {
    const own = [...names, branch.name];
    yield { branch, names: own };
    yield* below(branch, own);
  }
}

function unusable({ node }: Branch, { dataType, kind, length }: Leaf): string | null {
  if (length !== null) return `an array of ${length}; take an element with indexRange`;
  if (kind === 'other') return `${printable(dataType)} is no number, text or time`;
  return address.safeParse({ node }).success ? null : 'its node id cannot stand in a file';
}

/** A time is in milliseconds since 1970; of a number without unit nobody knows more than that it is one. */
const unitOf = ({ kind, unit }: Leaf): string => (kind === 'time' ? 'ms' : (unit ?? '1'));

/** The names on the way to it, as far as an id can have them, and a number where that is taken. */
function idOf(names: readonly string[], taken: Set<string>): string {
  const text = names.map((name) => name.replace(/[^\w.-]+/g, '_')).join('.');
  const base = Id.safeParse(text).success ? text : `t.${text}`;
  let id = base;
  for (let number = 2; taken.has(id); number++) id = `${base}-${number}`;
  taken.add(id);
  return id;
}
