import { Id } from '../rules/options.ts';
import type { Complaint, Path } from './faults.ts';
import type { IndicatorTable, Library } from './library.ts';
import type { Model } from './model.ts';
import { modelledLine } from './modelLine.ts';
import { isMapping, type Made, type Mapping, type Surroundings } from './modelMetric.ts';
import { listOf } from './schema.ts';
import { didYouMean } from './suggest.ts';

/** The plant's file with what its lines' models stand for written out. */
export interface Expanded {
  readonly file: Mapping;
  readonly complaints: readonly Complaint[];
  /** Tells a complaint of the written-out file where the plant's own file gives cause for it; null when that is told already. */
  toSource(complaint: Complaint): Complaint | null;
}

/** Names of the models that lines refer to. */
export const modelsIn = (file: Mapping): string[] =>
  listOf(file.lines).flatMap((line) => (isMapping(line) && typeof line.model === 'string' ? [line.model] : []));

/** Writes out the models of the lines; a meter or metric that the file itself has under the same id goes before a model's. */
export function expandModels(file: Mapping, models: Library<Model>, table: IndicatorTable | undefined): Expanded {
  const around: Surroundings = {
    windows: isMapping(file.plant) && Array.isArray(file.plant.windows) ? file.plant.windows : undefined,
    indicators: new Set(table?.indicators.map(({ id }) => id)),
  };
  const complaints: Complaint[] = [];
  const refused = new Set<number>();
  const parts = listOf(file.lines).map((line, at) => {
    if (!isMapping(line) || typeof line.model !== 'string') return { line, meters: [], metrics: [] };
    const model = models.volumes.get(line.model);
    // A line without a good name makes no good names; the name is complained of already.
    if (model && Id.safeParse(line.id).success) {
      const part = modelledLine(line, at, line.model, model, around);
      complaints.push(...part.complaints);
      return part;
    }
    refused.add(at);
    if (!models.names.includes(line.model))
      complaints.push({ path: ['lines', at, 'model'], message: noModel(line.model, models.names) });
    return { line, meters: [], metrics: [] };
  });
  const meters = laidUnder(
    listOf(file.meters),
    parts.flatMap((part) => part.meters),
    'kind',
  );
  const metrics = laidUnder(
    listOf(file.metrics),
    parts.flatMap((part) => part.metrics),
    'numerator',
  );
  return {
    file: {
      ...file,
      ...(Array.isArray(file.lines) && { lines: parts.map((part) => part.line) }),
      ...(isListOrNone(file.meters) && { meters: meters.entries }),
      ...(isListOrNone(file.metrics) && { metrics: metrics.entries }),
    },
    complaints,
    toSource(complaint) {
      const [list, index, ...rest] = complaint.path;
      const isBred = complaint.message === 'missing' && LEFT_TO_MODEL.includes(String(rest[0]));
      if (list === 'lines' && refused.has(Number(index)) && isBred) return null;
      const laid = list === 'meters' ? meters : list === 'metrics' ? metrics : null;
      const origin = laid?.made[Number(index) - (laid.entries.length - laid.made.length)];
      return origin ? origin.toSource(rest as Path, complaint.message) : complaint;
    },
  };
}

/** Another value is left for the schema to complain of. */
const isListOrNone = (value: unknown): boolean => value === undefined || Array.isArray(value);

const LEFT_TO_MODEL = ['name', 'kind', 'equipment', 'main'];

const noModel = (name: string, known: readonly string[]): string =>
  `no line model named "${name}"${didYouMean(name, known) || `, but ${known.join(', ')}`}`;

interface Laid {
  /** The file's own, in their places, and after them those made. */
  readonly entries: readonly unknown[];
  readonly made: readonly Made[];
}

/** An own entry that has `whole` is written out in full and replaces the made one; another takes from it what it does not say. */
function laidUnder(own: readonly unknown[], made: readonly Made[], whole: string): Laid {
  const byId = new Map(made.map((one) => [one.entry.id, one]));
  const overridden = new Set<unknown>();
  const entries = own.map((entry) => {
    const under = isMapping(entry) ? byId.get(String(entry.id)) : undefined;
    if (!under || !isMapping(entry)) return entry;
    overridden.add(under.entry.id);
    return Object.hasOwn(entry, whole) ? entry : { ...under.entry, ...entry };
  });
  const rest = made.filter(({ entry }) => !overridden.has(entry.id));
  return { entries: [...entries, ...rest.map(({ entry }) => entry)], made: rest };
}
