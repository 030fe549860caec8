import { Environment } from '@marcbachmann/cel-js';

/** What an expression came to: a function of its inputs in their order, or what is wrong with it, and in which column of it. */
export type Compiled = { readonly evaluate: (values: readonly number[]) => number } | { readonly fault: string };

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
 * whole numbers apart from doubles; here they mix, but 7 / 2 alone would be 3: it is refused.
 */
export function compile(expression: string, inputs: readonly string[]): Compiled {
  try {
    const program = environment(inputs).parse(expression);
    const { valid, type, error } = program.check();
    if (!valid) return { fault: faultOf(error) };
    if (type !== 'double' && type !== 'int') return { fault: `is a ${type}, not a number` };
    if (dividesWhole(program.ast)) return { fault: 'divides whole numbers, which drops the remainder: write 7.0 / 2' };
    return { evaluate: (values) => Number(program(Object.fromEntries(inputs.map((name, i) => [name, values[i]])))) };
  } catch (cause) {
    return { fault: faultOf(cause) };
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

function faultOf(cause: unknown): string {
  const { summary, message, range } = cause as { summary?: string; message: string; range?: { start: number } };
  const column = range ? `column ${range.start + 1}: ` : '';
  return `${column}${summary ?? message.split('\n')[0]}`;
}

interface Node {
  readonly op: string;
  readonly args: unknown;
}
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'op' in value;
const partsOf = ({ args }: Node): Node[] => (Array.isArray(args) ? args : [args]).filter(isNode);

const isWhole = (node: Node): boolean =>
  node.op === 'value' ? typeof node.args === 'bigint' : partsOf(node).length > 0 && partsOf(node).every(isWhole);

const dividesWhole = (node: Node): boolean =>
  (['/', '%'].includes(node.op) && isWhole(node)) || partsOf(node).some(dividesWhole);
