import { z } from 'zod';

/** A unit as a product of base dimensions, `factor` of which one of it is. Nothing is ever converted with it, only compared. */
export interface Unit {
  readonly factor: number;
  readonly dimensions: ReadonlyMap<string, number>;
}

/** Milli comes last: of `Mwh`, MWh was meant. */
const PREFIXES = { '': 1, k: 1e3, M: 1e6, G: 1e9, m: 1e-3 };
const POWER = { kg: 1, m: 2, s: -3 };
const ENERGY = { kg: 1, m: 2, s: -2 };

type Dimensions = Record<string, number>;

/** Symbols of the plan and of meters. Reactive and apparent power, coal equivalent and normal cubic metres are dimensions of their own. */
const SYMBOLS = new Map<string, Unit>([
  ...plain({}, { '1': 1, '%': 0.01, '‰': 0.001, ppm: 1e-6 }),
  ...plain({ s: 1 }, { ms: 1e-3, s: 1, min: 60, h: 3600, d: 86_400 }),
  ...plain({ m: 1 }, { mm: 1e-3, cm: 1e-2, m: 1, km: 1e3 }),
  ...plain({ m: 2 }, { m2: 1, 'm²': 1 }),
  ...plain({ m: 3 }, { m3: 1, 'm³': 1, l: 1e-3, L: 1e-3 }),
  ...plain({ Nm3: 1 }, { Nm3: 1, 'Nm³': 1 }),
  ...plain({ kg: 1 }, { t: 1e3, kt: 1e6 }),
  ...plain({ kgce: 1 }, { kgce: 1, tce: 1e3 }),
  ...prefixed({ kg: 1 }, 'g', 1e-3),
  ...prefixed(POWER, 'W', 1),
  ...prefixed(ENERGY, 'Wh', 3600),
  ...prefixed(ENERGY, 'J', 1),
  ...prefixed({ A: 1 }, 'A', 1),
  ...prefixed({ A: 1, s: 1 }, 'Ah', 3600),
  ...prefixed({ ...POWER, A: -1 }, 'V', 1),
  ...prefixed({ var: 1 }, 'var', 1),
  ...prefixed({ var: 1, s: 1 }, 'varh', 3600),
  ...prefixed({ VA: 1 }, 'VA', 1),
  ...prefixed({ VA: 1, s: 1 }, 'VAh', 3600),
  ...prefixed({ Pa: 1 }, 'Pa', 1),
  ...prefixed({ s: -1 }, 'Hz', 1),
]);

function plain(dimensions: Dimensions, factors: Record<string, number>): [string, Unit][] {
  return Object.entries(factors).map(([symbol, factor]) => [symbol, unitOf(factor, dimensions)]);
}

function prefixed(dimensions: Dimensions, symbol: string, factor: number): [string, Unit][] {
  return Object.entries(PREFIXES).map(([prefix, times]) => [prefix + symbol, unitOf(times * factor, dimensions)]);
}

function unitOf(factor: number, dimensions: Dimensions): Unit {
  return { factor, dimensions: new Map(Object.entries(dimensions)) };
}

/** a·b, or a/b with `power` −1. */
export function times(a: Unit, b: Unit, power: 1 | -1 = 1): Unit {
  const dimensions = new Map(a.dimensions);
  for (const [name, exponent] of b.dimensions) {
    const sum = (dimensions.get(name) ?? 0) + power * exponent;
    if (sum === 0) dimensions.delete(name);
    else dimensions.set(name, sum);
  }
  return { factor: a.factor * b.factor ** power, dimensions };
}

/** How many `b` one `a` is: 1 when they are the same, null when they measure different things. */
export function ratio(a: Unit, b: Unit): number | null {
  const quotient = times(a, b, -1);
  if (quotient.dimensions.size > 0) return null;
  return Math.abs(quotient.factor - 1) < 1e-9 ? 1 : Number(quotient.factor.toPrecision(12));
}

/**
 * Reads a product or quotient of symbols: `kWh/t`, `kgce/kWh`, `g/(A·h)`. A symbol that is not in the table counts as a
 * dimension of its own (`coil`, `cell·day`), unless it is a known one in other capitals.
 * @throws {SyntaxError} that says what is wrong.
 */
export function parseUnit(text: string): Unit {
  const tokens = text.match(/[·*/()]|[^\s·*/()]+/g) ?? [];
  const unit = product(tokens);
  if (tokens.length > 0) throw new SyntaxError(`cannot read the unit "${text}" from "${tokens[0]}"`);
  return unit;
}

function product(tokens: string[]): Unit {
  let unit = factor(tokens);
  while (tokens[0] === '·' || tokens[0] === '*' || tokens[0] === '/') {
    const power = tokens.shift() === '/' ? -1 : 1;
    unit = times(unit, factor(tokens), power);
  }
  return unit;
}

function factor(tokens: string[]): Unit {
  const token = tokens.shift();
  if (token === '(') {
    const unit = product(tokens);
    if (tokens.shift() !== ')') throw new SyntaxError('a unit lacks its closing bracket');
    return unit;
  }
  if (token === undefined || /[·*/)]/.test(token)) throw new SyntaxError('a unit lacks a symbol');
  return SYMBOLS.get(token) ?? ownDimension(token);
}

function ownDimension(symbol: string): Unit {
  const known = [...SYMBOLS.keys()].find((other) => other.toLowerCase() === symbol.toLowerCase());
  if (known !== undefined) throw new SyntaxError(`no unit "${symbol}"; did you mean "${known}"?`);
  return unitOf(1, { [symbol]: 1 });
}

const BASE = new Set([...SYMBOLS.values()].flatMap(({ dimensions }) => [...dimensions.keys()]));

/** Whether all of its symbols are in the table, so that it can be told from another. */
export const isKnown = ({ dimensions }: Unit): boolean => [...dimensions.keys()].every((name) => BASE.has(name));

/** A unit as it stands in a file; one that cannot be read is refused with the reason. */
export const UnitText = z.string().superRefine((text, context) => {
  try {
    parseUnit(text);
  } catch (cause) {
    context.addIssue({ code: 'custom', message: (cause as Error).message });
  }
});
