import { readFile, stat } from 'node:fs/promises';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import { type Complaint, type Fault, type Path, pathText, plainText } from './faults.ts';

/** Larger files are refused unread; ten thousand tags take about 2 MB. */
export const MOST_BYTES = 16 * 2 ** 20;
/** How often an anchor may be repeated, in all its nesting; more is refused as a bomb. */
const MOST_ALIASES = 100;

/** A YAML file read with safe limits: plain data, what is wrong with its text, and the place of everything in it. */
export interface YamlFile {
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /** The text could not be understood, so that `value` says nothing. */
  readonly broken: boolean;
  readonly bytes: number;
  faultOf(complaint: Complaint): Fault;
}

/** Reads a YAML file; one that cannot be read is a fault like any other. `taken` bytes of the bound are used already. */
export async function readYaml(file: string, taken = 0): Promise<YamlFile> {
  try {
    const about = await stat(file);
    // Such a file may have no end.
    if (about.isCharacterDevice() || about.isBlockDevice()) return unreadable(file, 'cannot be read: it is a device');
    const { size } = about;
    const before = taken > 0 ? ` beside ${taken} of other files` : '';
    if (taken + size > MOST_BYTES) return unreadable(file, `${size} bytes${before} are more than ${MOST_BYTES}`);
    return parseYaml(await readFile(file, 'utf8'), file);
  } catch (cause) {
    return unreadable(file, `cannot be read: ${(cause as Error).message}`);
  }
}

function unreadable(file: string, message: string): YamlFile {
  const faultOf = (complaint: Complaint): Fault => ({
    file,
    line: 1,
    column: 1,
    path: pathText(complaint.path),
    message: complaint.message,
  });
  return { value: undefined, broken: true, bytes: 0, faults: [faultOf({ path: [], message })], faultOf };
}

export function parseYaml(text: string, file: string): YamlFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    resolveKnownTags: false,
    stringKeys: true,
    logLevel: 'error',
  });
  const fault = (offset: number, path: Path, message: string): Fault => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line, column: col, path: plainText(pathText(path)), message: plainText(message) };
  };
  const errors = document.errors.map(({ pos, code, message }) => ({ code, fault: fault(pos[0], [], message) }));
  const tags = document.warnings.map(({ pos, message }) => fault(pos[0], [], message));
  const hostile = refusedNodes(document).map(([message, offset]) => fault(offset, [], message));
  const faultOf = ({ path, at, within, message }: Complaint): Fault => {
    const start = offsetOf(document, path, at);
    // What is escaped or folded is not found as it reads, and is told at its beginning.
    const inside = within ? text.indexOf(within.text, start) : -1;
    return fault(inside < 0 ? start : inside + within!.column, path, message);
  };
  const { value, refused } = hostile.length > 0 ? NOTHING : toValue(document);
  return {
    value,
    faults: [...errors.map((error) => error.fault), ...tags, ...hostile, ...refused.map((why) => fault(0, [], why))],
    bytes: Buffer.byteLength(text),
    broken: refused.length > 0 || hostile.length > 0 || errors.some(({ code }) => code !== 'DUPLICATE_KEY'),
    faultOf,
  };
}

const NOTHING = { value: undefined, refused: [] };

function toValue(document: Document): { value: unknown; refused: string[] } {
  try {
    return { value: document.toJS({ maxAliasCount: MOST_ALIASES }), refused: [] };
  } catch (cause) {
    return { value: undefined, refused: [(cause as Error).message] };
  }
}

/** What would change an object's nature, or what becomes of it as text. */
const HOSTILE: readonly unknown[] = ['__proto__', 'toString', 'valueOf'];

/** What is refused wherever it stands, with its place: hostile keys, and names without an anchor before them. */
function refusedNodes(document: Document): [message: string, offset: number][] {
  const found: [string, number][] = [];
  const anchors = new Set<string>();
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key) && HOSTILE.includes(key.value))
        found.push([`the key ${String(key.value)} is refused`, startOf(key) ?? 0]);
    },
    Node(_, node) {
      if (isAlias(node) && !anchors.has(node.source))
        found.push([
          `*${node.source} stands for nothing; text that begins with * stands in quotes`,
          startOf(node) ?? 0,
        ]);
      else if (!isAlias(node) && node.anchor !== undefined) anchors.add(node.anchor);
    },
  });
  return found;
}

/** Where the path leads, or as far as it does: what is missing is told at what it is missing from. */
function offsetOf(document: Document, path: Path, at: 'key' | undefined): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  path.forEach((step, depth) => {
    const inner = isAlias(node) ? node.resolve(document) : node;
    node = undefined;
    if (isSeq(inner)) node = inner.items[Number(step)];
    if (isMap(inner)) {
      const pair = inner.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      node = pair && (at === 'key' && depth === path.length - 1 ? pair.key : (pair.value ?? pair.key));
    }
    offset = startOf(node) ?? offset;
  });
  return offset;
}

const startOf = (node: unknown): number | undefined =>
  (node as { range?: [number, number, number] } | null)?.range?.[0];
