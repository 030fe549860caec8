import { Environment } from '@marcbachmann/cel-js';

/** What an expression came to: a function of its inputs in their order, or what is wrong with it and at which character, from 0. */
export type Compiled =
  | { readonly evaluate: (values: readonly number[]) => number }
  | { readonly fault: string; readonly offset: number };

const LIMITS = { maxAstNodes: 200, maxDepth: 20 };
const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};
const FUNCTIONS: Readonly<Record<string, (...values: number[]) => number>> = {
  'sqrt(double): double': Math.sqrt,
  'abs(double): double': Math.abs,
  'min(double, double): double': Math.min,
  'max(double, double): double': Math.max,
};

/**
 * Compiles an arithmetic expression in the Common Expression Language, in which every input is a double. CEL keeps
 * whole numbers apart from doubles; here they mix, but 7 / 2 alone would be 3: it is refused. So is all of CEL that is
 * not arithmetic: texts, lists, times, and patterns, which can be made to take for ever.
 */
export function compile(expression: string, inputs: readonly string[]): Compiled {
  try {
    const program = environment(inputs).parse(expression);
    const foreign = nodesIn(program.ast).find((node) => !isArithmetic(node));
    if (foreign)
      return { fault: `only arithmetic, comparisons, c ? a : b and ${NAMES.join(', ')}`, offset: foreign.start };
    const { valid, type, error } = program.check();
    if (!valid) return faultOf(error);
    if (type !== 'double' && type !== 'int') return { fault: `is a ${type}, not a number`, offset: program.ast.start };
    const whole = nodesIn(program.ast).find((node) => node.op === '/' && isWhole(node));
    if (whole) return { fault: 'divides whole numbers, which drops the remainder: write 7.0 / 2', offset: whole.start };
    return { evaluate: (values) => numberOf(program, Object.fromEntries(inputs.map((name, i) => [name, values[i]]))) };
  } catch (cause) {
    return faultOf(cause);
  }
}

/** NaN where there is none: a sum of whole constants may overflow. */
function numberOf(program: (context: Record<string, unknown>) => unknown, inputs: Record<string, unknown>): number {
  try {
    return Number(program(inputs));
  } catch {
    return Number.NaN;
  }
}

function environment(inputs: readonly string[]): Environment {
  const made = new Environment({ limits: LIMITS });
  for (const [sign, apply] of Object.entries(OPERATORS)) {
    made.registerOperator(`double ${sign} int: double`, (a: number, b: bigint) => apply(a, Number(b)));
    made.registerOperator(`int ${sign} double: double`, (a: bigint, b: number) => apply(Number(a), b));
  }
  for (const [signature, apply] of Object.entries(FUNCTIONS)) made.registerFunction(signature, apply);
  for (const name of inputs) made.registerVariable(name, 'double');
  return made;
}

function faultOf(cause: unknown): { fault: string; offset: number } {
  const { summary, message, range } = cause as { summary?: string; message: string; range?: { start: number } };
  return { fault: summary ?? message.split('\n')[0]!, offset: range?.start ?? 0 };
}

interface Node {
  readonly op: string;
  readonly args: unknown;
  readonly start: number;
}
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'op' in value;
const partsOf = ({ args }: Node): Node[] => [args].flat(2).filter(isNode);
const nodesIn = (node: Node): Node[] => [node, ...partsOf(node).flatMap(nodesIn)];

const isWhole = (node: Node): boolean =>
  node.op === 'value' ? typeof node.args === 'bigint' : partsOf(node).length > 0 && partsOf(node).every(isWhole);

const SIGNS = new Set(['id', '+', '-', '*', '/', '-_', '!_', '>', '>=', '<', '<=', '==', '!=', '&&', '||', '?:']);
const NAMES = Object.keys(FUNCTIONS).map((signature) => signature.slice(0, signature.indexOf('(')));

function isArithmetic({ op, args }: Node): boolean {
  if (op === 'value') return ['number', 'bigint', 'boolean'].includes(typeof args);
  if (op === 'call') return Array.isArray(args) && NAMES.includes(String(args[0]));
  return SIGNS.has(op);
}
