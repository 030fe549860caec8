import { PRODUCT_KINDS } from '../rules/interval.ts';
import { type Complaint, type Path, pathText } from './faults.ts';
import { type Model, type ModelMetric, type ModelTerm, WEIGHTS, type Weight } from './model.ts';

/** A model's metric, made of the meters that a line gives. */

export type Mapping = Readonly<Record<string, unknown>>;
export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A meter or metric made by a model; what is wrong with it is told where the plant's file gives cause for it. */
export interface Made {
  readonly entry: Mapping & { readonly id: string };
  toSource(rest: Path, message: string): Complaint;
}

/** What a model has to know of the rest of the file. */
export interface Surroundings {
  /** Windows that the plant forms; all when it does not say. */
  readonly windows: readonly unknown[] | undefined;
  /** Rows of the plant's table of indicators. */
  readonly indicators: ReadonlySet<string>;
}

/** A meter that the line gives; `own` is what it says of it, at `path`. */
export interface Given {
  readonly key: string;
  readonly id: string;
  readonly path: Path;
  readonly own: Mapping;
  readonly entry: Mapping & { readonly id: string };
}

interface Making {
  readonly key: string;
  readonly metric: ModelMetric;
  readonly model: Model;
  readonly line: Mapping;
  /** Of the line. */
  readonly path: Path;
  readonly given: readonly Given[];
  readonly around: Surroundings;
  readonly complaints: Complaint[];
}

interface MadeTerm {
  readonly term: unknown;
  /** Where the plant's file gives the coefficient. */
  readonly from: Path | null;
}

/** The metric, if the line has the meters for it. */
export function madeMetric(making: Making): Made | null {
  const { key, metric, line, path, given, around } = making;
  const { needs, limit, windows, numerator: over, denominator: under, ...rest } = metric;
  const isGiven = (meter: string): boolean => given.some((one) => one.key === meter);
  if (!needs.every(isGiven)) return null;
  const numerator = madeTerms(over, making);
  const denominator = madeTerms(under, making);
  if (!numerator || !denominator) return null;
  const id = `${line.id}.${key}`;
  const indicator = limit?.indicator.replace('{route}', String(line.route));
  const entry = {
    ...{ ...rest, id, line: line.id },
    numerator: numerator.map(({ term }) => term),
    denominator: denominator.map(({ term }) => term),
    ...(indicator !== undefined && around.indicators.has(indicator) && { limit: { ...limit, indicator } }),
    ...windowsOf(windows, around, given),
  };
  const terms = { numerator, denominator };
  return {
    entry,
    toSource([role, index, ...inner], message) {
      const from = (role === 'numerator' || role === 'denominator') && terms[role][Number(index)]?.from;
      if (from && inner[0] === 'coefficient') return { path: [...from, ...inner.slice(1)], message };
      const where = pathText([role, index].filter((step) => step !== undefined));
      return { path: from || [...path, 'model'], message: `${id} ${where}: ${message}` };
    },
  };
}

/** Those of the model's windows that the plant and its pieces form; when they form none of them, the plant's. */
function windowsOf(
  windows: readonly string[],
  around: Surroundings,
  given: readonly Given[],
): { windows?: readonly string[] } {
  const pieces = given.map(({ entry }) => entry.product);
  const isProduct = (window: string): boolean => (PRODUCT_KINDS as readonly string[]).includes(window);
  const formed = windows.filter((window) =>
    isProduct(window) ? pieces.includes(window) : (around.windows?.includes(window) ?? true),
  );
  return formed.length > 0 ? { windows: formed } : {};
}

/** Null when a meter is missing, or when no coefficient weighs any. */
function madeTerms(terms: readonly ModelTerm[], making: Making): MadeTerm[] | null {
  const weighed = terms.filter(isBy);
  const isWeighed = weighed.some(({ meter, by }) =>
    metersOf(making, meter).some((one) => weightsOf(one, by, making).length > 0),
  );
  if (weighed.length > 0 && !isWeighed) return null;
  const made: MadeTerm[] = [];
  for (const term of terms) {
    const meters = metersOf(making, typeof term === 'string' ? term : term.meter);
    if (isBy(term)) {
      made.push(...meters.flatMap((one) => weighedTerms(one, term.by, making)));
      continue;
    }
    if (meters.length === 0) return null;
    made.push(
      ...meters.map(({ id }) => ({ term: typeof term === 'string' ? id : { ...term, meter: id }, from: null })),
    );
  }
  return made;
}

const isBy = (term: ModelTerm): term is Extract<ModelTerm, { by: Weight }> => typeof term === 'object' && 'by' in term;
const metersOf = ({ given }: Making, key: string): readonly Given[] => given.filter((one) => one.key === key);

function weightsOf({ key, own }: Given, by: Weight, { model }: Making): readonly unknown[] {
  const weight = own[by] ?? (by === 'energy' ? model.meters[key]!.energy : undefined);
  if (weight === undefined) return [];
  return Array.isArray(weight) ? weight : [weight];
}

/** A meter of the sum that lacks its coefficient is a fault: left out, it would make the figure too small. */
function weighedTerms(one: Given, by: Weight, making: Making): MadeTerm[] {
  const weights = weightsOf(one, by, making);
  const unit = `${WEIGHTS[by]}/${one.entry.unit}`;
  if (weights.length === 0) {
    const message = `missing: ${making.line.id}.${making.key} needs its coefficient: table/name, or a number in ${unit}`;
    making.complaints.push({ path: [...one.path, by], message });
  }
  const isExported = making.model.meters[one.key]!.exported;
  return weights.map((weight, index) => ({
    term: { meter: one.id, coefficient: isExported ? negated(weight) : weight, unit },
    from: [...one.path, by, ...(Array.isArray(one.own[by]) ? [index] : [])],
  }));
}

/** However it is written, with a minus or without. */
function negated(weight: unknown): unknown {
  if (typeof weight === 'number') return 0 - Math.abs(weight);
  if (typeof weight === 'string') return weight.startsWith('-') ? weight : `-${weight}`;
  return isMapping(weight) ? { ...weight, table: negated(String(weight.table)) } : weight;
}
