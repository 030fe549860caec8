import type { CoefficientTable } from './coefficientTable.ts';
import { inUnit, measured, stated } from './coefficientValue.ts';
import type { Complaint, Path } from './faults.ts';
import type { Library } from './library.ts';
import type { Basis } from './plant.ts';
import type { Draft, PlantFile } from './schema.ts';
import { didYouMean } from './suggest.ts';

/** Coefficients by name, put into the metrics' terms as numbers with their origin. */

type Metric = PlantFile['metrics'][number];
type Term = Metric['numerator'][number];

/** `coefficient` is null where the name stands for nothing, of which there is a complaint; `basis` is null for a plain number. */
export interface FilledTerm {
  readonly meter: string;
  readonly coefficient: number | null;
  readonly unit: string | undefined;
  readonly basis: Basis | null;
}
export type FilledMetric = Omit<Metric, 'numerator' | 'denominator'> & {
  readonly numerator: FilledTerm[];
  readonly denominator: FilledTerm[];
};
export type FilledDraft = Omit<Draft, 'metrics'> & { readonly metrics: readonly (FilledMetric | undefined)[] };

interface Reference {
  readonly table: string;
  readonly name: string;
  /** −1 for what is passed on to others, written with a minus before the name. */
  readonly sign: 1 | -1;
  readonly measured: { readonly lowerHeatingValue: number; readonly unit: string } | null;
}

function referenceOf(coefficient: Term['coefficient']): Reference | null {
  if (typeof coefficient === 'number') return null;
  const measured = typeof coefficient === 'string' ? null : coefficient;
  const text = typeof coefficient === 'string' ? coefficient : coefficient.table;
  const [table = '', ...name] = text.replace(/^-/, '').split('/');
  return { table, name: name.join('/'), sign: text.startsWith('-') ? -1 : 1, measured };
}

const ROLES = ['numerator', 'denominator'] as const;

/** Names of the tables that the terms refer to. */
export const coefficientTablesIn = (draft: Draft): string[] =>
  draft.metrics.flatMap((metric) =>
    ROLES.flatMap((role) => (metric?.[role] ?? []).flatMap((term) => referenceOf(term.coefficient)?.table ?? [])),
  );

/** Puts numbers in the place of names. */
export function fillCoefficients(
  draft: Draft,
  tables: Library<CoefficientTable>,
): { filled: FilledDraft; complaints: Complaint[] } {
  const complaints: Complaint[] = [];
  const fill = (term: Term, path: Path): FilledTerm => {
    const found = filling(term, tables);
    if (typeof found !== 'string') return { ...found, meter: term.meter };
    if (found !== '') complaints.push({ path: [...path, 'coefficient'], message: found });
    return { meter: term.meter, coefficient: null, unit: term.unit, basis: null };
  };
  const metrics = draft.metrics.map((metric, index) => {
    if (!metric) return undefined;
    const [numerator, denominator] = ROLES.map((role) =>
      metric[role].map((term, at) => fill(term, ['metrics', index, role, at])),
    );
    return { ...metric, numerator: numerator!, denominator: denominator! };
  });
  return { filled: { ...draft, metrics }, complaints };
}

type Filling = Omit<FilledTerm, 'meter'>;

/** The number, or what is wrong; empty when the table is at fault, which complains itself. */
function filling({ coefficient, unit }: Term, tables: Library<CoefficientTable>): Filling | string {
  const reference = referenceOf(coefficient);
  if (!reference) return { coefficient: coefficient as number, unit, basis: null };
  const { table: tableName, name, sign } = reference;
  const table = tables.volumes.get(tableName);
  if (!table) {
    if (tables.names.includes(tableName)) return '';
    return `no table of coefficients named "${tableName}"${didYouMean(tableName, tables.names)}`;
  }
  const row = Object.hasOwn(table.coefficients, name) ? table.coefficients[name] : undefined;
  if (!row) return `no coefficient named "${name}" in ${tableName}${didYouMean(name, Object.keys(table.coefficients))}`;
  const own = reference.measured ? measured(reference.measured, row, table) : stated(row, `${tableName}/${name}`);
  if (typeof own === 'string') return own;
  const basis: Basis = {
    ...{ table: tableName, name, title: table.title, edition: table.edition, ...own },
    source: reference.measured ? 'measured by the plant' : table.sources[row.source]!,
    ...(row.year !== undefined && { year: row.year }),
    ...(row.boundary !== undefined && { boundary: row.boundary }),
    ...(reference.measured && {
      lowerHeatingValue: `${reference.measured.lowerHeatingValue} ${reference.measured.unit}`,
    }),
  };
  const converted = inUnit(own, unit);
  if (typeof converted === 'string') return converted;
  return { coefficient: sign * converted.value, unit: converted.unit, basis };
}
