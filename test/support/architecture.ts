import { posix } from 'node:path';
import { type ESTree, parseSync, Visitor } from 'vite';

/** The floors from the ground up; an import only points down. */
const FLOORS = ['rules', 'drivers', 'config', 'agent'];
/** All that the ground floor may take from outside. */
const RULES_PACKAGES = ['zod'];
/** Who may know what time it is: the one clock, and the page in its browser. */
const KNOWS_TIME = /^agent\/(clock\.ts$|page\/)/;
const LONGEST_FILE = 300;

/** What a source file breaks of the house's rules; `file` is its path in the repository, with slashes. */
export function breachesOf(file: string, source: string): string[] {
  const lines = source.split('\n').length - (source.endsWith('\n') ? 1 : 0);
  const tooLong = lines > LONGEST_FILE ? [`${lines} lines are more than ${LONGEST_FILE}`] : [];
  if (!/\.tsx?$/.test(file)) return tooLong;
  const { imports, timers, mocks } = read(file, source);
  return [
    ...tooLong,
    ...imports.flatMap((target) => importBreach(file, target) ?? []),
    ...(isOnAFloor(file) && !KNOWS_TIME.test(file) ? timers.map((name) => `${name} outside agent/clock.ts`) : []),
    ...mocks.map((name) => `${name} instead of the real thing`),
  ];
}

const isOnAFloor = (file: string): boolean => FLOORS.includes(file.split('/')[0]!);

function importBreach(file: string, target: string): string | null {
  if (!isOnAFloor(file)) return null;
  const [floor] = file.split('/') as [string];
  if (!target.startsWith('.'))
    return floor === 'rules' && !RULES_PACKAGES.includes(target) ? `rules imports ${target}` : null;
  const path = posix.join(posix.dirname(file), target);
  const [other] = path.split('/') as [string];
  if (!FLOORS.includes(other)) return `imports ${path}, which is on no floor`;
  if (FLOORS.indexOf(other) > FLOORS.indexOf(floor)) return `imports ${path}, a floor above`;
  const [own, sibling] = [protocolOf(file), protocolOf(path)];
  return own && sibling && own !== sibling ? `imports ${path}, another protocol's` : null;
}

/** The folder of drivers/ in which a file is, if it is in one. */
const protocolOf = (path: string): string | undefined => /^drivers\/([^/]+)\//.exec(path)?.[1];

interface Findings {
  readonly imports: string[];
  readonly timers: string[];
  readonly mocks: string[];
}

const TIMER_CALLS = ['setTimeout', 'setInterval'];
const TIMER_MEMBERS = ['Date.now', 'performance.now', 'Temporal.Now', 'AbortSignal.timeout', 'process.hrtime'];
const MOCKS = ['vi.mock', 'vi.doMock'];

function read(file: string, source: string): Findings {
  const found: Findings = { imports: [], timers: [], mocks: [] };
  const addImport = (from: ESTree.Node | null): void => {
    if (from?.type !== 'Literal' || typeof from.value !== 'string') return;
    found.imports.push(from.value);
    if (/^(node:)?timers(\/|$)/.test(from.value)) found.timers.push(from.value);
  };
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new SyntaxError(`${file}: ${errors[0]!.message}`);
  new Visitor({
    ImportDeclaration: (node) => addImport(node.source),
    ExportNamedDeclaration: (node) => addImport(node.source),
    ExportAllDeclaration: (node) => addImport(node.source),
    ImportExpression: (node) => addImport(node.source),
    TSImportType: (node) => addImport(node.source),
    MemberExpression(node) {
      const name = memberName(node);
      if (TIMER_MEMBERS.includes(name)) found.timers.push(name);
      if (TIMER_CALLS.some((timer) => name === `globalThis.${timer}`)) found.timers.push(name);
      if (MOCKS.includes(name)) found.mocks.push(name);
    },
    CallExpression({ callee }) {
      if (callee.type === 'Identifier' && TIMER_CALLS.includes(callee.name)) found.timers.push(callee.name);
    },
    NewExpression({ callee, arguments: given }) {
      if (callee.type === 'Identifier' && callee.name === 'Date' && given.length === 0) found.timers.push('new Date()');
    },
  }).visit(program);
  return found;
}

function memberName({ object, property }: ESTree.MemberExpression): string {
  if (object.type !== 'Identifier') return '';
  if (property.type === 'Identifier') return `${object.name}.${property.name}`;
  return property.type === 'Literal' ? `${object.name}.${property.value}` : '';
}
