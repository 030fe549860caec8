import type { Place } from './address.ts';
import { compile } from './expression.ts';
import type { Complaint, Path } from './faults.ts';
import type { Derived, Draft } from './schema.ts';
import { didYouMean } from './suggest.ts';

/** A derived tag's inputs in the order in which its function takes them. */
export interface Formula {
  readonly inputs: readonly string[];
  evaluate(values: readonly number[]): number;
}

export interface Formulas {
  /** By derived tag; one with a fault is left out. */
  readonly formulas: ReadonlyMap<string, Formula>;
  /** Those of the tags that are read, and of the derived ones. */
  readonly places: ReadonlyMap<string, Place>;
  readonly complaints: readonly Complaint[];
}

/** Compiles the derived tags' expressions. They are made of tags that are read, so that none goes round in a circle. */
export function findFormulas(draft: Draft, read: ReadonlyMap<string, Place>): Formulas {
  const known = new Set(draft.tags.flatMap((tag) => (tag ? [tag.id] : [])));
  const formulas = new Map<string, Formula>();
  const places = new Map(read);
  const complaints: Complaint[] = [];
  draft.derived.forEach((derived, index) => {
    if (!derived) return;
    const path = ['derived', index];
    complaints.push(...unknownInputs(derived, known, path));
    places.set(derived.id, { address: null, unit: derived.unit, scale: 1, isFloat32: false });
    const names = Object.keys(derived.inputs);
    const compiled = compile(derived.expression, names);
    if ('fault' in compiled) complaints.push(faultIn(derived.expression, compiled, [...path, 'expression']));
    else formulas.set(derived.id, { inputs: names.map((name) => derived.inputs[name]!), ...compiled });
  });
  return { formulas, places, complaints };
}

/** Told by its column in the expression, and by its line where that has several. */
function faultIn(expression: string, { fault, offset }: { fault: string; offset: number }, path: Path): Complaint {
  const before = expression.slice(0, offset).split('\n');
  const column = before.at(-1)!.length;
  const where = expression.trimEnd().includes('\n') ? `line ${before.length}, ` : '';
  const text = expression.split('\n')[before.length - 1]!;
  return { path, message: `${where}column ${column + 1}: ${fault}`, within: { text, column } };
}

const unknownInputs = ({ inputs }: Derived, known: ReadonlySet<string>, path: Path): Complaint[] =>
  Object.entries(inputs)
    .filter(([, tag]) => !known.has(tag))
    .map(([name, tag]) => ({
      path: [...path, 'inputs', name],
      message: `no tag named "${tag}" is read${didYouMean(tag, known)}`,
    }));
